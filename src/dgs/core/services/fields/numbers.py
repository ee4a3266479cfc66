"""Whole numbers, decimals and amounts of money, as Indonesians and machines write them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from dgs.core.services.definition import Field
from dgs.core.services.fields.shape import Asked, Unfit
from dgs.core.services.fields.text import tidy

DECIMAL_PLACES = 2
LARGEST_NUMBER = 10**12
LARGEST_MONEY = 10**15


def digits(raw: Any) -> str:
    """A number as typed, without blanks, with ordinary digits and minus sign."""
    text = unicodedata.normalize("NFKC", tidy(raw))
    return text.replace(" ", "").replace("\u2212", "-").replace("\u2013", "-")


def read_number(raw: Any, places: int) -> Decimal:
    """A number typed the Indonesian way (1.250,5), the plain way (1250.5) or sent as JSON; raises Unfit.

    With at most two places a single dot before exactly three digits can only part thousands.
    """
    if isinstance(raw, bool) or not isinstance(raw, str | int | float | Decimal):
        raise Unfit(_("This must be a number."))
    if isinstance(raw, str):
        if len(raw) > 60:
            raise Unfit(_("This number is too large."))
        text = digits(raw)
        if re.fullmatch(r"-?\d{1,3}(\.\d{3})+(,\d+)?", text, re.ASCII):
            text = text.replace(".", "").replace(",", ".")
        elif re.fullmatch(r"-?\d+,\d+", text, re.ASCII):
            text = text.replace(",", ".")
        elif not re.fullmatch(r"-?\d+(\.\d+)?", text, re.ASCII):
            raise Unfit(_("Please write this as a number, such as 12 or 1.250,5."))
        raw = text
    elif isinstance(raw, int) and abs(raw) > 10**20:
        raise Unfit(_("This number is too large."))
    try:
        number = Decimal(str(raw))
    except (InvalidOperation, ValueError):
        raise Unfit(_("This must be a number.")) from None
    if not number.is_finite():
        raise Unfit(_("This must be a number."))
    if number.adjusted() > 30:
        raise Unfit(_("This number is too large."))
    if -number.normalize().as_tuple().exponent > places:
        if places == 0:
            raise Unfit(_("Please write a whole number."))
        raise Unfit(_("At most %(count)s digits after the comma.") % {"count": places})
    return number


def _within(field: Field, number: Decimal, largest: int, show: Callable[[Decimal], str]) -> Decimal:
    low = Decimal(str(field.min)) if field.min is not None else Decimal(0)
    high = Decimal(str(field.max)) if field.max is not None else Decimal(largest)
    if number < low:
        raise Unfit(_("This must be %(least)s or more.") % {"least": show(low)})
    if number > high:
        raise Unfit(_("This must be %(most)s or less.") % {"most": show(high)})
    return number


def clean_integer(field: Field, raw: Any, asked: Asked) -> int:
    """A whole number within bounds; 0 is the least unless the field says otherwise."""
    return int(_within(field, read_number(raw, 0), LARGEST_NUMBER, spoken_number))


def clean_decimal(field: Field, raw: Any, asked: Asked) -> str:
    """A number with at most two places, kept as a text."""
    return plain_number(_within(field, read_number(raw, DECIMAL_PLACES), LARGEST_NUMBER, spoken_number))


def clean_money(field: Field, raw: Any, asked: Asked) -> int:
    """Whole rupiah; "Rp" and ",-" are understood."""
    if isinstance(raw, str):
        raw = re.sub(r"^\s*(?:Rp|IDR)\.?\s*", "", raw.strip(), flags=re.IGNORECASE)
        raw = re.sub(r",(-|00)$", "", raw)
    return int(_within(field, read_number(raw, 0), LARGEST_MONEY, rupiah))


def plain_number(number: Decimal) -> str:
    """A decimal as it is stored: no exponent, no trailing zeros."""
    text = f"{number:f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"


def spoken_number(number: Any) -> str:
    """A number as people of the active language read it: 1.250,5 or 1,250.5."""
    text = f"{Decimal(str(number)):,f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return text if language() == "en" else text.translate(str.maketrans(",.", ".,"))


def rupiah(amount: Any) -> str:
    """An amount of whole rupiah with a no-break space: Rp 1.250.000."""
    return "Rp\u00a0" + f"{int(amount):,}".replace(",", ".")


def number_schema(kind: str) -> Callable[[Field], dict[str, Any]]:
    """JSON Schema of a number of this kind."""
    def schema(field: Field) -> dict[str, Any]:
        found: dict[str, Any] = {"type": "string", "format": "decimal"} if kind == "decimal" else {"type": "integer"}
        if kind == "integer":
            found["minimum"] = int(field.min) if field.min is not None else 0
            if field.max is not None:
                found["maximum"] = int(field.max)
        return found

    return schema


def number_attrs(field: Field) -> dict[str, Any]:
    """Limits of the control."""
    return {"maxlength": 24, "autocomplete": "off"}


def language() -> str:
    """The language people read now: "id" or "en"."""
    return "en" if (get_language() or "id").startswith("en") else "id"
