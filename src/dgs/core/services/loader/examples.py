"""Plays a definition's examples through form, workflow, fees and letter without a database; says where they contradict."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from dgs.core.services.definition import Definition, Example, FeeLine, Field, State
from dgs.core.services.expressions import ExpressionFailed
from dgs.core.services.fees import FeeUncertain, fee_lines, fee_total
from dgs.core.services.fields import REGION_CODE, show
from dgs.core.services.form_engine import Context, clean_all, clean_fields

EXAMPLE_DAY = date(2026, 11, 23)
VILLAGES = tuple(f"99.99.01.20{number:02d}" for number in range(1, 10))
TOKEN = re.compile(r"^@(village|today|file)(?::?([+-]?[^+-].*))?$")
KINDS_OF_FILES = {"pdf": "application/pdf", "jpg": "image/jpeg", "jpeg": "image/jpeg", "png": "image/png"}


def sample_file(name: str) -> dict[str, Any]:
    """A stored file as it stands in the values of a form, for trying only."""
    ending = name.rsplit(".", 1)[-1].lower()
    return {"id": "00000000-0000-0000-0000-000000000000", "name": name, "size": 1000,
            "type": KINDS_OF_FILES.get(ending, "application/pdf")}


def example_values(
    values: Any, *, villages: tuple[str, ...] | list[str], today: date, file: Callable[[str], dict[str, Any]]
) -> Any:
    """An example's values with its tokens replaced: "@village:2" (second of `villages`), "@today-10" (ten days
    before), "@file:name.pdf" (what `file` gives for that name)."""
    if isinstance(values, Mapping):
        return {k: example_values(v, villages=villages, today=today, file=file) for k, v in values.items()}
    if isinstance(values, list | tuple):
        return [example_values(item, villages=villages, today=today, file=file) for item in values]
    if not isinstance(values, str) or not (found := TOKEN.match(values)):
        return values
    kind, rest = found[1], found[2]
    if kind == "village":
        return villages[(int(rest or 1) - 1) % len(villages)]
    if kind == "today":
        return (today + timedelta(days=int(rest or 0))).isoformat()
    return file(rest or "berkas.pdf")


def sample_region(code: str) -> Any:
    """A place for any code of the right form: whether it exists is not a question of the definition."""
    if not REGION_CODE.match(code):
        return None
    return SimpleNamespace(code=code, level=code.count(".") + 1, path_label=f"Desa Contoh {code[-2:]}")


@dataclass
class Played:
    """What an example led to."""

    route: list[str] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)
    findings: dict[str, Any] = field(default_factory=dict)
    lines: list[FeeLine] = field(default_factory=list)
    outcome: str = ""
    problems: list[str] = field(default_factory=list)
    context: Context | None = None


def play(definition: Definition, example: Example, *, today: date = EXAMPLE_DAY) -> Played:
    """Run an example through to the end; `problems` says in words what stops it or contradicts it."""
    return _Player(definition, example, today).run()


class _Player:
    """Plays one example, state by state."""

    def __init__(self, definition: Definition, example: Example, today: date) -> None:
        def resolve(values: Any) -> Any:
            return example_values(values, villages=VILLAGES, today=today, file=sample_file)

        self.definition, self.today, self.played = definition, today, Played()
        self.acts = list(example.acts)
        self.data, self.corrections = resolve(example.data), resolve(example.corrections)
        self.findings, self.attributes = resolve(example.findings), resolve(example.attributes)

    def run(self) -> Played:
        states = self.definition.workflow.states
        self.fill_in(self.data)
        state = states.get(self.definition.workflow.start)
        while state is not None and len(self.played.route) < 60:
            self.played.route.append(state.id)
            if state.outcome:
                self.played.outcome = state.outcome
                break
            try:
                name = self.next_after(state)
            except (ExpressionFailed, FeeUncertain) as error:
                self.played.problems.append(str(error))
                break
            state = states.get(name or "")
        if self.acts:
            self.played.problems.append(_("these acts were left over: %(acts)s") % {"acts": ", ".join(self.acts)})
        self.played.context = self.context()
        return self.played

    def context(self) -> Context:
        return Context(values=self.played.values, attributes=self.attributes, findings=self.played.findings,
                       today=self.today, region=sample_region)

    def fill_in(self, values: Mapping[str, Any]) -> None:
        self.played.values, errors = clean_all(self.definition.form, values, self.context())
        self.played.problems += [f"{name}: {' '.join(sentences)}" for name, sentences in errors.items()]

    def next_after(self, state: State) -> str | None:
        """The state after this one, taking the next act off the list; None when it ends here."""
        if state.auto == "issue_document":
            return state.done
        if state.auto == "issue_bill":
            self.played.lines = fee_lines(self.definition.fees, self.context())
            if not fee_total(self.played.lines):
                return state.done
        if not self.acts:
            return None
        act = self.acts.pop(0)
        if act == "paid" and state.auto == "issue_bill":
            return state.done
        if act == "expire" and state.working_days:
            return state.expiry.state if state.expiry and state.expiry.state else self.next_after(state)
        action = state.action(act)
        if action is None:
            self.played.problems.append(_("%(action)s cannot happen in %(state)s") % {"action": act, "state": state.id})
            return None
        if action.fields:
            self.officer_fills_in(action.fields)
        if action.kind == "resubmit":
            self.fill_in({**self.data, **self.corrections})
        names = self.context().names()
        return next((t.state for t in action.targets if t.when is None or t.when.holds(names)), None)

    def officer_fills_in(self, fields: tuple[Field, ...]) -> None:
        given = {item.id: self.findings[item.id] for item in fields if item.id in self.findings}
        files = {item.id: given.get(item.id) or [] for item in fields if item.type == "file"}
        clean, errors = clean_fields(fields, given, files, self.context())
        self.played.problems += [f"findings.{name}: {' '.join(found)}" for name, found in errors.items()]
        self.played.findings = {**self.played.findings, **clean}


def contradictions(definition: Definition, example: Example, played: Played) -> list[str]:
    """Where what happened differs from what the example expects."""
    found = list(played.problems)
    if not found and tuple(played.route) != example.route:
        found.append(_("the route is %(real)s, not %(expected)s") % {
            "real": " > ".join(played.route), "expected": " > ".join(example.route)})
    total = fee_total(played.lines)
    if not found and total != example.fee:
        found.append(_("the fee is %(real)s, not %(expected)s") % {"real": total, "expected": example.fee})
    if not found and example.letter_contains and played.outcome != "granted":
        found.append(_("a letter is expected, but nothing is granted"))
    limit = definition.workflow.working_days
    used = sum(
        state.working_days or 0 for name in dict.fromkeys(played.route)
        if (state := definition.workflow.states[name]) and not state.pause
    )
    if used > limit:
        found.append(_("the steps of this route take %(used)s working days, the whole term has %(limit)s") % {
            "used": used, "limit": limit})
    return found


def letter_data(definition: Definition, played: Played) -> dict[str, Any]:
    """What the letter of a played example is filled from, in the shape the cases room uses."""
    officer_fields = {item.id: item for item in definition.finding_fields()}
    attributes = played.context.attributes if played.context else {}

    def words(item, value):
        if item.type == "region":
            return sample_region(str(value)).path_label
        return show(item, value)

    with translation.override("id"):
        values = {
            item.id: words(item, played.values[item.id]) for item in definition.form.fields() if item.id in played.values
        }
        findings = {key: words(officer_fields[key], value) for key, value in played.findings.items()}
    business = {"name": attributes["business.name"], "address": attributes.get("business.address", ""),
                "nib": attributes.get("business.nib", "")} if "business.name" in attributes else None
    return {
        "reference": "ABCDEFGHJKLM",
        "applicant": {"name": attributes.get("applicant.name", ""), "address": attributes.get("applicant.address", ""),
                      "nik_masked": "9999********9999"},
        "business": business, "values": values, "raw": dict(played.values), "findings": findings,
        "lines": [{"description": line.description, "amount": line.amount} for line in played.lines],
        "fee_total": fee_total(played.lines), "language": "id",
        "document": {"title": definition.product.title.id, "number": "503/0001/CONTOH/XI/2026",
                     "issued_on": EXAMPLE_DAY.isoformat()},
    }
