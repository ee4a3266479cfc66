"""The functions rules may call; each gets the names in scope and values already worked out."""

from __future__ import annotations

import decimal
import keyword
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from dgs.core.services.expressions.errors import Missing, Refused
from dgs.core.services.expressions.values import ARITHMETIC, day, is_empty, kind_of, number, rows, truth, whole

Scope = Mapping[str, Any]


def _years(first: date, last: date) -> Decimal:
    return Decimal(last.year - first.year - ((last.month, last.day) < (first.month, first.day)))


def _age(scope: Scope, born: Any, on: Any = None) -> Decimal:
    until = scope.get("today") if on is None else on
    return _years(day(born, "age"), day(until, "age"))


def _days_between(scope: Scope, first: Any, last: Any) -> Decimal:
    return Decimal((day(last, "days_between") - day(first, "days_between")).days)


def _years_between(scope: Scope, first: Any, last: Any) -> Decimal:
    return _years(day(first, "years_between"), day(last, "years_between"))


def _year(scope: Scope, on: Any) -> Decimal:
    return Decimal(day(on, "year").year)


def _add_days(scope: Scope, start: Any, days: Any) -> date:
    try:
        return day(start, "add_days") + timedelta(days=whole(days, "add_days", 40000))
    except OverflowError:
        raise Refused("add_days leaves the calendar") from None


def _add_months(scope: Scope, start: Any, months: Any) -> date:
    """The same day so many months on, or the last day of a shorter month."""
    begun = day(start, "add_months")
    count = begun.year * 12 + begun.month - 1 + whole(months, "add_months", 1200)
    year, month = divmod(count, 12)
    if not 1 <= year <= 9998:
        raise Refused("add_months leaves the calendar")
    last = (date(year + (month == 11), (month + 1) % 12 + 1, 1) - timedelta(days=1)).day
    return date(year, month + 1, min(begun.day, last))


def _sum(scope: Scope, items: Any) -> Decimal:
    total = Decimal(0)
    for item in rows(items, "sum"):
        total = ARITHMETIC.add(total, number(item, "sum"))
    return total


def _count(scope: Scope, items: Any) -> Decimal:
    return Decimal(sum(1 for item in rows(items, "count") if not is_empty(item) and item is not False))


def _extreme(choose: Callable[..., Any], of: str) -> Callable[..., Any]:
    def run(scope: Scope, *items: Any) -> Any:
        found = rows(items[0], of) if len(items) == 1 else list(items)
        if not found or any(item is None for item in found):
            raise Missing(f"{of} reckons with a value that is not given")
        if len({kind_of(item) for item in found}) > 1 or not isinstance(found[0], Decimal | date):
            raise Refused(f"{of} needs numbers or dates of one kind")
        return choose(found)

    return run


def _round(scope: Scope, value: Any, digits: Any = Decimal(0)) -> Decimal:
    places = whole(digits, "round", 6)
    return ARITHMETIC.quantize(number(value, "round"), Decimal(1).scaleb(-places))


def _round_up(scope: Scope, value: Any, step: Any = Decimal(1)) -> Decimal:
    amount, size = number(value, "round_up"), number(step, "round_up")
    if size <= 0:
        raise Refused("round_up needs a step above zero")
    steps = ARITHMETIC.divide(amount, size).to_integral_value(rounding=decimal.ROUND_CEILING)
    return ARITHMETIC.multiply(steps, size)


def _len(scope: Scope, value: Any) -> Decimal:
    if value is None:
        return Decimal(0)
    if not isinstance(value, str | list):
        raise Refused(f"len needs a text or a list, not a {kind_of(value)}")
    return Decimal(len(value))


def _lower(scope: Scope, value: Any) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise Refused(f"lower needs a text, not a {kind_of(value)}")
    return value.lower()


def _words(scope: Scope, value: Any) -> Decimal:
    if value is None:
        return Decimal(0)
    if not isinstance(value, str):
        raise Refused(f"words needs a text, not a {kind_of(value)}")
    return Decimal(len(value.split()))


def _shortest_word(scope: Scope, value: Any) -> Decimal:
    if value is None or value == "":
        return Decimal(0)
    if not isinstance(value, str):
        raise Refused(f"shortest_word needs a text, not a {kind_of(value)}")
    return Decimal(min((len(word) for word in value.split()), default=0))


def _is_distinct(scope: Scope, items: Any) -> bool:
    given = [str(item) for item in rows(items, "is_distinct") if item is not None]
    return len(set(given)) == len(given)


def _parse_date(scope: Scope, value: Any) -> date:
    if not isinstance(value, str):
        raise Refused("date needs a text such as \"2026-01-31\"")
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise Refused(f"{value[:40]!r} is not a date") from None


def _is_blank(scope: Scope, value: Any) -> bool:
    return is_empty(value)


def _any(scope: Scope, items: Any) -> bool:
    return any(truth(item) for item in rows(items, "any"))


def _all(scope: Scope, items: Any) -> bool:
    return all(truth(item) for item in rows(items, "all"))


# name -> (function, fewest arguments, most arguments)
FUNCTIONS: dict[str, tuple[Callable[..., Any], int, int]] = {
    "age": (_age, 1, 2),
    "years_between": (_years_between, 2, 2),
    "days_between": (_days_between, 2, 2),
    "year": (_year, 1, 1),
    "add_days": (_add_days, 2, 2),
    "add_months": (_add_months, 2, 2),
    "date": (_parse_date, 1, 1),
    "sum": (_sum, 1, 1),
    "count": (_count, 1, 1),
    "min": (_extreme(min, "min"), 1, 8),
    "max": (_extreme(max, "max"), 1, 8),
    "round": (_round, 1, 2),
    "round_up": (_round_up, 1, 2),
    "len": (_len, 1, 1),
    "words": (_words, 1, 1),
    "shortest_word": (_shortest_word, 1, 1),
    "lower": (_lower, 1, 1),
    "is_distinct": (_is_distinct, 1, 1),
    "is_empty": (_is_blank, 1, 1),
    "any": (_any, 1, 1),
    "all": (_all, 1, 1),
}
LOOPS = {"any", "all", "sum", "count", "min", "max"}
RESERVED = {"lookup", "today", "value", "row", "findings", "tables"} | frozenset(keyword.kwlist)
