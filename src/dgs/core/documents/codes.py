"""Verification codes: made, spelled for people and read back; what stands behind a code is not known here."""

from __future__ import annotations

from django.conf import settings

from dgs.kernel import codes

ALPHABET = codes.SYMBOLS
LENGTH = 16


def new_code() -> str:
    """15 random characters (74 bits) and a check character, see kernel.codes."""
    return codes.new_code(LENGTH, group=LENGTH)


def read_code(typed: str) -> str | None:
    """A code as typed by a person, in its stored form; None when it is mistyped or none at all."""
    return codes.read_code(typed[:60], LENGTH, group=LENGTH)


def spell_code(code: str) -> str:
    """In groups of four, as printed."""
    return codes.grouped(code)


def verify_url(code: str) -> str:
    """The public address that the QR code holds."""
    return f"{settings.BASE_URL}/verifikasi/{code}"
