"""Which stored files a set of answers names, by the questions that ask for files; the files themselves are in documents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from dgs.core.services.api import Field


def file_ids(fields: Iterable[Field], values: Mapping[str, Any]) -> list[str]:
    """The ids of the files in clean answers to these questions, rows of lists included, in the order of the questions."""
    found: list[str] = []
    for field in fields:
        value = values.get(field.id)
        if not value:
            continue
        if field.type == "file":
            found += [item["id"] for item in value]
        elif field.type == "list":
            for row in value:
                found += file_ids(field.fields, row)
    return found
