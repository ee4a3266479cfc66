"""Reads the JSON of a call strictly: what is wrong is answered by the standard's own code and nothing half-read goes further.

No database here, and nothing about what the values mean for a bill.
"""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from dgs.core.banking.response_codes import BAD_REQUEST, INVALID_AMOUNT, INVALID_FORMAT, INVALID_MANDATORY, Refusal

LONGEST_BODY = 16 * 1024
MOST_RUPIAH = Decimal(10) ** 12
AMOUNT = re.compile(r"-?[0-9]{1,16}\.[0-9]{2}")
MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?([+-][0-9]{2}:[0-9]{2}|Z)")
# PostgreSQL takes no NUL and no half of a surrogate pair; no field of the standard has another control character.
NOT_TEXT = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
OLDEST, NEWEST = timedelta(days=31), timedelta(minutes=15)


def read_object(body: bytes) -> Fields:
    """The body as fields. Refuses (Bad Request) what is no JSON object in UTF-8, names a key twice or nests without end."""
    try:
        found = json.loads(body.decode(), object_pairs_hook=_object, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise Refusal(BAD_REQUEST) from None
    if not isinstance(found, dict):
        raise Refusal(BAD_REQUEST)
    return Fields(found)


def read_moment(text: str, name: str) -> datetime:
    """A moment with its zone, such as 2026-01-02T10:00:00+07:00. Refuses (Invalid Field Format) any other writing."""
    if not MOMENT.fullmatch(text):
        raise Refusal(INVALID_FORMAT, name)
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise Refusal(INVALID_FORMAT, name) from None
    if not 2000 <= found.year < 2100:
        raise Refusal(INVALID_FORMAT, name)
    return found


class Fields:
    """The members of a JSON object, each asked for with the type the standard gives it; `inside` is the object's own name."""

    def __init__(self, values: dict[str, Any], inside: str = "") -> None:
        self.values, self.inside = values, inside

    def text(self, name: str, *, most: int, required: bool = True, pattern: str = "") -> str:
        """A string of at most `most` characters, "" when it is absent and not required."""
        found = self._value(name, required)
        if found is None:
            return ""
        if not isinstance(found, str) or len(found) > most or NOT_TEXT.search(found):
            raise Refusal(INVALID_FORMAT, self._called(name))
        if not found.strip():
            if required:
                raise Refusal(INVALID_MANDATORY, self._called(name))
            return ""
        if pattern and not re.fullmatch(pattern, found):
            raise Refusal(INVALID_FORMAT, self._called(name))
        return found

    def amount(self, name: str, *, required: bool = True) -> Decimal | None:
        """Whole rupiah from `{"value": "150000.00", "currency": "IDR"}`.

        Refuses as Invalid Amount what is written rightly but is not above zero, not whole, not rupiah or beyond 1 trillion.
        """
        found = self._value(name, required)
        if found is None:
            return None
        if not isinstance(found, dict):
            raise Refusal(INVALID_FORMAT, self._called(name))
        parts = Fields(found, self._called(name))
        text = parts.text("value", most=20)
        currency = parts.text("currency", most=3, pattern="[A-Z]{3}")
        if not AMOUNT.fullmatch(text):
            raise Refusal(INVALID_FORMAT, f"{self._called(name)}.value")
        value = Decimal(text)
        if currency != "IDR" or value != value.to_integral_value() or not 0 < value < MOST_RUPIAH:
            raise Refusal(INVALID_AMOUNT)
        return value.quantize(Decimal(1))

    def moment(self, name: str, now: datetime) -> datetime | None:
        """When it happened, None when not said; never after `now`. Refuses what is a month old and what is yet to come."""
        text = self.text(name, most=35, required=False)
        if not text:
            return None
        found = read_moment(text, self._called(name))
        if not now - OLDEST <= found <= now + NEWEST:
            raise Refusal(INVALID_FORMAT, self._called(name))
        return min(found, now)

    def _value(self, name: str, required: bool) -> Any:
        found = self.values.get(name)
        if found is None and required:
            raise Refusal(INVALID_MANDATORY, self._called(name))
        return found

    def _called(self, name: str) -> str:
        return f"{self.inside}.{name}" if self.inside else name


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")
