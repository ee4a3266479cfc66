"""Which steps and fields are asked, and which values count, for given answers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from dgs.core.services import fields as kinds
from dgs.core.services.definition import Field, Form, Step
from dgs.core.services.expressions import ExpressionFailed
from dgs.core.services.form_engine.context import BLANK, Context


def is_asked(item: Field | Step, scope: Mapping[str, Any]) -> bool:
    """Whether the condition of a step or field is met; one that cannot be answered is not."""
    if item.when is None:
        return True
    try:
        return item.when.holds(scope)
    except ExpressionFailed:
        return False


def known_value(item: Field, context: Context, names: Mapping[str, Any] | None = None) -> Any:
    """The register's value for the field as stored JSON, or None when it must be asked.

    `names` are those of the context, when the caller has them already.
    """
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
            return kinds.TYPES[item.type].clean(item.unlimited, raw, context.asked)
        except kinds.Unfit:
            continue
    return None


class Answering:
    """Answers that come and go while a form is walked, with the names that rules see kept beside them."""

    def __init__(self, context: Context, values: Mapping[str, Any]) -> None:
        self.context, self.values = context, dict(values)
        self.names = context.given(self.values).names()

    def put(self, item: Field, value: Any) -> None:
        """An answer counts from here on; what the register or the officers say keeps its name."""
        self.values[item.id] = value
        if item.id not in self.context.surroundings:
            self.names[item.id] = value

    def drop(self, item: Field) -> None:
        """An answer counts no more."""
        self.values.pop(item.id, None)
        if item.id not in self.context.surroundings:
            self.names.pop(item.id, None)


def settle(form: Form, context: Context) -> dict[str, Any]:
    """The values that count: of fields that are asked now, in the order of the form; the rest is dropped."""
    return _walked(form, context)[0]


def visible(form: Form, context: Context) -> list[tuple[Step, list[Field]]]:
    """The steps that are asked, for these answers, each with its fields that are shown; empty steps are left out."""
    return [(step, shown) for step, shown in _walked(form, context)[1] if shown]


def _walked(form: Form, context: Context) -> tuple[dict[str, Any], list[tuple[Step, list[Field]]]]:
    """One walk through a form: a rule reads only what was asked before it (the loader refuses any other)."""
    kept = Answering(context, {})
    asked = []
    for step in form.steps:
        if not is_asked(step, kept.names):
            continue
        shown = [item for item in step.fields if _settled(item, context, kept)]
        asked.append((step, shown))
    return kept.values, asked


def _settled(item: Field, context: Context, kept: Answering) -> bool:
    """Whether a field is asked; if so, its value counts from here on."""
    if not is_asked(item, kept.names):
        return False
    known = known_value(item, context, kept.names)
    value = known if known is not None else context.values.get(item.id)
    if value not in BLANK:
        kept.put(item, value)
    return True


def visible_steps(form: Form, context: Context) -> list[Step]:
    """The steps that are asked, for these answers; a step none of whose fields is asked is left out."""
    return [step for step, _shown in visible(form, context)]


def visible_fields(step: Step, context: Context) -> list[Field]:
    """The fields of a step that are shown, for these answers (fields the register knows are among them)."""
    values = Answering(context, context.values)
    shown = []
    for item in step.fields:
        if is_asked(item, values.names):
            shown.append(item)
            known = known_value(item, context, values.names)
            if known is not None:
                values.put(item, known)
        else:
            values.drop(item)
    return shown


def deciding_fields(step: Step) -> list[str]:
    """The fields of a step on whose answers other fields of the same step depend (asked at all, or known)."""
    own = [item.id for item in step.fields]
    read: set[str] = set()
    for item in step.fields:
        for rule in (item.when, *(source.when for source in item.sources), *(c.when for c in item.fields)):
            read |= {name.partition(".")[0] for name in rule.names} if rule else set()
        if any(column.when and any(name.startswith("row.") for name in column.when.names) for column in item.fields):
            read.add(item.id)
    return [name for name in own if name in read]
