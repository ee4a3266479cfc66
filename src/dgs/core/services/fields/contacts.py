"""Identity numbers, phone numbers and e-mail addresses; the rules of identity numbers are the parties room's."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.utils.translation import gettext as _

from dgs.core.services.definition import Field
from dgs.core.services.fields.shape import Asked, Unfit
from dgs.core.services.fields.text import only_text, tidy


def clean_nik(field: Field, raw: Any, asked: Asked) -> str:
    """16 digits that check_nik accepts."""
    from dgs.core.parties import api as parties

    only_text(raw)
    text = re.sub(r"[\s.\-]", "", unicodedata.normalize("NFKC", tidy(str(raw)[:100])))
    try:
        return parties.check_nik(text).nik
    except parties.NikInvalid as error:
        raise Unfit(str(error)) from None


def clean_kk(field: Field, raw: Any, asked: Asked) -> str:
    """16 digits that check_kk accepts."""
    from dgs.core.parties import api as parties

    only_text(raw)
    text = re.sub(r"[\s.\-]", "", unicodedata.normalize("NFKC", tidy(str(raw)[:100])))
    try:
        return parties.check_kk(text)
    except parties.NikInvalid as error:
        raise Unfit(str(error)) from None


def clean_phone(field: Field, raw: Any, asked: Asked) -> str:
    """An Indonesian number as 62…"""
    from dgs.core.parties import api as parties

    only_text(raw)
    try:
        return parties.normalise_phone(tidy(str(raw)[:100]))
    except ValueError:
        raise Unfit(_("Please write an Indonesian phone number, such as 0812-3456-7890.")) from None


def clean_email(field: Field, raw: Any, asked: Asked) -> str:
    """An address in ASCII; the domain in small letters."""
    only_text(raw)
    text = tidy(str(raw)[:400])
    if len(text) > 254 or not text.isascii():
        raise Unfit(_("Please write an e-mail address, such as nama@contoh.id."))
    try:
        EmailValidator()(text)
    except ValidationError:
        raise Unfit(_("Please write an e-mail address, such as nama@contoh.id.")) from None
    name, _at, domain = text.rpartition("@")
    return f"{name}@{domain.lower()}"


def masked(field: Field, value: Any, is_long: bool) -> str:
    """First and last four digits, the rest hidden; in full when long."""
    text = str(value)
    return text if is_long or len(text) < 9 else text[:4] + "*" * (len(text) - 8) + text[-4:]


def show_phone(field: Field, value: Any, is_long: bool) -> str:
    """The number with its leading zero."""
    text = str(value)
    return "0" + text[2:] if text.startswith("62") else text
