"""Turns trees of YAML into the dataclasses of a definition; whether they agree with each other is judging.py's question."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields as dataclass_fields
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from dgs.core.services import definition as shape
from dgs.core.services import fields as kinds
from dgs.core.services.definition import Bilingual
from dgs.core.services.expressions import RESERVED, Expression, ExpressionInvalid, Row, Table
from dgs.core.services.loader.yaml_tree import Problems, Spot
from dgs.core.services.sectors import LIFE_EVENTS, SECTORS

SLUG = re.compile(r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$")
WORD = re.compile(r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$")
PATH = re.compile(r"^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$")
ACCOUNT = re.compile(r"^\d(\.\d{1,2}(\.\d{2}(\.\d{2}(\.\d{2}(\.\d{4})?)?)?)?)$")
LONGEST = 4000
GROUPS = frozenset({"applicant", "spouse", "household", "business"})
ACTION_KINDS = ("advance", "correct", "resubmit", "refuse", "approve", "withdraw")
EXPIRY_ACTS = ("escalate", "deem", "lapse")
OUTCOMES = ("granted", "refused", "withdrawn", "lapsed", "deemed")
CHANNELS = ("sms", "email", "app")


class Reader:
    """Reads values and notes what is wrong; a value that cannot be read becomes a harmless one of the same kind."""

    def __init__(self, problems: Problems) -> None:
        self.problems = problems
        self.places: dict[int, Spot] = {}
        self.kept: list[Expression] = []

    def place_of(self, rule: Expression) -> Spot | None:
        """Where a rule stands."""
        return self.places.get(id(rule))

    def keys(self, spot: Spot | None, required: Iterable[str], optional: Iterable[str] = ()) -> dict[str, Spot]:
        """The entries of a mapping; unknown and missing keys are problems."""
        if spot is None:
            return {}
        if not isinstance(spot.value, dict):
            self.problems.add(spot, _("here must stand keys with values"))
            return {}
        required, known = tuple(required), {*required, *optional}
        for key in spot.value:
            if key not in known:
                self.problems.add(None, _("unknown key %(key)s") % {"key": key[:60]}, file=spot.file,
                                  line=(spot.key_lines or {}).get(key, spot.line))
        for key in required:
            if key not in spot.value:
                self.problems.add(spot, _("the key %(key)s is missing") % {"key": key})
        return {key: value for key, value in spot.value.items() if key in known}

    def entries(self, spot: Spot | None, pattern: re.Pattern[str] = WORD, limit: int = 60) -> dict[str, Spot]:
        """The entries of a mapping with free keys of a given form."""
        if spot is None:
            return {}
        if not isinstance(spot.value, dict):
            self.problems.add(spot, _("here must stand keys with values"))
            return {}
        if len(spot.value) > limit:
            self.problems.add(spot, _("at most %(count)s entries here") % {"count": limit})
        for key in spot.value:
            if not pattern.match(key) or len(key) > 40:
                self.problems.add(None, _("%(key)s is not a name of the right form") % {"key": key[:60]}, file=spot.file,
                                  line=(spot.key_lines or {}).get(key, spot.line))
        return spot.value

    def items(self, spot: Spot | None, limit: int = 200) -> list[Spot]:
        """The items of a list."""
        if spot is None:
            return []
        if not isinstance(spot.value, list):
            self.problems.add(spot, _("here must stand a list"))
            return []
        if len(spot.value) > limit:
            self.problems.add(spot, _("at most %(count)s entries here") % {"count": limit})
        return spot.value[:limit]

    def text(self, spot: Spot | None, limit: int = 300, pattern: re.Pattern[str] | None = None) -> str:
        """A text that is not blank."""
        if spot is None:
            return ""
        if not isinstance(spot.value, str) or not spot.value.strip():
            self.problems.add(spot, _("here must stand a text"))
            return ""
        text = spot.value.strip()
        if len(text) > limit:
            self.problems.add(spot, _("the text is longer than %(count)s characters") % {"count": limit})
        if pattern and not pattern.match(text):
            self.problems.add(spot, _("%(key)s is not a name of the right form") % {"key": text[:60]})
        return text

    def one_of(self, spot: Spot | None, known: Iterable[str], default: str = "") -> str:
        """A word of a closed list."""
        if spot is None:
            return default
        known = tuple(known)
        if spot.value not in known:
            self.problems.add(spot, _("%(value)s is not one of: %(known)s") % {
                "value": str(spot.value)[:60], "known": ", ".join(known)})
            return default
        return spot.value

    def some_of(self, spot: Spot | None, known: Iterable[str]) -> tuple[str, ...]:
        """Words of a closed list, at least one."""
        found = tuple(word for item in self.items(spot) if (word := self.one_of(item, known)))
        if spot is not None and not spot.value:
            self.problems.add(spot, _("at least one entry is needed"))
        return found

    def whole(self, spot: Spot | None, low: int, high: int, default: int | None = None) -> int | None:
        """A whole number within bounds."""
        if spot is None or (spot.value is None and default is None):
            return default
        if isinstance(spot.value, bool) or not isinstance(spot.value, int) or not low <= spot.value <= high:
            self.problems.add(spot, _("here must stand a whole number from %(low)s to %(high)s") % {
                "low": low, "high": high})
            return default if default is not None else low
        return spot.value

    def flag(self, spot: Spot | None, default: bool) -> bool:
        """true or false."""
        if spot is None:
            return default
        if not isinstance(spot.value, bool):
            self.problems.add(spot, _("here must stand true or false"))
            return default
        return spot.value

    def both(self, spot: Spot | None, limit: int = 600) -> Bilingual:
        """A text in both languages; a missing one is a problem."""
        found = self.keys(spot, ("id", "en"))
        return Bilingual(id=self.text(found.get("id"), limit), en=self.text(found.get("en"), limit))

    def many_both(self, spot: Spot | None) -> tuple[Bilingual, ...]:
        """A list of texts in both languages, at least one."""
        found = tuple(self.both(item) for item in self.items(spot, 40))
        if spot is not None and not found:
            self.problems.add(spot, _("at least one entry is needed"))
        return found

    def rule(self, spot: Spot | None, types: Mapping[str, str]) -> Expression | None:
        """A rule of the expression language."""
        if spot is None:
            return None
        value = spot.value
        if isinstance(value, bool):
            value = "True" if value else "False"
        if isinstance(value, int | Decimal):
            value = str(value)
        if not isinstance(value, str) or not value.strip():
            self.problems.add(spot, _("here must stand a rule"))
            return None
        try:
            found = Expression(value.strip(), types)
        except ExpressionInvalid as error:
            self.problems.add(spot, _("not a rule: %(why)s") % {"why": str(error)})
            return None
        self.places[id(found)] = spot
        self.kept.append(found)
        return found


# --- types of names --------------------------------------------------------------------------------------------------

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


# --- form ------------------------------------------------------------------------------------------------------------

FIELD_KEYS = ("help", "required", "when", "source", "options", "checks", "min", "max", "max_length", "pattern", "level",
              "within_home", "accept", "max_mb", "min_count", "max_count", "fields", "personal")


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
    for key in ("options", "min", "max", "max_length", "pattern", "level", "within_home", "accept", "max_mb",
                "min_count", "max_count", "fields"):
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
    _doubles(reader, columns, spot)
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
        pattern=pattern, level=reader.one_of(keys["level"], kinds.LEVELS) if "level" in keys else None,
        within_home=reader.flag(keys.get("within_home"), False),
        accept=reader.some_of(keys["accept"], ("pdf", "jpeg", "png")) if "accept" in keys else ("pdf", "jpeg", "png"),
        max_mb=reader.whole(keys.get("max_mb"), 1, 20, 5) or 5,
        min_count=reader.whole(keys.get("min_count"), 0, 200, 0) or 0,
        max_count=reader.whole(keys.get("max_count"), 1, 200, 1) or 1,
        fields=columns, personal=reader.flag(keys.get("personal"), kind in {"nik", "kk"}),
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


def _doubles(reader: Reader, found: Iterable[shape.Field], spot: Spot) -> None:
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
            return kinds._read_date(str(spot.value)).isoformat()
        except kinds.Unfit:
            reader.problems.add(spot, _("here must stand a date or \"today\""))
            return None
    if isinstance(spot.value, bool) or not isinstance(spot.value, int | Decimal):
        reader.problems.add(spot, _("here must stand a number"))
        return None
    return spot.value


# --- workflow --------------------------------------------------------------------------------------------------------

def read_workflow(reader: Reader, spot: Spot | None, types: Mapping[str, str]) -> shape.Workflow:
    """workflow.yaml."""
    keys = reader.keys(spot, ("start", "working_days", "states"), ("pauses", "on_total_expiry"))
    states = {
        name: _state(reader, name, item, types) for name, item in reader.entries(keys.get("states"), WORD, 40).items()
    }
    return shape.Workflow(
        start=reader.text(keys.get("start"), 40), states=states,
        working_days=reader.whole(keys.get("working_days"), 1, 250, 1) or 1,
        pauses={name: reader.both(item) for name, item in reader.entries(keys.get("pauses")).items()},
        on_total_expiry=_expiry(reader, keys.get("on_total_expiry")),
    )


def _state(reader: Reader, name: str, spot: Spot, types: Mapping[str, str]) -> shape.State:
    keys = reader.keys(spot, ("title", "public"), (
        "holder", "office", "working_days", "pause", "auto", "done", "expiry", "actions", "outcome"))
    outcome = reader.one_of(keys["outcome"], OUTCOMES) if "outcome" in keys else None
    if outcome is None and "holder" not in keys:
        reader.problems.add(spot, _("the key %(key)s is missing") % {"key": "holder"})
    actions = tuple(
        _action(reader, action, item, types)
        for action, item in reader.entries(keys.get("actions"), re.compile(r"^[a-z][a-z0-9_-]*$"), 12).items()
    )
    return shape.State(
        id=name, title=reader.both(keys.get("title"), 120), public=reader.both(keys.get("public"), 300),
        holder=reader.text(keys.get("holder"), 40) if "holder" in keys else "system",
        office=reader.text(keys.get("office"), 60, SLUG) if "office" in keys else "owner",
        working_days=reader.whole(keys.get("working_days"), 1, 250),
        pause=reader.text(keys.get("pause"), 60) if "pause" in keys else None,
        auto=reader.one_of(keys["auto"], ("issue_bill", "issue_document")) if "auto" in keys else None,
        done=reader.text(keys.get("done"), 40) if "done" in keys else None,
        expiry=_expiry(reader, keys.get("expiry")), actions=actions, outcome=outcome,
    )


def _expiry(reader: Reader, spot: Spot | None) -> shape.Expiry | None:
    if spot is None:
        return None
    keys = reader.keys(spot, ("act",), ("state",))
    act = reader.one_of(keys.get("act"), EXPIRY_ACTS, "escalate")
    state = reader.text(keys.get("state"), 40) if "state" in keys else None
    if act == "lapse" and not state:
        reader.problems.add(spot, _("a lapse needs the state it leads to"))
    return shape.Expiry(act=act, state=state)


def _action(reader: Reader, name: str, spot: Spot, types: Mapping[str, str]) -> shape.Action:
    keys = reader.keys(spot, ("kind", "title", "to"), ("note", "fields", "bulk", "confirm"))
    to = keys.get("to")
    if to is not None and isinstance(to.value, str):
        targets: tuple[shape.Target, ...] = (shape.Target(state=to.value),)
    else:
        targets = tuple(
            shape.Target(state=reader.text(parts.get("state"), 40), when=reader.rule(parts.get("when"), types))
            for item in reader.items(to, 10) if (parts := reader.keys(item, ("state",), ("when",))) is not None
        )
    kind = reader.one_of(keys.get("kind"), ACTION_KINDS, "advance")
    fields = read_fields(reader, keys.get("fields"), types, prefix="findings.") if "fields" in keys else ()
    _doubles(reader, fields, spot)
    return shape.Action(
        id=name, kind=kind, title=reader.both(keys.get("title"), 80), targets=targets, fields=fields,
        note=reader.one_of(keys.get("note"), ("none", "optional", "required"),
                           "required" if kind in {"refuse", "correct"} else "optional"),
        bulk=reader.flag(keys.get("bulk"), False),
        confirm=reader.both(keys["confirm"]) if "confirm" in keys else None,
    )


# --- fees ------------------------------------------------------------------------------------------------------------

def read_fees(reader: Reader, spot: Spot | None, types: Mapping[str, str]) -> shape.Fees:
    """fees.yaml; `free: true` says that nothing is charged."""
    if spot is not None and isinstance(spot.value, dict) and "free" in spot.value:
        keys = reader.keys(spot, ("free",), ("legal_basis",))
        if reader.flag(keys.get("free"), True) is not True:
            reader.problems.add(keys["free"], _("free can only be true; leave it out when something is charged"))
        return shape.Fees(legal_basis=reader.both(keys["legal_basis"]) if "legal_basis" in keys else None)
    keys = reader.keys(spot, ("rules", "legal_basis"), ("tables", "due_days"))
    tables = {name: _table(reader, item) for name, item in reader.entries(keys.get("tables"), WORD, 20).items()}
    rules = []
    for item in reader.items(keys.get("rules"), 40):
        parts = reader.keys(item, ("id", "account", "account_name", "description", "unit"),
                            ("quantity", "when", "for_each"))
        each = reader.text(parts.get("for_each"), 40, WORD) if "for_each" in parts else None
        known = row_types(types, each) if each else types
        account = parts.get("account")
        if account is None and "account" not in parts:
            reader.problems.add(item, _("a fee needs a revenue account code"))
        unit = reader.rule(parts.get("unit"), known)
        if unit is None:
            continue
        rules.append(shape.FeeRule(
            id=reader.text(parts.get("id"), 40, WORD), account=reader.text(account, 30, ACCOUNT),
            account_name=reader.text(parts.get("account_name"), 160), description=reader.both(parts.get("description")),
            unit=unit, quantity=reader.rule(parts.get("quantity"), known), when=reader.rule(parts.get("when"), known),
            for_each=each,
        ))
    if "rules" in keys and not keys["rules"].value:
        reader.problems.add(keys["rules"], _("at least one entry is needed"))
    return shape.Fees(
        rules=tuple(rules), tables=tables, due_days=reader.whole(keys.get("due_days"), 1, 365, 30) or 30,
        legal_basis=reader.both(keys.get("legal_basis")),
    )


def _table(reader: Reader, spot: Spot) -> Table:
    keys = reader.keys(spot, ("inputs", "rows"), ("note",))
    inputs = tuple(reader.text(item, 60) for item in reader.items(keys.get("inputs"), 6))
    rows = []
    for item in reader.items(keys.get("rows"), 500):
        cells = reader.items(item, 8)
        if len(cells) != len(inputs) + 1:
            reader.problems.add(item, _("a row of this table has %(count)s conditions and a result") % {
                "count": len(inputs)})
            continue
        result = cells[-1].plain()
        if isinstance(result, bool) or not isinstance(result, int | Decimal):
            reader.problems.add(cells[-1], _("the result of a row must be a number"))
            continue
        rows.append(Row(conditions=tuple(_condition(reader, cell) for cell in cells[:-1]), result=Decimal(result),
                        line=item.line))
    for index, row in enumerate(rows):
        if any(earlier.conditions == row.conditions for earlier in rows[:index]):
            reader.problems.add(None, _("this row is never reached: the same conditions stand above"), file=spot.file,
                                line=row.line)
    if not rows:
        reader.problems.add(spot, _("a table needs rows"))
    return Table(inputs=inputs, rows=tuple(rows))


def _condition(reader: Reader, spot: Spot) -> Any:
    value = spot.plain()
    if isinstance(value, dict):
        keys = reader.keys(spot, (), ("from", "to"))
        bounds = {}
        for key, item in keys.items():
            if isinstance(item.value, bool) or not isinstance(item.value, int | Decimal):
                reader.problems.add(item, _("here must stand a number"))
            else:
                bounds[key] = Decimal(item.value)
        return bounds
    if isinstance(value, list):
        return tuple(Decimal(v) if isinstance(v, int) and not isinstance(v, bool) else v for v in value)
    return Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else value


# --- service and messages --------------------------------------------------------------------------------------------

SERVICE_KEYS = ("slug", "title", "summary", "office_kind", "sector", "life_events", "keywords", "applicants", "channels",
                "consent", "product", "standard")


def read_service(reader: Reader, spot: Spot | None, types: Mapping[str, str]) -> dict[str, Any]:
    """service.yaml, as keyword arguments of Definition."""
    keys = reader.keys(spot, SERVICE_KEYS)
    product = reader.keys(keys.get("product"), ("title", "number"), ("valid_months", "valid_until"))
    if "valid_months" in product and "valid_until" in product:
        reader.problems.add(keys["product"], _("either valid_months or valid_until, not both"))
    number = reader.text(product.get("number"), 80)
    for name in re.findall(r"\{([^}]*)\}", number):
        if name.partition(":")[0] not in {"seq", "year", "month", "office"}:
            reader.problems.add(product["number"], _("unknown placeholder %(name)s") % {"name": "{" + name + "}"})
    if number and "{seq" not in number:
        reader.problems.add(product["number"], _("the number needs {seq}, or all documents get the same one"))
    return {
        "slug": reader.text(keys.get("slug"), 60, SLUG), "title": reader.both(keys.get("title"), 120),
        "summary": reader.both(keys.get("summary"), 300), "office_kind": reader.text(keys.get("office_kind"), 60, SLUG),
        "sector": reader.one_of(keys.get("sector"), SECTORS),
        "life_events": tuple(reader.one_of(item, LIFE_EVENTS) for item in reader.items(keys.get("life_events"), 10)),
        "keywords": tuple(reader.text(item, 60) for item in reader.items(keys.get("keywords"), 40)),
        "applicants": reader.some_of(keys.get("applicants"), ("person", "business")),
        "channels": reader.some_of(keys.get("channels"), ("online", "counter", "api")),
        "consent": reader.both(keys.get("consent"), 1500),
        "product": shape.Product(
            title=reader.both(product.get("title"), 160), number=number,
            valid_months=reader.whole(product.get("valid_months"), 1, 1200),
            valid_until=reader.rule(product.get("valid_until"), types),
        ),
        "standard": _standard(reader, keys.get("standard")),
    }


def _standard(reader: Reader, spot: Spot | None) -> shape.Standard:
    names = [item.name for item in dataclass_fields(shape.Standard)]
    keys = reader.keys(spot, names)
    lists = {"requirements", "procedure", "facilities", "competence"}
    found: dict[str, Any] = {}
    for name in names:
        if name == "legal_basis":
            found[name] = tuple(_law(reader, item) for item in reader.items(keys.get(name), 30))
        elif name in lists:
            found[name] = reader.many_both(keys.get(name))
        else:
            found[name] = reader.both(keys.get(name), 1000)
    return shape.Standard(**found)


def _law(reader: Reader, spot: Spot) -> shape.LegalBasis:
    keys = reader.keys(spot, ("title",), ("verified",))
    return shape.LegalBasis(title=reader.both(keys.get("title"), 300), verified=reader.flag(keys.get("verified"), False))


def read_messages(reader: Reader, spot: Spot | None) -> list[tuple[shape.MessageRule, Spot]]:
    """messages.yaml; each rule with its place."""
    found = []
    for item in reader.items(reader.keys(spot, ("messages",)).get("messages"), 40):
        keys = reader.keys(item, ("event", "to", "channels", "sms", "subject", "body"))
        found.append((shape.MessageRule(
            event=reader.text(keys.get("event"), 60), to=reader.one_of(keys.get("to"), ("applicant", "holder", "head")),
            channels=reader.some_of(keys.get("channels"), CHANNELS), sms=reader.both(keys.get("sms"), 400),
            subject=reader.both(keys.get("subject"), 160), body=reader.both(keys.get("body"), LONGEST),
        ), item))
    return found


def read_example(reader: Reader, name: str, spot: Spot | None) -> shape.Example:
    """One file below examples/."""
    keys = reader.keys(spot, ("applicant", "data", "route", "acts"), (
        "title", "spouse", "household", "business", "findings", "corrections", "fee", "letter_contains"))
    attributes: dict[str, Any] = {}
    for group in sorted(GROUPS):
        for key, item in reader.entries(keys.get(group)).items():
            attributes[f"{group}.{key}"] = item.plain()
    plain: Callable[[str], dict[str, Any]] = lambda key: keys[key].plain() if key in keys else {}  # noqa: E731
    for key in ("data", "findings", "corrections"):
        reader.entries(keys.get(key), WORD, 200)
    return shape.Example(
        name=name, applicant="business" if "business" in keys else "person", data=plain("data"),
        findings=plain("findings"), corrections=plain("corrections"), attributes=attributes,
        route=tuple(reader.text(item, 40) for item in reader.items(keys.get("route"), 60)),
        acts=tuple(reader.text(item, 40) for item in reader.items(keys.get("acts"), 60)),
        fee=reader.whole(keys.get("fee"), 0, 10**15, 0) or 0,
        letter_contains=tuple(reader.text(item, 200) for item in reader.items(keys.get("letter_contains"), 40)),
    )
