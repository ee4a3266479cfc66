"""Runs a form: which steps and fields are asked, cleaning of what was typed, and what templates need to show it.

The server decides always: a hidden field has no value, a value the register knows is taken from there, and whatever
else was sent for such a field is ignored. Nothing here touches the database except look-ups of regions.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from dgs.core.services import fields as kinds
from dgs.core.services.definition import Field, Form, Step
from dgs.core.services.expressions import ExpressionFailed

BLANK = ("", None, [], ())


@dataclass(frozen=True, kw_only=True)
class Context:
    """What rules may look at. `values` and `findings` are stored JSON values by field; `attributes` by dotted path.

    `region` finds a region by its code and `home` is the code of the area within which places must lie; left out,
    both are taken from the regions room.
    """

    values: Mapping[str, Any] = field(default_factory=dict)
    attributes: Mapping[str, Any] = field(default_factory=dict)
    findings: Mapping[str, Any] = field(default_factory=dict)
    today: date
    region: Callable[[str], Any] | None = None
    home: str | None = None

    def names(self, **more: Any) -> dict[str, Any]:
        """The names a rule sees: answers by their ids, groups of attributes, findings, today."""
        found: dict[str, Any] = dict(self.values)
        for path, value in self.attributes.items():
            head, _dot, tail = path.partition(".")
            group = found.get(head)
            if not isinstance(group, dict) or not tail:
                group = found[head] = {}
            group[tail] = value
        return {**found, "findings": dict(self.findings), "today": self.today, **more}


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


# --- what is asked ---------------------------------------------------------------------------------------------------

def is_asked(item: Field | Step, scope: Mapping[str, Any]) -> bool:
    """Whether the condition of a step or field is met; one that cannot be answered is not."""
    if item.when is None:
        return True
    try:
        return item.when.holds(scope)
    except ExpressionFailed:
        return False


def known_value(item: Field, context: Context) -> Any:
    """The register's value for the field as stored JSON, or None when it must be asked."""
    names = None
    for source in item.sources:
        raw = context.attributes.get(source.path)
        if raw in BLANK:
            continue
        if source.when is not None:
            names = names or context.names()
            try:
                if not source.when.holds(names):
                    continue
            except ExpressionFailed:
                continue
        if isinstance(raw, date | datetime):
            raw = raw.isoformat()[:10]
        try:
            return kinds.TYPES[item.type].clean(replace(item, pattern=None, min=None, max=None), raw, _asked(context))
        except kinds.Unfit:
            continue
    return None


def settle(form: Form, context: Context) -> dict[str, Any]:
    """The values that count: of fields that are asked now, in the order of the form; the rest is dropped."""
    kept: dict[str, Any] = {}
    for step in form.steps:
        scope = replace(context, values=kept).names()
        if not is_asked(step, scope):
            continue
        for item in step.fields:
            if not is_asked(item, replace(context, values=kept).names()):
                continue
            known = known_value(item, replace(context, values=kept))
            value = known if known is not None else context.values.get(item.id)
            if value not in BLANK:
                kept[item.id] = value
    return kept


def visible_steps(form: Form, context: Context) -> list[Step]:
    """The steps that are asked, for these answers; a step none of whose fields is asked is left out."""
    settled = replace(context, values=settle(form, context))
    scope = settled.names()
    return [step for step in form.steps if is_asked(step, scope) and visible_fields(step, settled)]


def visible_fields(step: Step, context: Context) -> list[Field]:
    """The fields of a step that are shown, for these answers (fields the register knows are among them)."""
    values = dict(context.values)
    shown = []
    for item in step.fields:
        if is_asked(item, replace(context, values=values).names()):
            shown.append(item)
        else:
            values.pop(item.id, None)
    return shown


# --- cleaning --------------------------------------------------------------------------------------------------------

Values = dict[str, Any]
Errors = dict[str, list[str]]


def clean_step(
    step: Step, raw: Mapping[str, Any], files: Mapping[str, list[Any]], context: Context
) -> tuple[Values, Errors]:
    """The values of a step and what is wrong, by raw form name. Only fields asked now are in the values.

    `context.values` are the answers of the other steps; `files` the stored files by field id (kept by the caller).
    """
    values, errors, _scope = _clean(step.fields, raw, files, context, place="values")
    return values, errors


def clean_fields(
    fields: Iterable[Field], raw: Mapping[str, Any], files: Mapping[str, list[Any]], context: Context
) -> tuple[Values, Errors]:
    """As clean_step, for what an officer fills in: the rules of these fields see earlier ones under `findings`."""
    values, errors, _scope = _clean(tuple(fields), raw, files, context, place="findings")
    return values, errors


