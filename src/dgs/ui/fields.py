"""One shape for every question on a page: a field of a service form as it is, a field of a Django form adapted to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.forms.boundfield import BoundField

PARTIALS = {
    "text",
    "textarea",
    "integer",
    "decimal",
    "money",
    "date",
    "choice",
    "choices",
    "boolean",
    "nik",
    "kk",
    "phone",
    "email",
    "region",
    "point",
    "file",
    "list",
    "password",
    "hidden",
    "code",
    "month",
    "time",
    "search",
    "url",
}
RADIO_LIMIT = 7


@dataclass
class Shown:
    """A question as the templates expect it; the service catalogue's FieldView has the same attributes."""

    name: str
    id: str
    type: str
    label: Any
    help: Any = ""
    value: Any = ""
    text: str = ""
    errors: list = field(default_factory=list)
    required: bool = False
    options: list = field(default_factory=list)
    rows: list = field(default_factory=list)
    columns: list = field(default_factory=list)
    accept: tuple = ()
    max_mb: int | None = None
    max_count: int = 1
    files: list = field(default_factory=list)
    attrs: dict = field(default_factory=dict)
    locked: bool = False
    source_label: Any = ""


WIDGET_TYPES: list[tuple[type[forms.Widget], str]] = [
    (forms.HiddenInput, "hidden"),
    (forms.PasswordInput, "password"),
    (forms.EmailInput, "email"),
    (forms.URLInput, "url"),
    (forms.NumberInput, "integer"),
    (forms.DateInput, "date"),
    (forms.TimeInput, "time"),
    (forms.Textarea, "textarea"),
    (forms.CheckboxSelectMultiple, "choices"),
    (forms.RadioSelect, "choice"),
    (forms.CheckboxInput, "boolean"),
    (forms.SelectMultiple, "choices"),
    (forms.Select, "choice"),
    (forms.FileInput, "file"),
]


def _options(bound: BoundField) -> list[tuple[str, Any, bool]]:
    chosen = bound.value()
    values = {str(v) for v in chosen} if isinstance(chosen, (list, tuple, set)) else {"" if chosen is None else str(chosen)}
    found = []
    for value, label in bound.field.choices:
        if isinstance(label, (list, tuple)):
            found += [(str(v), text, str(v) in values) for v, text in label]
        else:
            found.append((str(value), label, str(value) in values))
    return found


def from_form(bound: BoundField) -> Shown:
    """The field of a Django form as a question."""
    widget = bound.field.widget
    kind = next((name for cls, name in WIDGET_TYPES if isinstance(widget, cls)), "text")
    attrs = {k: v for k, v in bound.build_widget_attrs(dict(widget.attrs)).items() if v is not False}
    for dropped in ("id", "required", "aria-invalid", "aria-describedby", "class", "cols", "disabled"):
        attrs.pop(dropped, None)
    for name in ("min_value", "max_value"):
        limit = getattr(bound.field, name, None)
        if limit is not None:
            attrs.setdefault(name[:3], limit)
    longest = getattr(bound.field, "max_length", None)
    if longest and kind not in {"file", "hidden"}:
        attrs.setdefault("maxlength", longest)
    if kind == "choice" and isinstance(widget, forms.RadioSelect):
        attrs["as"] = "radio"
    elif kind == "choice":
        attrs["as"] = "select"
    value = bound.value()
    if kind in {"choice", "choices"}:
        options = _options(bound)
    else:
        options = []
    return Shown(
        name=bound.html_name,
        id=bound.auto_id or bound.html_name,
        type=kind,
        label=bound.label,
        help=bound.help_text,
        value=""
        if value is None or kind in {"password", "file"}
        else (value if kind == "boolean" else widget.format_value(value)),
        errors=list(bound.errors),
        required=bound.field.required,
        options=options,
        attrs=attrs,
    )


def shown(question: Any) -> Any:
    """A question ready for its template, whatever it came as."""
    return from_form(question) if isinstance(question, BoundField) else question


def partial(question: Any) -> str:
    """The template that draws a question; an unknown type is drawn as text."""
    kind = question.type if question.type in PARTIALS else "text"
    return f"ui/fields/{kind}.html"


def is_group(question: Any) -> bool:
    """Whether the question is several controls under one legend."""
    if question.type in {"choices", "point", "list"}:
        return True
    if question.type == "region":
        return bool(question.options)
    return question.type == "choice" and as_radio(question)


def as_radio(question: Any) -> bool:
    """Whether a choice is drawn as radio buttons: when told so, or when there are few answers."""
    wanted = (question.attrs or {}).get("as")
    return wanted == "radio" if wanted else len(question.options) <= RADIO_LIMIT
