"""Identifiers of persons, households and businesses by their structure: NIK, KK, NIB, NPWP; no database, no storage.

A NIK or KK has no check digit: structure is all that can be checked without the population register.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dgs.kernel.errors import InvalidInput

SEPARATORS = re.compile(r"[\s.\-]+")


class NikInvalid(InvalidInput):
    """The text cannot be a NIK (Nomor Induk Kependudukan)."""

    code = "nik-invalid"
    field = "nik"

    def __init__(self, sentence, **values: object) -> None:
        text = sentence % values if values else sentence
        super().__init__({self.field: [str(text)]}, text)


class KkInvalid(NikInvalid):
    """The text cannot be the number of a family card (Kartu Keluarga)."""

    code = "kk-invalid"
    field = "kk"


class NibInvalid(NikInvalid):
    """The text cannot be a business number (Nomor Induk Berusaha)."""

    code = "nib-invalid"
    field = "nib"


class NpwpInvalid(NikInvalid):
    """The text cannot be a tax number."""

    code = "npwp-invalid"
    field = "npwp"


@dataclass(frozen=True)
class NikFacts:
    """What a NIK says: the holder's birth date and sex (L or P) and the district of first registration (PP.KK.CC)."""

    nik: str
    birth_on: date
    sex: str
    region_code: str


def check_nik(text: str, *, today: date | None = None) -> NikFacts:
    """The facts in a NIK; blanks, dots and hyphens are passed over.

    16 digits: district 6, birth DDMMYY with 40 added to the day for women, number of the day 4. Refuses anything else,
    a date that does not exist, and the number 0000. Of two possible centuries the later one that is not in the future
    is meant. Whether the district exists is not asked: see queries.nik_warnings. (PP 40/2019, indonesia.md 6.)
    """
    nik = _digits(text, 16, NikInvalid, _("The NIK has 16 digits; you wrote %(count)s."),
                  _("Write the NIK with digits only."))
    day, sex = (int(nik[6:8]) - 40, "P") if int(nik[6:8]) > 40 else (int(nik[6:8]), "L")
    born = _day(day, nik[8:12], today or timezone.localdate())
    if born is None:
        raise NikInvalid(_("Digits 7 to 12 of the NIK are not a birth date. Compare it with the card."))
    if nik[12:] == "0000":
        raise NikInvalid(_("The last four digits of a NIK are never 0000. Compare it with the card."))
    return NikFacts(nik, born, sex, f"{nik[:2]}.{nik[2:4]}.{nik[4:6]}")


def check_kk(text: str, *, today: date | None = None) -> str:
    """The 16 digits of a family card number: district 6, date of issue DDMMYY, number 4. Refuses as check_nik does."""
    kk = _digits(text, 16, KkInvalid, _("The family card number has 16 digits; you wrote %(count)s."),
                 _("Write the family card number with digits only."))
    if _day(int(kk[6:8]), kk[8:12], today or timezone.localdate()) is None:
        raise KkInvalid(_("Digits 7 to 12 of the family card number are not a date. Compare it with the card."))
    if kk[12:] == "0000":
        raise KkInvalid(_("The last four digits of a family card number are never 0000. Compare it with the card."))
    return kk


def check_nib(text: str) -> str:
    """The 13 digits of a NIB (PP 28/2025)."""
    return _digits(text, 13, NibInvalid, _("The NIB has 13 digits; you wrote %(count)s."),
                   _("Write the NIB with digits only."))


def check_npwp(text: str) -> str:
    """The 15 (old) or 16 (new) digits of an NPWP; nothing for nothing."""
    digits = SEPARATORS.sub("", text)
    if not digits:
        return ""
    if re.fullmatch(r"[0-9]{15,16}", digits):
        return digits
    raise NpwpInvalid(_("The NPWP has 15 or 16 digits. Compare it with the card."))


def mask_nik(nik: str) -> str:
    """First and last four digits, as shown on screens: 1607********9001. Also for the family card number."""
    return f"{nik[:4]}********{nik[-4:]}" if len(nik) == 16 else "*" * len(nik)


def _digits(text: str, count: int, refusal: type[NikInvalid], wrong_count, not_digits) -> str:
    digits = SEPARATORS.sub("", text)
    if not re.fullmatch(r"[0-9]*", digits):
        raise refusal(not_digits)
    if len(digits) != count:
        raise refusal(wrong_count, count=len(digits))
    return digits


def _day(day: int, month_year: str, today: date) -> date | None:
    month, year = int(month_year[:2]), int(month_year[2:])
    for century in (2000, 1900):
        try:
            found = date(century + year, month, day)
        except ValueError:
            continue
        if found <= today:
            return found
    return None
