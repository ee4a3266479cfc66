"""How an address is written: e-mail and Indonesian mobile numbers normalised and masked; nothing is sent here."""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _

from dgs.kernel.errors import InvalidInput

PHONE = re.compile(r"^62[1-9]\d{8,11}$")


class AddressInvalid(InvalidInput):
    """Neither an e-mail address nor an Indonesian mobile number."""

    code = "address-invalid"
    sentence = _("Write an e-mail address such as nama@contoh.id or a mobile number such as 0812 3456 7890.")


@dataclass(frozen=True)
class Address:
    """An address of a person: channel "email" or "sms", and where to, normalised."""

    channel: str
    to: str

    @property
    def masked(self) -> str:
        """Enough to recognise one's own address, too little to learn another's."""
        return mask_address(self.to)


def normal_phone(text: str) -> str:
    """0812…, 62812… or +62 812-… as 62812…; refuses (AddressInvalid) anything else.

    62 and 9 to 12 digits, as the national numbering plan has it.
    """
    digits = re.sub(r"[\s().\-+]", "", text)
    if digits.startswith("0"):
        digits = "62" + digits[1:]
    if not PHONE.match(digits):
        raise AddressInvalid
    return digits


def normal_email(text: str) -> str:
    """The e-mail address trimmed and in lower case; refuses (AddressInvalid) what is none."""
    text = text.strip().lower()
    try:
        validate_email(text)
    except ValidationError:
        raise AddressInvalid
    return text


def normal_address(text: str) -> Address:
    """Whichever of the two it is."""
    if "@" in text:
        return Address("email", normal_email(text))
    return Address("sms", normal_phone(text))


def mask_address(to: str) -> str:
    """s***i@contoh.id, 0812****789; empty stays empty."""
    if not to:
        return ""
    if "@" in to:
        local, _at, domain = to.partition("@")
        return f"{local[0]}***{local[-1] if len(local) > 2 else ''}@{domain}"
    shown = "0" + to[2:] if to.startswith("62") else to
    return f"{shown[:4]}****{shown[-3:]}"
