"""What templates and the API need to show a form: bound fields, readable values, the schema."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from dgs.core.services import fields as kinds
from dgs.core.services.definition import Field, Form
from dgs.core.services.form_engine.asking import known_value
from dgs.core.services.form_engine.context import Context


@dataclass(frozen=True, kw_only=True)
class FieldView:
    """A field as a template shows it."""

    name: str
    id: str
    type: str
    label: str
    help: str = ""
    value: Any = None
    text: str = ""
    errors: tuple[str, ...] = ()
    required: bool = True
    options: tuple[tuple[str, str, bool], ...] = ()
    rows: tuple[tuple[FieldView, ...], ...] = ()
    columns: tuple[FieldView, ...] = ()
    accept: tuple[str, ...] = ()
    max_mb: int = 5
    max_count: int = 1
    files: tuple[Mapping[str, Any], ...] = ()
    attrs: Mapping[str, Any] = field(default_factory=dict)
    locked: bool = False
    source_label: str = ""


def matching_regions(item: Field, text: str, home: str | None) -> list[Any]:
    """Up to 12 places that fit the text, of the field's level and area."""
    from dgs.core.regions import api as regions

    text = kinds.tidy(text)
    if not text:
        return []
    level = kinds.LEVELS.get(item.level or "")
    return list(regions.search(text, level=level, within=home if item.within_home else None, limit=12))


def display(item: Field, value: Any, *, is_long: bool = False) -> str:
    """The value as people read it, in the active language; identifiers masked unless long (letters).

    A draft may hold what was typed wrongly, of any shape: that is shown as it is.
    """
    try:
        return kinds.show(item, value, is_long=is_long)
    except (ValueError, TypeError, ArithmeticError, AttributeError, LookupError):
        return str(value)[:200]


def bound_fields(
    fields: Iterable[Field], values: Mapping[str, Any], errors: Mapping[str, list[str]], context: Context
) -> list[FieldView]:
    """Fields with their values (stored, or as typed: see `entered`) and errors, ready for a template.

    Fields the register knows come locked, with its value.
    """
    return [_view(item, values.get(item.id), errors, context, prefix="") for item in fields]


def _view(item: Field, value: Any, errors: Mapping[str, list[str]], context: Context, *, prefix: str) -> FieldView:
    name = prefix + item.id
    kind = kinds.TYPES[item.type]
    known = known_value(item, context) if not prefix else None
    if known is not None:
        value = known
    text = display(item, value)
    options: tuple[tuple[str, str, bool], ...] = ()
    if item.options:
        chosen = value if isinstance(value, list) else [value]
        options = tuple((o.value, str(o.label), o.value in chosen) for o in item.options)
    attrs = dict(kind.attrs(item))
    if item.type == "region":
        home = context.asked.home
        attrs["level"], attrs["within"] = item.level or "", (home or "") if item.within_home else ""
        if isinstance(value, Mapping):
            text = str(value.get("text") or "")
            options = tuple((r.code, r.path_label, False) for r in matching_regions(item, text, home))
            value = ""
    if item.type == "date" and isinstance(value, date):
        value = value.isoformat()
    rows: list[tuple[FieldView, ...]] = []
    columns: tuple[FieldView, ...] = ()
    if item.type == "list":
        given = value if isinstance(value, list) and value else [{} for _i in range(max(item.min_count, 1))]
        for index, row in enumerate(given):
            row = row if isinstance(row, Mapping) else {}
            rows.append(tuple(
                _view(column, row.get(column.id), errors, context, prefix=f"{name}-{index}-") for column in item.fields
            ))
        columns = tuple(_view(column, None, {}, context, prefix=f"{name}-0-") for column in item.fields)
        attrs["min_rows"], attrs["max_rows"] = item.min_count, kinds.max_rows(item)
        attrs["row_label"] = str(item.row or item.label)
    return FieldView(
        name=name, id=name, type=item.type, label=str(item.label), help=str(item.help or ""),
        value="" if value is None else value, text=text, errors=tuple(errors.get(name, ())), required=item.required,
        options=options, rows=tuple(rows), columns=columns, accept=item.accept, max_mb=item.max_mb,
        max_count=max(item.max_count, 1), attrs=attrs, locked=known is not None,
        files=tuple(value) if item.type == "file" and isinstance(value, list | tuple) else (),
        source_label=_("from the register") if known is not None else "",
    )





def json_schema(form: Form) -> dict[str, Any]:
    """JSON Schema (2020-12) of the values of a form; conditions and register sources stand in x-when and x-source."""
    schema = kinds.object_schema(tuple(form.fields()))
    steps = [{"id": s.id, "title": str(s.title), "fields": [f.id for f in s.fields]} for s in form.steps]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "x-steps": steps}