def clean_all(
    form: Form, values: Mapping[str, Any], context: Context, files: Mapping[str, list[Any]] | None = None
) -> tuple[Values, Errors]:
    """The whole form at once, as before submission or from the API: final values and errors by field path.

    Values for hidden fields and for those the register knows are ignored, unknown names are errors. File fields are
    taken from `files` when given, else from the values, where each must be a stored file in full.
    """
    errors: Errors = {}
    known_ids = {item.id for item in form.fields()}
    for name in values:
        if name not in known_ids:
            errors[str(name)[:60]] = [_("There is no such field.")]
    kept: Values = {}
    for step in form.steps:
        now = replace(context, values=kept)
        if not is_asked(step, now.names()):
            continue
        found: dict[str, list[Any]] = dict(files or {})
        if files is None:
            found = {f.id: values.get(f.id) for f in step.fields if f.type == "file" and values.get(f.id)}  # type: ignore
        step_values, step_errors, _scope = _clean(step.fields, values, found, now, place="values")
        kept = {**kept, **step_values}
        errors.update(step_errors)
    return kept, errors


def _asked(context: Context) -> kinds.Asked:
    region, home = context.region, context.home
    if region is None:
        from dgs.core.regions import api as regions

        region = regions.by_code
        if home is None:
            home = regions.home_code()
    return kinds.Asked(today=context.today, region=region, home=home)


def _clean(
    fields: tuple[Field, ...], raw: Mapping[str, Any], files: Mapping[str, list[Any]], context: Context, *, place: str
) -> tuple[Values, Errors, Context]:
    own = {item.id for item in fields}
    outside = {key: value for key, value in getattr(context, place).items() if key not in own}
    values: Values = {}
    errors: Errors = {}
    checked: list[Field] = []
    asked = None
    for item in fields:
        now = replace(context, **{place: {**outside, **values}})
        if not is_asked(item, now.names()):
            continue
        value = known_value(item, now)
        if value is None:
            asked = asked or _asked(context)
            value, found = _clean_one(item, raw, files, now, asked)
            errors.update(found)
            if found:
                continue
        if value in BLANK or (item.type == "boolean" and value is False and item.required):
            if item.required:
                errors[item.id] = [_sentence_for_blank(item)]
            elif value is False:
                values[item.id] = False
            continue
        values[item.id] = value
        checked.append(item)
    final = replace(context, **{place: {**outside, **values}})
    scope = final.names()
    for item in checked:
        found = _broken_checks(item, {**scope, "value": _reckoned(item, values[item.id])})
        if found:
            errors.setdefault(item.id, []).extend(found)
    return values, errors, final


def _reckoned(item: Field, value: Any) -> Any:
    from dgs.core.services.expressions import typed

    return typed(value, kinds.TYPES[item.type].reckons)


def _broken_checks(item: Field, scope: Mapping[str, Any]) -> list[str]:
    """The sentences of the rules a value does not meet; a rule that waits for another answer is not judged."""
    from dgs.core.services.expressions import Unanswered

    found = []
    for check in item.checks:
        try:
            kept = check.rule.evaluate(scope)
        except Unanswered:
            continue
        except ExpressionFailed:
            kept = False
        if kept is not True:
            found.append(str(check.message))
    return found


def _sentence_for_blank(item: Field) -> str:
    label = str(item.label)
    if item.type == "file":
        return _("Please attach: %(label)s.") % {"label": label}
    if item.type in {"choice", "choices", "region"}:
        return _("Please choose: %(label)s.") % {"label": label}
    if item.type == "boolean":
        return _("This must be ticked to go on.")
    if item.type == "list":
        return _("Please add at least one: %(label)s.") % {"label": label}
    return _("Please fill in: %(label)s.") % {"label": label}


def _clean_one(
    item: Field, raw: Mapping[str, Any], files: Mapping[str, list[Any]], context: Context, asked: kinds.Asked
) -> tuple[Any, Errors]:
    """Value (None when blank) and errors of one field that is asked."""
    if item.type == "list":
        return _clean_rows(item, raw, context, asked)
    given = list(files.get(item.id) or ()) if item.type == "file" else pick(item, raw)
    if isinstance(given, str) and len(given) <= 20_000 and not kinds.tidy(given):
        given = None
    if given in BLANK or given == {} or (isinstance(given, Mapping) and all(v in BLANK for v in given.values())):
        return (False if item.type == "boolean" else None), {}
    if item.type == "region" and isinstance(given, Mapping):
        given = _region_by_text(item, given, asked)
        if given is None:
            return None, {item.id: [_("Please choose a place from the list.")]}
    try:
        return kinds.TYPES[item.type].clean(item, given, asked), {}
    except kinds.Unfit as error:
        return None, {item.id: [error.sentence]}


