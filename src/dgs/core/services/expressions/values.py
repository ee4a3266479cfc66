"""Values as rules reckon with them: decimals, dates, texts, lists; and what refuses when a value is of another kind."""

from __future__ import annotations

import decimal
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from dgs.core.services.expressions.errors import Missing, Refused

MAX_ROWS = 1000
LARGEST = Decimal(10) ** 18
ARITHMETIC = decimal.Context(
    prec=28, rounding=decimal.ROUND_HALF_UP, Emin=-60, Emax=60,
    traps=[decimal.Overflow, decimal.InvalidOperation, decimal.DivisionByZero],
)


def typed(value: Any, kind: str | None) -> Any:
    """A stored JSON value as the language reckons with it: decimals, dates; lists are converted item by item."""
    if value is None or value == "":
        return None
    if isinstance(value, list):
        return [typed(item, kind) for item in value]
    if isinstance(value, bool | Decimal):
        return value
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, int):
        if abs(value) > LARGEST:
            raise Refused("a number beyond all bounds")
        return Decimal(value)
    if isinstance(value, float):
        return bounded(Decimal(str(value)))
    if isinstance(value, str) and kind in {"decimal", "integer", "money"}:
        try:
            return bounded(Decimal(value))
        except decimal.DecimalException:
            raise Refused(f"{value[:40]!r} is not a number") from None
    if isinstance(value, str) and kind == "date":
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise Refused(f"{value[:40]!r} is not a date") from None
    return value


def bounded(amount: Decimal) -> Decimal:
    """The number, unless it is not finite or beyond 10^18."""
    if not amount.is_finite() or amount.copy_abs() > LARGEST:
        raise Refused("a number beyond all bounds")
    return amount


def kind_of(value: Any) -> str:
    """What a value is, in words of the language."""
    if isinstance(value, bool):
        return "yes/no"
    if isinstance(value, Decimal):
        return "number"
    if isinstance(value, str):
        return "text"
    if isinstance(value, date):
        return "date"
    if isinstance(value, list):
        return "list"
    return "group"


def number(value: Any, of: str) -> Decimal:
    """The value as a number; `of` names who asks, for the refusal."""
    if value is None:
        raise Missing(f"{of} reckons with a value that is not given")
    if not isinstance(value, Decimal):
        raise Refused(f"{of} needs a number, not a {kind_of(value)}")
    return value


def day(value: Any, of: str) -> date:
    """The value as a date."""
    if value is None:
        raise Missing(f"{of} reckons with a date that is not given")
    if not isinstance(value, date):
        raise Refused(f"{of} needs a date, not a {kind_of(value)}")
    return value


def whole(value: Any, of: str, bound: int) -> int:
    """The value as a whole number of at most `bound`, either sign."""
    amount = number(value, of)
    if amount != amount.to_integral_value() or amount.copy_abs() > bound:
        raise Refused(f"{of} needs a whole number up to {bound}")
    return int(amount)


def rows(value: Any, of: str) -> list[Any]:
    """The value as a list; none is an empty one."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise Refused(f"{of} needs a list, not a {kind_of(value)}")
    if len(value) > MAX_ROWS:
        raise Refused(f"{of} refuses lists of more than {MAX_ROWS} rows")
    return value


def truth(value: Any) -> bool:
    """The value as yes or no; none is no."""
    if value is None:
        return False
    if not isinstance(value, bool):
        raise Refused(f"a condition must be yes or no, not a {kind_of(value)}")
    return value


def is_empty(value: Any) -> bool:
    """Whether nothing was given."""
    return value is None or value == "" or value == [] or value == {}
