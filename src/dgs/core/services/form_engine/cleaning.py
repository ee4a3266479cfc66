"""Turns what was sent into values and sentences about what is wrong; the server decides always."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import islice
from typing import Any

from django.utils.translation import gettext as _

from dgs.core.services import fields as kinds
from dgs.core.services.definition import Field, Form, Step
from dgs.core.services.expressions import ExpressionFailed, Unanswered, typed
from dgs.core.services.form_engine.asking import is_asked, known_value
from dgs.core.services.form_engine.context import BLANK, Context
from dgs.core.services.form_engine.raw_input import pick
from dgs.core.services.form_engine.showing import matching_regions

Values = dict[str, Any]
Errors = dict[str, list[str]]
MOST_UNKNOWN = 20


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
    for name in _unknown(values, known_ids):
        errors[name[:60]] = [_("There is no such field.")]
    kept: Values = {}
    for step in form.steps:
        now = context.given(kept)
        if not is_asked(step, now.names()):
            continue
        found: dict[str, list[Any]] = dict(files or {})
        if files is None:
            found = {f.id: values.get(f.id) for f in step.fields if f.type == "file" and values.get(f.id)}  # type: ignore
        step_values, step_errors, _scope = _clean(step.fields, values, found, now, place="values")
        kept = {**kept, **step_values}
        errors.update(step_errors)
    return kept, errors


def _clean(
    fields: tuple[Field, ...], raw: Mapping[str, Any], files: Mapping[str, list[Any]], context: Context, *, place: str
) -> tuple[Values, Errors, Context]:
    own = {item.id for item in fields}
    outside = {key: value for key, value in getattr(context, place).items() if key not in own}
    values: Values = {}
    errors: Errors = {}
    checked: list[Field] = []
    for item in fields:
        now = _with(context, place, {**outside, **values})
        if item.when is not None and not is_asked(item, now.names()):
            continue
        value = known_value(item, now)
        if value is None:
            value, found = _clean_one(item, raw, files, now, context.asked)
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
    final = _with(context, place, {**outside, **values})
    scope = final.names()
    for item in checked:
        found = _broken_checks(item, {**scope, "value": _reckoned(item, values[item.id])})
        if found:
            errors.setdefault(item.id, []).extend(found)
    return values, errors, final


def _with(context: Context, place: str, found: Values) -> Context:
    """The context with these answers ("values") or these findings of officers ("findings")."""
    return context.given(found) if place == "values" else replace(context, findings=found)


def _reckoned(item: Field, value: Any) -> Any:
    return typed(value, kinds.TYPES[item.type].reckons)


def _broken_checks(item: Field, scope: Mapping[str, Any]) -> list[str]:
    """The sentences of the rules a value does not meet; a rule that waits for another answer is not judged."""
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
    given = files.get(item.id) if item.type == "file" else pick(item, raw)
    if item.type == "file":
        # Anything but a list is left to the kind of field, which says in words what it wants.
        given = list(given) if isinstance(given, list | tuple) else given or []
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


def _unknown(values: Mapping[str, Any], known: set[str]) -> list[str]:
    """The first names that are none of the form's: enough to see the mistake, not as many as somebody cares to send."""
    return [str(name) for name in islice((name for name in values if name not in known), MOST_UNKNOWN)]


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
        for name in _unknown(row, columns):
            errors[f"{item.id}-{index}-{name[:40]}"] = [_("There is no such field.")]
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
