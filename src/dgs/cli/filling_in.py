"""Answers of a definition's example as a browser sends them; for the walkthrough and the bench, no rules here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any


def form_values(fields: Iterable[Any], values: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    """Names and values of the controls of these fields (files are left out): lists become rows, points two numbers."""
    pairs: list[tuple[str, str]] = []
    for field in fields:
        value = values.get(field.id)
        name = prefix + field.id
        if value is None or field.type == "file":
            continue
        if field.type == "list":
            for index, row in enumerate(value):
                pairs += form_values(field.fields, row, f"{name}-{index}-")
        elif field.type == "point":
            pairs += [(f"{name}-lat", str(value["lat"])), (f"{name}-lng", str(value["lng"]))]
        elif field.type == "choices":
            pairs += [(name, str(one)) for one in value]
        elif field.type == "boolean":
            if value:
                pairs.append((name, "true"))
        else:
            pairs.append((name, str(value)))
    return pairs
