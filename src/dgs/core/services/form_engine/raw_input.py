"""Reads what was sent for a field, from a posted form (flat names) or from JSON (nested values); judges nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from dgs.core.services import fields as kinds
from dgs.core.services.definition import Field
from dgs.core.services.form_engine.context import BLANK


def pick(item: Field, raw: Mapping[str, Any]) -> Any:
    """What was sent for a field, from a posted form (flat names) or from JSON (nested values)."""
    if item.type == "choices" and hasattr(raw, "getlist"):
        return [value for value in raw.getlist(item.id) if value]
    if item.type == "list":
        return _pick_rows(item, raw)
    if item.type == "point" and item.id not in raw:
        if f"{item.id}-lat" in raw or f"{item.id}-lng" in raw:
            return {"lat": raw.get(f"{item.id}-lat"), "lng": raw.get(f"{item.id}-lng")}
        return None
    value = raw.get(item.id)
    if item.type == "region" and value in BLANK and raw.get(f"{item.id}-text"):
        return {"text": raw.get(f"{item.id}-text")}
    return value


def _pick_rows(item: Field, raw: Mapping[str, Any]) -> Any:
    if item.id in raw and not hasattr(raw, "getlist"):
        return raw[item.id]
    shape = re.compile(rf"^{re.escape(item.id)}-(\d{{1,4}})-([a-z][a-z0-9_]*)((?:-(?:text|lat|lng))?)$", re.ASCII)
    rows: dict[int, _Row] = {}
    for name in list(raw)[:5000]:
        if found := shape.match(str(name)):
            row = rows.setdefault(int(found[1]), _Row())
            row[found[2] + found[3]] = raw.get(name)
            if hasattr(raw, "getlist"):
                row.many[found[2] + found[3]] = raw.getlist(name)
    return [_row_values(item, rows[index]) for index in sorted(rows)[: kinds.LIST_ROWS + 1]] or None


class _Row(dict):
    """The cells of one row as posted."""

    def __init__(self) -> None:
        super().__init__()
        self.many: dict[str, list[str]] = {}

    def getlist(self, name: str) -> list[str]:
        """Every value posted under the name."""
        return self.many.get(name, [])


def _row_values(item: Field, row: _Row) -> dict[str, Any]:
    return {column.id: pick(column, row) for column in item.fields}


def entered(fields: Iterable[Field], raw: Mapping[str, Any]) -> dict[str, Any]:
    """What was typed, by field, for showing the form again; obeys `_add` and `_remove` of list rows."""
    found = {}
    for item in fields:
        value = pick(item, raw)
        if item.type == "list":
            value = [dict(row) for row in value or [] if isinstance(row, Mapping)]
            if raw.get("_add") == item.id and len(value) < kinds.max_rows(item):
                value.append({})
            if removed := re.fullmatch(rf"{re.escape(item.id)}-(\d{{1,4}})", str(raw.get("_remove", "")), re.ASCII):
                value = [row for index, row in enumerate(value) if index != int(removed[1])]
        found[item.id] = value
    return found
