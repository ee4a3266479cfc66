"""Turns trees of YAML into the steps and fields of a form, and gathers the kinds of values behind their names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from dgs.core.services import definition as shape
from dgs.core.services import fields as kinds
from dgs.core.services.expressions import RESERVED
from dgs.core.services.loader.reader import WORD, Reader
from dgs.core.services.loader.yaml_tree import Spot

PATH = re.compile(r"^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$")
GROUPS = frozenset({"applicant", "spouse", "household", "business"})


def types_of(form: Spot | None, workflow: Spot | None, attributes: Mapping[str, str]) -> dict[str, str]:
    """The kind of stored value behind every name a rule may read, gathered before rules are compiled."""
    found = dict(attributes)

    def gather(spot: Spot | None, prefix: str) -> None:
        for item in spot or ():
            name, kind = item.get("id"), item.get("type")
            if name is None or kind is None or not isinstance(name.value, str) or kind.value not in kinds.TYPES:
                continue
            found[prefix + name.value] = kinds.TYPES[kind.value].reckons
            if kind.value == "list":
                for column in item.get("fields") or ():
                    cell, cell_kind = column.get("id"), column.get("type")
                    if cell and cell_kind and isinstance(cell.value, str) and cell_kind.value in kinds.TYPES:
                        found[f"{prefix}{name.value}.{cell.value}"] = kinds.TYPES[cell_kind.value].reckons

    for step in (form.get("steps") if form else None) or ():
        gather(step.get("fields"), "")
    states = workflow.get("states") if workflow else None
    for state in states.value.values() if states and isinstance(states.value, dict) else ():
        actions = state.get("actions")
        for action in actions.value.values() if actions and isinstance(actions.value, dict) else ():
            gather(action.get("fields"), "findings.")
    return found


def row_types(types: Mapping[str, str], list_name: str) -> dict[str, str]:
    """The same with `row.x` for the columns of a list."""
    start = list_name + "."
    return {**types, **{"row." + name[len(start):]: kind for name, kind in types.items() if name.startswith(start)}}


FIELD_KEYS = ("help", "required", "when", "source", "options", "checks", "min", "max", "max_length", "pattern", "upper",
              "grouped", "level",
              "within_home", "accept", "max_mb", "min_count", "max_count", "fields", "row", "personal", "asked_because")


def read_form(reader: Reader, spot: Spot | None, types: Mapping[str, str]) -> shape.Form:
    """form.yaml."""
    found = reader.keys(spot, ("steps",))
    steps = []
    for item in reader.items(found.get("steps"), 30):
        keys = reader.keys(item, ("id", "title", "fields"), ("help", "when"))
        steps.append(shape.Step(
            id=reader.text(keys.get("id"), 40, WORD), title=reader.both(keys.get("title")),
            help=reader.both(keys["help"]) if "help" in keys else None, when=reader.rule(keys.get("when"), types),
            fields=read_fields(reader, keys.get("fields"), types),
        ))
    return shape.Form(steps=tuple(steps))


def read_fields(
    reader: Reader, spot: Spot | None, types: Mapping[str, str], *, prefix: str = "", in_list: bool = False
) -> tuple[shape.Field, ...]:
    """A list of fields; `prefix` is what their names have before them in rules."""
    found = tuple(_field(reader, item, types, prefix, in_list) for item in reader.items(spot, 80))
    if spot is not None and isinstance(spot.value, list) and not found:
        reader.problems.add(spot, _("at least one entry is needed"))
    return found


def _field(reader: Reader, spot: Spot, types: Mapping[str, str], prefix: str, in_list: bool) -> shape.Field:
    keys = reader.keys(spot, ("id", "type", "label"), FIELD_KEYS)
    name = reader.text(keys.get("id"), 40, WORD)
    if name in RESERVED or (name in GROUPS and not prefix and not in_list):
        reader.problems.add(keys["id"], _("%(name)s is a word of the rules and cannot name a field") % {"name": name})
    kind = reader.one_of(keys.get("type"), kinds.TYPES, "text")
    allowed = kinds.TYPES[kind].keys
    for key in ("options", "min", "max", "max_length", "pattern", "upper", "grouped", "level", "within_home", "accept", "max_mb",
                "min_count", "max_count", "fields", "row"):
        if key in keys and key not in allowed:
            reader.problems.add(keys[key], _("%(key)s means nothing for a field of type %(type)s") % {
                "key": key, "type": kind})
    if in_list and kind in {"list", "file"}:
        reader.problems.add(spot, _("a column may not be a list or a file"))
    if in_list and "source" in keys:
        reader.problems.add(keys["source"], _("a column cannot come from the register"))
    if kind == "list":
        types = row_types(types, prefix + name)
    checks = []
    for item in reader.items(keys.get("checks"), 10):
        parts = reader.keys(item, ("rule", "message"))
        rule = reader.rule(parts.get("rule"), types)
        if rule:
            checks.append(shape.Check(rule=rule, message=reader.both(parts.get("message"))))
    options = tuple(_option(reader, item) for item in reader.items(keys.get("options"), 100))
    values = [option.value for option in options]
    if "options" in allowed and len(options) < 2:
        reader.problems.add(spot, _("a choice needs at least two options"))
    if len(set(values)) != len(values):
        reader.problems.add(keys["options"], _("an option stands twice"))
    columns = read_fields(reader, keys.get("fields"), types, in_list=True) if kind == "list" else ()
    if kind == "list" and not columns:
        reader.problems.add(spot, _("a list needs fields as its columns"))
    doubles(reader, columns, spot)
    sources = _sources(reader, keys.get("source"), types)
    pattern = reader.text(keys.get("pattern"), 200) if "pattern" in keys else None
    if pattern and not _is_safe_pattern(pattern):
        reader.problems.add(keys["pattern"], _("the pattern is not a sound and simple regular expression"))
        pattern = None
    return shape.Field(
        id=name, type=kind, label=reader.both(keys.get("label"), 160), line=spot.line,
        help=reader.both(keys["help"]) if "help" in keys else None,
        required=reader.flag(keys.get("required"), True), when=reader.rule(keys.get("when"), types),
        source=sources[0].path if sources else None, sources=sources,
        options=options, checks=tuple(checks), min=_bound(reader, keys.get("min"), kind),
        max=_bound(reader, keys.get("max"), kind), max_length=reader.whole(keys.get("max_length"), 1, 5000),
        pattern=pattern, upper=reader.flag(keys.get("upper"), False), grouped=reader.flag(keys.get("grouped"), True),
        level=reader.one_of(keys["level"], kinds.LEVELS) if "level" in keys else None,
        within_home=reader.flag(keys.get("within_home"), False),
        accept=reader.some_of(keys["accept"], ("pdf", "jpeg", "png")) if "accept" in keys else ("pdf", "jpeg", "png"),
        max_mb=reader.whole(keys.get("max_mb"), 1, 20, 5) or 5,
        min_count=reader.whole(keys.get("min_count"), 0, 200, 0) or 0,
        max_count=reader.whole(keys.get("max_count"), 1, 200, 1) or 1,
        fields=columns, row=reader.both(keys["row"], 60) if "row" in keys else None,
        personal=reader.flag(keys.get("personal"), kind in {"nik", "kk"}),
        asked_because=reader.both(keys["asked_because"], 160) if "asked_because" in keys else None,
    )


def _sources(reader: Reader, spot: Spot | None, types: Mapping[str, str]) -> tuple[shape.Source, ...]:
    if spot is None:
        return ()
    if isinstance(spot.value, str):
        return (shape.Source(path=reader.text(spot, 60, PATH)),)
    return tuple(
        shape.Source(path=reader.text(parts.get("path"), 60, PATH), when=reader.rule(parts.get("when"), types))
        for item in reader.items(spot, 6) if (parts := reader.keys(item, ("path",), ("when",))) is not None
    )


def doubles(reader: Reader, found: Iterable[shape.Field], spot: Spot) -> None:
    """Note every field that stands twice."""
    seen: set[str] = set()
    for item in found:
        if item.id in seen:
            reader.problems.add(None, _("the field %(name)s stands twice") % {"name": item.id}, file=spot.file,
                                line=item.line)
        seen.add(item.id)


def _is_safe_pattern(pattern: str) -> bool:
    """Whether it compiles and repeats no group that itself repeats (such patterns can run for ever)."""
    try:
        re.compile(pattern)
    except (re.error, RecursionError, OverflowError):
        return False
    return not re.search(r"[+*}]\??\)[+*{]", pattern)


def _option(reader: Reader, spot: Spot) -> shape.Option:
    keys = reader.keys(spot, ("value", "label"))
    return shape.Option(value=reader.text(keys.get("value"), 60), label=reader.both(keys.get("label"), 200))


def _bound(reader: Reader, spot: Spot | None, kind: str) -> Any:
    if spot is None:
        return None
    if kind == "date":
        if spot.value == "today":
            return "today"
        try:
            return kinds.read_date(str(spot.value)).isoformat()
        except kinds.Unfit:
            reader.problems.add(spot, _("here must stand a date or \"today\""))
            return None
    if isinstance(spot.value, bool) or not isinstance(spot.value, int | Decimal):
        reader.problems.add(spot, _("here must stand a number"))
        return None
    return spot.value
