"""Areas of government by their code, and points on the earth."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from dgs.core.services.definition import Field
from dgs.core.services.fields.numbers import digits
from dgs.core.services.fields.shape import Asked, Unfit
from dgs.core.services.fields.text import tidy

LEVELS = {"province": 1, "regency": 2, "district": 3, "village": 4}
REGION_CODE = re.compile(r"^\d\d(\.\d\d(\.\d\d(\.\d{4})?)?)?$")
# Bounding box of the Republic with a little sea around it, degrees.
LATITUDES = (Decimal("-11.5"), Decimal("6.5"))
LONGITUDES = (Decimal("94.5"), Decimal("141.5"))


def clean_region(field: Field, raw: Any, asked: Asked) -> str:
    """The code of a known place of the right level, within the home region when the field says so."""
    text = unicodedata.normalize("NFKC", tidy(str(raw)[:40])) if isinstance(raw, str) else ""
    if not REGION_CODE.match(text):
        raise Unfit(_("Please choose a place from the list."))
    found = asked.region(text)
    if found is None or (field.level and found.level != LEVELS[field.level]):
        raise Unfit(_("Please choose a place from the list."))
    if field.within_home and asked.home and not (text + ".").startswith(asked.home + "."):
        raise Unfit(_("This place lies outside our region. Please choose one within it."))
    return text


def clean_point(field: Field, raw: Any, asked: Asked) -> dict[str, float]:
    """A pair of numbers within the bounds of the Republic, six decimals (about 10 cm)."""
    if not isinstance(raw, Mapping):
        raise Unfit(_("Please give the place as latitude and longitude."))
    found = {}
    for name, (low, high) in (("lat", LATITUDES), ("lng", LONGITUDES)):
        value = raw.get(name)
        if isinstance(value, str):
            value = digits(value[:60]).replace(",", ".")
        try:
            number = Decimal(str(value))
        except InvalidOperation:
            raise Unfit(_("Please give the place as latitude and longitude, such as -2,9912 and 104,7567.")) from None
        if isinstance(value, bool) or not number.is_finite():
            raise Unfit(_("Please give the place as latitude and longitude, such as -2,9912 and 104,7567."))
        if not low <= number <= high:
            raise Unfit(_("This place lies outside Indonesia. Latitude comes first, longitude second."))
        found[name] = float(round(number, 6))
    return found


def region_text(field: Field, value: Any, is_long: bool) -> str:
    """The name of a place and of those above it."""
    from dgs.core.regions import api as regions

    return regions.label_of(str(value))


def point_text(field: Field, value: Any, is_long: bool) -> str:
    """Latitude and longitude."""
    if not isinstance(value, Mapping):
        return str(value)
    return f"{value.get('lat')}, {value.get('lng')}"
