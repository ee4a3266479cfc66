"""Seals identity numbers inside answers before they are stored and opens them for who may read; no other field."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from dgs.core.services.api import Field
from dgs.kernel import protection

SEALED_TYPES = {"nik", "kk"}
SEALED_ATTRIBUTES = ("nik", "kk")


def seal(fields: Iterable[Field], values: Mapping[str, Any]) -> dict[str, Any]:
    """The answers with each NIK and KK number replaced by {"sealed": …}; list rows are gone through."""
    return _map(
        fields,
        values,
        lambda value: {"sealed": protection.encrypt(value)} if isinstance(value, str) and value else value,
    )


def unseal(fields: Iterable[Field], values: Mapping[str, Any]) -> dict[str, Any]:
    """The answers in clear."""
    return _map(fields, values, _opened)


def seal_register(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """The register's values with identity numbers sealed."""
    return {
        path: {"sealed": protection.encrypt(str(value))}
        if path.rsplit(".", 1)[-1] in SEALED_ATTRIBUTES and value
        else value
        for path, value in attributes.items()
    }


def unseal_register(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """The register's values in clear."""
    return {path: _opened(value) for path, value in attributes.items()}


def _opened(value: Any) -> Any:
    return protection.decrypt(value["sealed"]) if isinstance(value, dict) and "sealed" in value else value


def _map(fields: Iterable[Field], values: Mapping[str, Any], change) -> dict[str, Any]:
    result = dict(values)
    for field in fields:
        value = result.get(field.id)
        if field.type in SEALED_TYPES:
            if value is not None:
                result[field.id] = change(value)
        elif field.type == "list" and isinstance(value, list):
            result[field.id] = [_map(field.fields, row, change) for row in value]
    return result
