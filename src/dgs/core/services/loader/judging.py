"""Judges whether the parts of a definition agree: names, workflow graph, roles, fees."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from dgs.core.parties import api as parties
from dgs.core.services.asked_once import held_already
from dgs.core.services.by_sms import unaskable
from dgs.core.services.definition import Definition, Field, MessageRule, State
from dgs.core.services.expressions import Expression
from dgs.core.services.fees import PLACEHOLDER
from dgs.core.services.loader.reader import Reader
from dgs.core.services.loader.wording import judge_letter, judge_messages
from dgs.core.services.loader.yaml_tree import Problems, Spot

ROLES = ("citizen", "clerk", "verifier", "reviewer", "head", "treasurer", "executive", "administrator", "auditor")
OFFICERS = frozenset(ROLES) - {"citizen", "executive", "auditor"}


@dataclass(frozen=True, kw_only=True)
class Trees:
    """The trees of the files, for places."""

    service: Spot | None
    form: Spot | None
    workflow: Spot | None
    fees: Spot | None


def judge(
    definition: Definition, reader: Reader, trees: Trees, attributes: Mapping[str, str],
    messages: Iterable[tuple[MessageRule, Spot]],
) -> None:
    """Note everything that does not agree; nothing is returned."""
    problems = reader.problems
    judge_form(definition, reader, trees, attributes)
    judge_workflow(definition, reader, trees, attributes)
    judge_fees(definition, reader, trees, attributes)
    judge_messages(definition, problems, messages)
    judge_letter(definition, problems)
    if "sms" in definition.channels or definition.report_field:
        for sentence, line in unaskable(definition):
            problems.add(None, sentence, file="form.yaml" if line else "service.yaml", line=line or 1)


# --- names -----------------------------------------------------------------------------------------------------------

def field_names(fields: Iterable[Field], prefix: str = "") -> dict[str, Field | None]:
    """Every name that these fields give to rules; columns of lists and parts of points are among them."""
    found: dict[str, Field | None] = {}
    for item in fields:
        found[prefix + item.id] = item
        if item.type == "point":
            found[f"{prefix}{item.id}.lat"] = found[f"{prefix}{item.id}.lng"] = None
        for column in item.fields:
            found[f"{prefix}{item.id}.{column.id}"] = column
    return found


def row_names(item: Field) -> dict[str, Field | None]:
    """The names `row` and `row.column` inside a list."""
    return {"row": None, **{f"row.{column.id}": column for column in item.fields}}


def _judge_rule(
    rule: Expression | None, known: Mapping[str, Field | None], reader: Reader, tables: Iterable[str] = ()
) -> None:
    if rule is None:
        return
    spot = reader.place_of(rule)
    for name in sorted(rule.names - known.keys()):
        reader.problems.add(spot, _("unknown field %(name)s in the rule") % {"name": name})
    for name in sorted(rule.tables - set(tables)):
        reader.problems.add(spot, _("unknown table %(name)s in the rule") % {"name": name})
    for name, text in sorted(rule.literals):
        item = known.get(name)
        if item is not None and item.options and text not in {option.value for option in item.options}:
            reader.problems.add(spot, _("%(text)s is not an option of %(name)s") % {"text": text, "name": name})


# --- form ------------------------------------------------------------------------------------------------------------

def judge_form(definition: Definition, reader: Reader, trees: Trees, attributes: Mapping[str, str]) -> None:
    """Unique ids; rules that read only what stands before them; sources that exist and fit."""
    problems = reader.problems
    base: dict[str, Field | None] = {**dict.fromkeys(attributes), "today": None}
    before = dict(base)
    steps: set[str] = set()
    ids: set[str] = set()
    if not definition.form.steps:
        problems.add(trees.form, _("a form needs steps"))
    for step in definition.form.steps:
        if step.id in steps:
            problems.add(None, _("the step %(name)s stands twice") % {"name": step.id}, file="form.yaml",
                         line=step.fields[0].line if step.fields else 1)
        steps.add(step.id)
        _judge_rule(step.when, before, reader)
        whole_step = {**before, **field_names(step.fields), "value": None}
        for item in step.fields:
            if item.id in ids:
                problems.add(None, _("the field %(name)s stands twice") % {"name": item.id}, file="form.yaml",
                             line=item.line)
            ids.add(item.id)
            _judge_field(item, before, whole_step, reader, attributes, "form.yaml")
            if (path := held_already(item)):
                sentence = _("the register holds %(name)s already: take it from there (source: %(path)s), or say why it is asked "
                             "(asked_because)")
                values = {"name": parties.ATTRIBUTES[path].label, "path": path}
                problems.add(None, sentence % values, file="form.yaml", line=item.line)
            before.update(field_names([item]))


def _judge_field(
    item: Field, before: Mapping[str, Field | None], after: Mapping[str, Field | None], reader: Reader,
    attributes: Mapping[str, str], file: str,
) -> None:
    _judge_rule(item.when, before, reader)
    for check in item.checks:
        _judge_rule(check.rule, {**after, "value": item if item.options else None}, reader)
    for source in item.sources:
        _judge_rule(source.when, before, reader)
        if source.path not in attributes:
            reader.problems.add(None, _("the register has no %(name)s") % {"name": source.path}, file=file,
                                line=item.line)
    inside = row_names(item)
    for column in item.fields:
        _judge_rule(column.when, {**before, **inside}, reader)
        for check in column.checks:
            _judge_rule(check.rule, {**after, **inside, "value": column if column.options else None}, reader)


# --- workflow --------------------------------------------------------------------------------------------------------

def judge_workflow(definition: Definition, reader: Reader, trees: Trees, attributes: Mapping[str, str]) -> None:
    """The graph of states: everything leads somewhere, everything is reached, nothing is granted without a document."""
    workflow, problems = definition.workflow, reader.problems
    states_spot = trees.workflow.get("states") if trees.workflow else None

    def at(state: State, action: str | None = None) -> Spot | None:
        spot = states_spot.get(state.id) if states_spot else None
        found = spot.get("actions") if spot and action else None
        return (found.get(action) if found and action else None) or spot

    if workflow.start not in workflow.states:
        problems.add(trees.workflow and (trees.workflow.get("start") or trees.workflow),
                     _("the start state %(name)s does not exist") % {"name": workflow.start})
        return
    names: dict[str, Field | None] = {
        **dict.fromkeys(attributes), "today": None, **field_names(definition.form.fields()),
        **field_names(definition.finding_fields(), "findings."),
    }
    kinds_of_findings: dict[str, str] = {}
    for state in workflow.states.values():
        _judge_state(definition, state, at(state), problems)
        for action in state.actions:
            _judge_action(definition, state, action, at(state, action.id), reader, names)
            for item in action.fields:
                if kinds_of_findings.setdefault(item.id, item.type) != item.type:
                    problems.add(at(state, action.id), _("the field %(name)s has another type in another action") % {
                        "name": item.id})
                _judge_field(item, names, {**names, "value": None}, reader, attributes, "workflow.yaml")
    _judge_expiry(definition, workflow.on_total_expiry, trees.workflow, problems)
    _judge_rule(definition.product.valid_until, names, reader)
    _judge_graph(definition, at, problems)


def _judge_state(definition: Definition, state: State, spot: Spot | None, problems: Problems) -> None:
    workflow = definition.workflow
    if state.outcome:
        for name, value in (("actions", state.actions), ("auto", state.auto), ("done", state.done),
                            ("expiry", state.expiry), ("working_days", state.working_days), ("pause", state.pause)):
            if value:
                problems.add(spot, _("the final state %(state)s may not have %(key)s") % {
                    "state": state.id, "key": name})
        return
    if state.holder not in OFFICERS | {"applicant", "system"}:
        problems.add(spot, _("no role %(role)s can hold a case") % {"role": state.holder})
    if state.pause and state.pause not in workflow.pauses:
        problems.add(spot, _("the reason for a pause %(name)s is not listed under pauses") % {"name": state.pause})
    if state.working_days and state.working_days > workflow.working_days and not state.pause:
        problems.add(spot, _("the step takes longer than the whole term"))
    if state.auto and not state.done:
        problems.add(spot, _("an automatic act needs `done`, the state it leads to"))
    if state.done and not state.auto:
        problems.add(spot, _("`done` means nothing without an automatic act"))
    if state.done and state.done not in workflow.states:
        problems.add(spot, _("unknown state %(name)s") % {"name": state.done})
    if state.auto == "issue_bill" and not definition.fees.rules:
        problems.add(spot, _("a bill is issued here, but fees.yaml says nothing is charged"))
    if not state.auto and not state.actions and not (state.expiry and state.expiry.state):
        problems.add(spot, _("dead end: there is no way on from %(state)s") % {"state": state.id})
    if state.holder == "system" and state.actions:
        problems.add(spot, _("what the system holds cannot have actions"))
    if sum(action.by_sms for action in state.actions) > 1:
        problems.add(spot, _("only one act of a state can be done by SMS, for a code stands for one act"))
    _judge_expiry(definition, state.expiry, spot, problems)
    if state.expiry and not state.working_days:
        problems.add(spot, _("an expiry needs working_days"))


def _judge_expiry(definition: Definition, expiry, spot: Spot | None, problems: Problems) -> None:
    if expiry and expiry.state and expiry.state not in definition.workflow.states:
        problems.add((spot.get("expiry") or spot) if spot else None,
                     _("unknown state %(name)s") % {"name": expiry.state}, file="workflow.yaml")


def _judge_action(definition: Definition, state: State, action, spot: Spot | None, reader: Reader, names) -> None:
    workflow, problems = definition.workflow, reader.problems
    if not action.targets:
        problems.add(spot, _("the action leads nowhere"))
        return
    for target in action.targets:
        if target.state not in workflow.states:
            problems.add(spot, _("the action %(action)s leads to the unknown state %(name)s") % {
                "action": action.id, "name": target.state})
        _judge_rule(target.when, names, reader)
    if action.targets[-1].when is not None:
        problems.add(spot, _("the last way of %(action)s must have no condition, or it may lead nowhere") % {
            "action": action.id})
    if any(target.when is None for target in action.targets[:-1]):
        problems.add(spot, _("a way without condition hides the ways after it"))
    reached = [workflow.states[t.state] for t in action.targets if t.state in workflow.states]
    if action.kind == "correct" and not all(
        s.holder == "applicant" and any(a.kind == "resubmit" for a in s.actions) for s in reached
    ):
        problems.add(spot, _("a correction must lead to a state of the applicant with an action of kind resubmit"))
    if action.kind == "resubmit" and state.holder != "applicant":
        problems.add(spot, _("only the applicant can resubmit"))
    if action.kind == "approve" and state.holder != "head":
        problems.add(spot, _("only the head can approve"))
    if action.kind == "refuse" and not all(s.outcome == "refused" for s in reached):
        problems.add(spot, _("a refusal must lead to a final state with the outcome refused"))
    if action.by_sms and (
        action.kind not in {"advance", "approve"} or action.fields or action.note == "required" or state.holder not in OFFICERS
    ):
        problems.add(spot, _("by SMS an officer can only advance or approve, without fields and without a required note"))
    if action.kind == "withdraw" and not all(s.outcome == "withdrawn" for s in reached):
        problems.add(spot, _("a withdrawal must lead to a final state with the outcome withdrawn"))


def ways(state: State) -> set[str]:
    """The states that may come after."""
    found = {target.state for action in state.actions for target in action.targets}
    if state.done:
        found.add(state.done)
    if state.expiry and state.expiry.state:
        found.add(state.expiry.state)
    return found


def _reach(states: Mapping[str, State], start: Iterable[str], leaving_out: Iterable[str] = ()) -> set[str]:
    seen: set[str] = set(leaving_out)
    found: set[str] = set()
    todo = [name for name in start if name in states and name not in seen]
    while todo:
        name = todo.pop()
        if name in found:
            continue
        found.add(name)
        todo += [after for after in ways(states[name]) if after in states and after not in found and after not in seen]
    return found


def _judge_graph(definition: Definition, at, problems: Problems) -> None:
    states = definition.workflow.states
    extra = definition.workflow.on_total_expiry
    starts = [definition.workflow.start] + ([extra.state] if extra and extra.state else [])
    reached = _reach(states, starts)
    finals = {name for name, state in states.items() if state.outcome}
    for name, state in states.items():
        if name not in reached:
            problems.add(at(state), _("the state %(name)s is never reached") % {"name": name})
        if not state.outcome and ways(state) and not (_reach(states, [name]) & finals):
            problems.add(at(state), _("dead end: no final state can be reached from %(state)s") % {"state": name})
    if not finals:
        problems.add(None, _("there is no final state"), file="workflow.yaml")
    issuing = {name for name, state in states.items() if state.auto == "issue_document"}
    for name in _reach(states, [definition.workflow.start], leaving_out=issuing):
        if states[name].outcome == "granted":
            problems.add(at(states[name]), _("%(state)s is reached without issue_document") % {"state": name})
    billing = {name for name, state in states.items() if state.auto == "issue_bill"}
    if definition.fees.rules and not billing:
        problems.add(None, _("there is a fee, but no state issues the bill"), file="workflow.yaml")
    if definition.fees.rules and billing:
        unpaid = _reach(states, [definition.workflow.start], leaving_out=billing)
        for name in sorted(unpaid & issuing):
            problems.add(at(states[name]), _("the document can be issued before the fee is paid"))
    for name in issuing:
        approving = {n for n, s in states.items() if any(a.kind == "approve" for a in s.actions)}
        if name in _reach(states, [definition.workflow.start], leaving_out=approving):
            problems.add(at(states[name]), _("the document can be issued without the head's approval"))
    for name, state in states.items():
        seen, here = {name}, state
        while here.auto and here.done in states:
            here = states[here.done]
            if here.id in seen:
                problems.add(at(state), _("automatic acts run in a circle"))
                break
            seen.add(here.id)


# --- fees ------------------------------------------------------------------------------------------------------------

def judge_fees(definition: Definition, reader: Reader, trees: Trees, attributes: Mapping[str, str]) -> None:
    """Rules of fees read known fields and tables; cells of tables are options of the choice they stand for."""
    fees, problems = definition.fees, reader.problems
    names: dict[str, Field | None] = {
        **dict.fromkeys(attributes), "today": None, **field_names(definition.form.fields()),
        **field_names(definition.finding_fields(), "findings."),
    }
    seen: set[str] = set()
    used: set[str] = set()
    rules_spot = trees.fees.get("rules") if trees.fees else None
    spots = {item.get("id").value: item for item in rules_spot or () if item.get("id")}  # type: ignore[union-attr]
    for rule in fees.rules:
        spot = spots.get(rule.id) or trees.fees
        if rule.id in seen:
            problems.add(spot, _("the fee %(name)s stands twice") % {"name": rule.id})
        seen.add(rule.id)
        known = names
        if rule.for_each:
            listed = definition.form.field(rule.for_each)
            if listed is None or listed.type != "list":
                problems.add(spot, _("unknown list %(name)s in for_each") % {"name": rule.for_each})
            else:
                known = {**names, **row_names(listed)}
        for part in (rule.unit, rule.quantity, rule.when):
            _judge_rule(part, known, reader, fees.tables)
            used |= part.tables if part else frozenset()
        for text in (rule.description.id, rule.description.en):
            for name in PLACEHOLDER.findall(text):
                if known.get(name) is None:
                    problems.add(spot, _("unknown field %(name)s in the description") % {"name": name})
    tables_spot = trees.fees.get("tables") if trees.fees else None
    for name, table in fees.tables.items():
        spot = (tables_spot.get(name) if tables_spot else None) or trees.fees
        if name not in used:
            problems.add(spot, _("the table %(name)s is never used") % {"name": name})
        for column, heading in enumerate(table.inputs):
            item = names.get(heading)
            if item is None or not item.options:
                continue
            options = {option.value for option in item.options}
            for row in table.rows:
                cell = row.conditions[column]
                for value in cell if isinstance(cell, tuple) else (cell,):
                    if value != "*" and value not in options:
                        problems.add(None, _("%(text)s is not an option of %(name)s") % {
                            "text": value, "name": heading}, file="fees.yaml", line=row.line)
