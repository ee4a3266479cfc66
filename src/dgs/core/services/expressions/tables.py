"""Decision tables: rows of conditions with a result, looked up by rules; the first row that holds counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dgs.core.services.expressions.errors import Missing, Refused
from dgs.core.services.expressions.values import kind_of, number, typed


@dataclass(frozen=True, kw_only=True)
class Row:
    """One row of a decision table: a condition for each input, and the result."""

    conditions: tuple[Any, ...]
    result: Any
    line: int = 0


@dataclass(frozen=True, kw_only=True)
class Table:
    """A decision table; the first row whose conditions all hold gives the result.

    A condition is "*" (anything), a text or number (equal), a list (one of), or {"from": x, "to": y} (bounds included,
    either may be missing).
    """

    inputs: tuple[str, ...]
    rows: tuple[Row, ...]


def look_up(table: Table, name: str, keys: Sequence[Any]) -> Any:
    """The result of the first row that holds; refuses when a key is missing or no row holds."""
    if len(keys) != len(table.inputs):
        raise Refused(f"the table {name!r} is looked up by {len(table.inputs)} value(s)")
    if any(key is None for key in keys):
        raise Missing(f"the table {name!r} is looked up by a value that is not given")
    for row in table.rows:
        if all(_meets(condition, key) for condition, key in zip(row.conditions, keys, strict=True)):
            return typed(row.result, None)
    raise Refused(f"the table {name!r} has no row for " + ", ".join(str(key)[:40] for key in keys))


def _meets(condition: Any, key: Any) -> bool:
    if condition == "*":
        return True
    if isinstance(condition, list | tuple):
        return any(_meets(item, key) for item in condition)
    if isinstance(condition, Mapping):
        amount = number(key, "a table")
        low, high = condition.get("from"), condition.get("to")
        return (low is None or amount >= low) and (high is None or amount <= high)
    condition = typed(condition, None)
    return kind_of(condition) == kind_of(key) and condition == key
