"""Telephone numbers and e-mail addresses in their one stored form, and as shown to people; nothing is sent here."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from dgs.core.parties import api as parties


def normalise_phone(text: str) -> str:
    """A mobile number as 628…, by the one rule of the parties room; ValueError for anything else."""
    return parties.normalise_phone(text, mobile_only=True)


def normalise_email(text: str) -> str:
    """An e-mail address without blanks around it, its domain in small letters; ValueError when it is none."""
    address = text.strip()
    if len(address) > 254:
        raise ValueError("not an e-mail address")
    try:
        validate_email(address)
    except ValidationError:
        raise ValueError("not an e-mail address")
    name, _at, domain = address.rpartition("@")
    return f"{name}@{domain.lower()}"


def normalise(channel: str, to: str) -> str:
    """An address of a channel in its one form; ValueError when nothing can be sent there."""
    if channel in {"sms", "whatsapp"}:
        return normalise_phone(to)
    if channel == "email":
        return normalise_email(to)
    if not (to.isascii() and to.isdigit() and len(to) < 19):
        raise ValueError("not the number of an account")
    return to


def mask_address(to: str) -> str:
    """An address as it may be shown to a stranger: 0812****789, s***@contoh.id."""
    if "@" in to:
        name, _at, domain = to.rpartition("@")
        return f"{name[:1]}***@{domain}"
    local = "0" + to[2:] if to.startswith("62") else to
    return local if len(local) < 8 else f"{local[:4]}****{local[-3:]}"
