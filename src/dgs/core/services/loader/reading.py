"""Turns trees of YAML into the dataclasses of a definition; whether they agree with each other is judging.py's question."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import fields as dataclass_fields
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from dgs.core.services import definition as shape
from dgs.core.services.expressions import Row, Table
from dgs.core.services.loader.reader import SLUG, WORD, Reader
from dgs.core.services.loader.reading_fields import GROUPS, doubles, read_fields, row_types
from dgs.core.services.loader.yaml_tree import Spot
from dgs.core.services.sectors import LIFE_EVENTS, SECTORS

ACCOUNT = re.compile(r"^\d(\.\d{1,2}(\.\d{2}(\.\d{2}(\.\d{2}(\.\d{4})?)?)?)?)$")
LONGEST = 4000
ACTION_KINDS = ("advance", "correct", "resubmit", "refuse", "approve", "withdraw")
EXPIRY_ACTS = ("escalate", "deem", "lapse")
OUTCOMES = ("granted", "refused", "withdrawn", "lapsed", "deemed")
CHANNELS = ("sms", "email", "app")


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
    keys = reader.keys(spot, ("kind", "title", "to"), ("note", "fields", "bulk", "by_sms", "confirm"))
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
    doubles(reader, fields, spot)
    return shape.Action(
        id=name, kind=kind, title=reader.both(keys.get("title"), 80), targets=targets, fields=fields,
        note=reader.one_of(keys.get("note"), ("none", "optional", "required"),
                           "required" if kind in {"refuse", "correct"} else "optional"),
        bulk=reader.flag(keys.get("bulk"), False), by_sms=reader.flag(keys.get("by_sms"), False),
        confirm=reader.both(keys["confirm"]) if "confirm" in keys else None,
    )


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


SERVICE_KEYS = ("slug", "title", "summary", "office_kind", "sector", "life_events", "keywords", "applicants", "channels",
                "consent", "product", "standard")


def read_service(reader: Reader, spot: Spot | None, types: Mapping[str, str]) -> dict[str, Any]:
    """service.yaml, as keyword arguments of Definition."""
    keys = reader.keys(spot, SERVICE_KEYS, ("report_field",))
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
        "channels": reader.some_of(keys.get("channels"), ("online", "counter", "api", "sms")),
        "consent": reader.both(keys.get("consent"), 1500),
        "product": shape.Product(
            title=reader.both(product.get("title"), 160), number=number,
            valid_months=reader.whole(product.get("valid_months"), 1, 1200),
            valid_until=reader.rule(product.get("valid_until"), types),
        ),
        "standard": _standard(reader, keys.get("standard")),
        "report_field": reader.text(keys["report_field"], 40, WORD) if "report_field" in keys else None,
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
