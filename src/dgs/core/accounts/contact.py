"""What a person types as "e-mail or phone", as one normalised address; how they are written is messaging's."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from dgs.core.messaging import api as messaging
from dgs.kernel.errors import InvalidInput


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
        return messaging.mask_address(self.to)


def normal_phone(text: str) -> str:
    """A mobile number as 62…; refuses (AddressInvalid) anything else."""
    try:
        return messaging.normalise_phone(text)
    except ValueError:
        raise AddressInvalid


def normal_email(text: str) -> str:
    """An e-mail address in small letters, so that it signs in however typed; refuses (AddressInvalid) what is none."""
    try:
        return messaging.normalise_email(text).lower()
    except ValueError:
        raise AddressInvalid


def normal_address(text: str) -> Address:
    """Whichever of the two it is."""
    if "@" in text:
        return Address("email", normal_email(text))
    return Address("sms", normal_phone(text))
