"""Dates: what people type, and how a day is said."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from dgs.core.services.definition import Field
from dgs.core.services.fields.numbers import language
from dgs.core.services.fields.shape import Asked, Unfit
from dgs.core.services.fields.text import tidy

MONTHS = {
    "id": (
        "Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober", "November",
        "Desember",
    ),
    "en": (
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ),
}
SHORT = {
    "id": ("Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt", "Nov", "Des"),
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
}


def clean_date(field: Field, raw: Any, asked: Asked) -> str:
    """A day as YYYY-MM-DD, between 1900 and 2100 and within the bounds of the field."""
    if isinstance(raw, datetime):
        raw = raw.date()
    if isinstance(raw, date):
        day = raw
    else:
        if not isinstance(raw, str) or len(raw) > 60:
            raise Unfit(_("Please write a date, such as 31-01-2026."))
        day = read_date(unicodedata.normalize("NFKC", tidy(raw)))
    if not 1900 <= day.year <= 2100:
        raise Unfit(_("The year must lie between 1900 and 2100."))
    for bound, is_low in ((field.min, True), (field.max, False)):
        if bound is None:
            continue
        limit = asked.today if bound == "today" else date.fromisoformat(str(bound))
        if (day < limit) if is_low else (day > limit):
            sentence = _("This may not be before %(day)s.") if is_low else _("This may not be after %(day)s.")
            raise Unfit(sentence % {"day": spoken_date(limit)})
    return day.isoformat()


def read_date(text: str) -> date:
    """A day from 2026-01-31, 31-01-2026 or 31 Januari 2026; raises Unfit."""
    parts: tuple[str, str, str] | None = None
    if found := re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})", text, re.ASCII):
        parts = (found[1], found[2], found[3])
    elif found := re.fullmatch(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4})", text, re.ASCII):
        parts = (found[3], found[2], found[1])
    elif found := re.fullmatch(r"(\d{1,2})[- ]([A-Za-z]{3,9})\.?[- ](\d{4})", text, re.ASCII):
        month = _month(found[2].lower())
        parts = (found[3], str(month), found[1]) if month else None
    if parts is None:
        raise Unfit(_("Please write a date, such as 31-01-2026."))
    try:
        return date(int(parts[0]), int(parts[1]), int(parts[2]))
    except ValueError:
        raise Unfit(_("This day does not exist in the calendar.")) from None


def _month(name: str) -> int | None:
    for names in (*MONTHS.values(), *SHORT.values()):
        for number, known in enumerate(names, start=1):
            if known.lower() == name:
                return number
    return None


def spoken_date(day: Any, *, is_long: bool = False) -> str:
    """A day as people read it: 22 Nov 2026, or 22 November 2026 when long."""
    if isinstance(day, str):
        try:
            day = date.fromisoformat(day)
        except ValueError:
            return day
    names = (MONTHS if is_long else SHORT)[language()]
    return f"{day.day} {names[day.month - 1]} {day.year}"
