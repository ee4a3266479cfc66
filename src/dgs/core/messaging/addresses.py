"""Telephone numbers and e-mail addresses in their one stored form, and as shown to people; nothing is sent here."""

from __future__ import annotations

import re

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

PUNCTUATION = re.compile(r"[\s().\-/\u00a0\u2010-\u2015]")
MOBILE = re.compile(r"628\d{8,11}")


def normalise_phone(text: str) -> str:
    """An Indonesian mobile number as 628…; ValueError for anything else.

    Takes 0812…, +62 812…, 62812… and 812… with the usual spaces, dots, hyphens and brackets. The length follows the
    national numbering plan (Permenkominfo 14/2018): 8 and then 8 to 11 digits.
    """
    digits = PUNCTUATION.sub("", text)
    if digits.startswith("+"):
        digits = digits[1:]
        if not digits.startswith("62"):
            raise ValueError("not a number of Indonesia")
    elif digits.startswith("0"):
        digits = "62" + digits[1:]
    elif digits.startswith("8"):
        digits = "62" + digits
    if not (digits.isascii() and MOBILE.fullmatch(digits)):
        raise ValueError("not a mobile number")
    return digits


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


def mask_address(to: str) -> str:
    """An address as it may be shown to a stranger: 0812****789, s***@contoh.id."""
    if "@" in to:
        name, _at, domain = to.rpartition("@")
        return f"{name[:1]}***@{domain}"
    local = "0" + to[2:] if to.startswith("62") else to
    return local if len(local) < 8 else f"{local[:4]}****{local[-3:]}"
