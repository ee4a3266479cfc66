"""What may be written as a name, an address or a phone number; refusals in words that say how to mend it."""

from __future__ import annotations

import unicodedata

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _

from dgs.core.parties.phones import normalise_phone
from dgs.kernel.errors import InvalidInput

NAME_SIGNS = set(" '’`.,-/()")
BUSINESS_SIGNS = NAME_SIGNS | set("0123456789&+@\"“”!:#%*°")
# Cc controls, Cf invisible marks such as the right-to-left override, Cs half characters, Co private, Cn unassigned.
INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn"}


def clean_person_name(text: str) -> str:
    """A person's name as on the identity card: Latin letters, at most 200 characters (Permendagri 73/2022).

    Refuses digits, signs, emoji, other scripts, and invisible characters, which could make a name read as another.
    """
    name = _one_line(text, "name", 200)
    if not any(char.isalpha() for char in name):
        raise _wrong("name", _("Write the name with letters, as on the identity card."))
    for char in name:
        if not (char in NAME_SIGNS or unicodedata.combining(char) or _is_latin(char)):
            raise _wrong("name", _("“%(char)s” cannot stand in a name. Write the name as on the identity card.")
                         % {"char": char})
    return name


def clean_business_name(text: str) -> str:
    """A business's name: Latin letters, digits and the usual signs, at most 200 characters."""
    name = _one_line(text, "name", 200)
    if not any(char.isalnum() for char in name):
        raise _wrong("name", _("Write the name of the business."))
    for char in name:
        if not (char in BUSINESS_SIGNS or unicodedata.combining(char) or _is_latin(char)):
            raise _wrong("name", _("“%(char)s” cannot stand in the name of a business.") % {"char": char})
    return name


def clean_text(text: str, field: str, most: int) -> str:
    """One line of any other text, without invisible characters; may be empty."""
    return _one_line(text, field, most) if text.strip() else ""


def clean_phone(text: str) -> str:
    """An Indonesian number as phones.normalise_phone keeps it; nothing for nothing."""
    if not text.strip():
        return ""
    try:
        return normalise_phone(text)
    except ValueError:
        raise _wrong("phone", _("Write the phone number as 0812 3456 7890 or +62 812 3456 7890."))


def clean_email(text: str) -> str:
    """An e-mail address in lower case; nothing for nothing."""
    address = text.strip().lower()
    if address:
        try:
            validate_email(address)
        except ValidationError:
            raise _wrong("email", _("This is not an e-mail address. It looks like nama@contoh.id."))
    return address


def _one_line(text: str, field: str, most: int) -> str:
    line = unicodedata.normalize("NFC", " ".join(text.split()))
    for char in line:
        if unicodedata.category(char) in INVISIBLE:
            raise _wrong(field, _("There is an invisible character (U+%(number)s) in the text. Type it again.")
                         % {"number": f"{ord(char):04X}"})
    if not line:
        raise _wrong(field, _("This must be filled in."))
    if len(line) > most:
        raise _wrong(field, _("At most %(most)s characters fit here.") % {"most": most})
    return line


def _is_latin(char: str) -> bool:
    return char.isalpha() and unicodedata.name(char, "").startswith("LATIN ")


def _wrong(field: str, sentence) -> InvalidInput:
    return InvalidInput({field: [str(sentence)]}, sentence)
