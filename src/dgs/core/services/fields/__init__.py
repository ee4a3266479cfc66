"""The types a field may have: how raw input becomes a stored value or a sentence, how it is shown, its schema.

Which fields are asked and in which order stands in form_engine.
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from dgs.core.services.definition import Field
from dgs.core.services.fields.attachments import clean_file
from dgs.core.services.fields.choices import clean_boolean, clean_choice, clean_choices, option_text
from dgs.core.services.fields.contacts import clean_email, clean_kk, clean_nik, clean_phone, masked, show_phone
from dgs.core.services.fields.dates import clean_date, read_date, spoken_date
from dgs.core.services.fields.numbers import (
    LARGEST_MONEY,
    clean_decimal,
    clean_integer,
    clean_money,
    number_attrs,
    number_schema,
    rupiah,
    spoken_number,
)
from dgs.core.services.fields.places import LEVELS, REGION_CODE, clean_point, clean_region, point_text, region_text
from dgs.core.services.fields.shape import Asked, FieldType, Unfit
from dgs.core.services.fields.text import as_it_is, clean_text, text_attrs, text_schema, tidy

__all__ = [
    "LARGEST_MONEY", "LEVELS", "LIST_ROWS", "REGION_CODE", "TYPES", "Asked", "FieldType", "Unfit", "max_rows",
    "object_schema", "read_date", "show", "tidy",
]

LIST_ROWS = 200


def clean_list(field: Field, raw: Any, asked: Asked) -> Any:
    """Never called: see the message."""
    raise TypeError("rows of a list are cleaned by the form engine, column by column")


def _list_schema(field: Field) -> dict[str, Any]:
    return {
        "type": "array", "maxItems": max_rows(field), "minItems": max(field.min_count, int(field.required)),
        "items": object_schema(field.fields),
    }


def max_rows(field: Field) -> int:
    """How many rows a list may have."""
    return min(field.max_count if field.max_count > 1 else LIST_ROWS, LIST_ROWS)


def _list_text(field: Field, value: Any, is_long: bool) -> str:
    rows = []
    for row in value if isinstance(value, list) else []:
        cells = [show(column, row.get(column.id), is_long=is_long) for column in field.fields]
        rows.append(", ".join(cell for cell in cells if cell))
    return "; ".join(rows)


def object_schema(fields: tuple[Field, ...]) -> dict[str, Any]:
    """JSON Schema of an object with these fields; conditional and registered ones are never required by it."""
    properties = {}
    for field in fields:
        schema = TYPES[field.type].schema(field)
        schema["title"] = str(field.label)
        if field.help:
            schema["description"] = str(field.help)
        if field.when:
            schema["x-when"] = field.when.source
        if field.source:
            schema["x-source"] = field.source
        properties[field.id] = schema
    asked = [f.id for f in fields if f.required and not f.when and not f.source and f.type != "file"]
    return {"type": "object", "properties": properties, "required": asked, "additionalProperties": False}


def show(field: Field, value: Any, *, is_long: bool = False) -> str:
    """The value in the words of the active language; empty when there is none.

    `is_long` is for letters: months are written out, identifiers in full.
    """
    if value is None or value == "" or value == []:
        return ""
    return TYPES[field.type].show(field, value, is_long)


_BOUNDS = frozenset({"min", "max"})
_TEXT = frozenset({"max_length", "pattern"})
_LINE = _TEXT | {"upper"}
_ALL = (
    FieldType(name="text", clean=clean_text, show=as_it_is, schema=text_schema, attrs=text_attrs, keys=_LINE),
    FieldType(name="textarea", clean=clean_text, show=as_it_is, schema=text_schema, attrs=text_attrs, keys=_TEXT),
    FieldType(
        name="integer", clean=clean_integer, show=lambda f, v, w: spoken_number(v) if f.grouped else str(v),
        schema=number_schema("integer"),
        attrs=number_attrs, reckons="integer", keys=_BOUNDS | {"grouped"},
    ),
    FieldType(
        name="decimal", clean=clean_decimal, show=lambda f, v, w: spoken_number(v), schema=number_schema("decimal"),
        attrs=number_attrs, reckons="decimal", keys=_BOUNDS,
    ),
    FieldType(
        name="money", clean=clean_money, show=lambda f, v, w: rupiah(v), schema=number_schema("integer"),
        attrs=number_attrs, reckons="money", keys=_BOUNDS,
    ),
    FieldType(
        name="date", clean=clean_date, show=lambda f, v, w: spoken_date(v, is_long=w),
        schema=lambda f: {"type": "string", "format": "date"}, reckons="date", keys=_BOUNDS,
        attrs=lambda f: {key: bound for key, bound in (("min", f.min), ("max", f.max)) if bound and bound != "today"},
    ),
    FieldType(
        name="choice", clean=clean_choice, show=lambda f, v, w: option_text(f, v), keys=frozenset({"options"}),
        schema=lambda f: {"type": "string", "enum": [option.value for option in f.options]},
    ),
    FieldType(
        name="choices", clean=clean_choices, reckons="list", keys=frozenset({"options", "min_count", "max_count"}),
        show=lambda f, v, w: ", ".join(option_text(f, item) for item in v) if isinstance(v, list) else str(v),
        schema=lambda f: {"type": "array", "items": {"enum": [option.value for option in f.options]}},
    ),
    FieldType(
        name="boolean", clean=clean_boolean, show=lambda f, v, w: _("yes") if v else _("no"), reckons="boolean",
        schema=lambda f: {"type": "boolean"},
    ),
    FieldType(
        name="nik", clean=clean_nik, show=masked, schema=lambda f: {"type": "string", "pattern": "^[0-9]{16}$"},
    ),
    FieldType(
        name="kk", clean=clean_kk, show=masked, schema=lambda f: {"type": "string", "pattern": "^[0-9]{16}$"},
    ),
    FieldType(
        name="phone", clean=clean_phone, show=show_phone, schema=lambda f: {"type": "string"},
        attrs=lambda f: {"maxlength": 22, "autocomplete": "tel" if f.source else "off"},
    ),
    FieldType(
        name="email", clean=clean_email, show=as_it_is, schema=lambda f: {"type": "string", "format": "email"},
        attrs=lambda f: {"maxlength": 254, "autocomplete": "email" if f.source else "off"},
    ),
    FieldType(
        name="region", clean=clean_region, show=region_text, keys=frozenset({"level", "within_home"}),
        schema=lambda f: {"type": "string", "pattern": REGION_CODE.pattern, "x-level": f.level},
    ),
    FieldType(
        name="point", clean=clean_point, show=point_text, reckons="point",
        schema=lambda f: {
            "type": "object", "properties": {"lat": {"type": "number"}, "lng": {"type": "number"}},
            "required": ["lat", "lng"],
        },
    ),
    FieldType(
        name="file", clean=clean_file, reckons="list", keys=frozenset({"accept", "max_mb", "min_count", "max_count"}),
        show=lambda f, v, w: ", ".join(str(item.get("name", "")) for item in v) if isinstance(v, list) else str(v),
        schema=lambda f: {"type": "array", "items": {"type": "string", "format": "uuid"}, "maxItems": f.max_count},
    ),
    FieldType(
        name="list", clean=clean_list, show=_list_text, schema=_list_schema, reckons="list",
        keys=frozenset({"fields", "row", "min_count", "max_count"}),
    ),
)
TYPES: dict[str, FieldType] = {kind.name: kind for kind in _ALL}