def _region_by_text(item: Field, given: Mapping[str, Any], asked: kinds.Asked) -> str | None:
    """The code of the only place that fits what was typed (without JavaScript nobody fills in the code)."""
    found = matching_regions(item, str(given.get("text", ""))[:100], asked.home)
    return found[0].code if len(found) == 1 else None


def matching_regions(item: Field, text: str, home: str | None) -> list[Any]:
    """Up to 12 places that fit the text, of the field's level and area."""
    from dgs.core.regions import api as regions

    text = kinds.tidy(text)
    if not text:
        return []
    level = kinds.LEVELS.get(item.level or "")
    return list(regions.search(text, level=level, within=home if item.within_home else None, limit=12))


def _clean_rows(
    item: Field, raw: Mapping[str, Any], context: Context, asked: kinds.Asked
) -> tuple[list[Values] | None, Errors]:
    rows = pick(item, raw)
    if rows in BLANK:
        return None, {}
    if not isinstance(rows, list) or any(not isinstance(row, Mapping) for row in rows):
        return None, {item.id: [_("This must be a list of rows.")]}
    if len(rows) > kinds.max_rows(item):
        return None, {item.id: [_("At most %(count)s rows here.") % {"count": kinds.max_rows(item)}]}
    kept: list[Values] = []
    errors: Errors = {}
    columns = {column.id for column in item.fields}
    for index, row in enumerate(rows):
        if all(_is_blank_cell(row.get(name)) for name in columns):
            continue
        for name in row:
            if name not in columns:
                errors[f"{item.id}-{index}-{str(name)[:40]}"] = [_("There is no such field.")]
        values: Values = {}
        for column in item.fields:
            scope = context.names(row=values)
            if not is_asked(column, scope):
                continue
            value, found = _clean_one(column, row, {}, context, asked)
            if not found and column.required and (value in BLANK or value is False):
                found = {column.id: [_sentence_for_blank(column)]}
            errors.update({f"{item.id}-{index}-{name}": sentences for name, sentences in found.items()})
            if not found and value not in BLANK:
                values[column.id] = value
        for column in item.fields:
            if column.id in values:
                scope = context.names(row=values, value=_reckoned(column, values[column.id]))
                if broken := _broken_checks(column, scope):
                    errors.setdefault(f"{item.id}-{index}-{column.id}", []).extend(broken)
        kept.append(values)
    if not errors and kept and len(kept) < item.min_count:
        errors[item.id] = [_("Please add at least %(count)s rows.") % {"count": item.min_count}]
    return (kept or None), errors


def _is_blank_cell(value: Any) -> bool:
    if isinstance(value, Mapping):
        return all(_is_blank_cell(part) for part in value.values())
    return value in BLANK or (isinstance(value, str) and not value.strip())


# --- reading raw input -----------------------------------------------------------------------------------------------

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


# --- showing ---------------------------------------------------------------------------------------------------------

def display(item: Field, value: Any, *, is_long: bool = False) -> str:
    """The value as people read it, in the active language; identifiers masked unless long (letters)."""
    return kinds.show(item, value, is_long=is_long)


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
    text = _safe_text(item, value)
    options: tuple[tuple[str, str, bool], ...] = ()
    if item.options:
        chosen = value if isinstance(value, list) else [value]
        options = tuple((o.value, str(o.label), o.value in chosen) for o in item.options)
    attrs = dict(kind.attrs(item))
    if item.type == "region":
        home = _asked(context).home
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
        attrs["max_rows"], attrs["row_label"] = kinds.max_rows(item), str(item.label)
    return FieldView(
        name=name, id=name, type=item.type, label=str(item.label), help=str(item.help or ""),
        value="" if value is None else value, text=text, errors=tuple(errors.get(name, ())), required=item.required,
        options=options, rows=tuple(rows), columns=columns, accept=item.accept, max_mb=item.max_mb,
        max_count=max(item.max_count, 1), attrs=attrs, locked=known is not None,
        files=tuple(value) if item.type == "file" and isinstance(value, list | tuple) else (),
        source_label=_("from the register") if known is not None else "",
    )


def _safe_text(item: Field, value: Any) -> str:
    """What was typed may be of any shape: then it is shown as it is."""
    try:
        return display(item, value)
    except (ValueError, TypeError, ArithmeticError, AttributeError):
        return str(value)[:200]


def json_schema(form: Form) -> dict[str, Any]:
    """JSON Schema (2020-12) of the values of a form; conditions and register sources stand in x-when and x-source."""
    schema = kinds.object_schema(tuple(form.fields()))
    steps = [{"id": s.id, "title": str(s.title), "fields": [f.id for f in s.fields]} for s in form.steps]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "x-steps": steps}


