"""Verification codes: made, spelled for people and read back; what stands behind a code is not known here."""

from __future__ import annotations

import re
import secrets

from django.conf import settings

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTVWXYZ"
LENGTH = 16
CODE = re.compile(f"[{ALPHABET}]{{{LENGTH}}}")


def new_code() -> str:
    """15 random characters (74 bits) and a check character.

    The 31 signs leave out 0, 1, I, O and U. 31 is prime, so the check (positions as weights, modulo 31) catches each
    single wrong sign and each exchange of two signs.
    """
    text = "".join(secrets.choice(ALPHABET) for _n in range(LENGTH - 1))
    return text + _check(text)


def read_code(typed: str) -> str | None:
    """A code as typed by a person, in its stored form; None when it is mistyped or none at all."""
    code = re.sub(r"[\s\-–—.]", "", typed[:60]).upper()
    if not CODE.fullmatch(code) or _check(code[:-1]) != code[-1]:
        return None
    return code


def spell_code(code: str) -> str:
    """In groups of four, as printed."""
    return "-".join(code[n : n + 4] for n in range(0, len(code), 4))


def verify_url(code: str) -> str:
    """The public address that the QR code holds."""
    return f"{settings.BASE_URL}/verifikasi/{code}"


def _check(text: str) -> str:
    total = sum((n + 1) * ALPHABET.index(sign) for n, sign in enumerate(text))
    return ALPHABET[total % len(ALPHABET)]
