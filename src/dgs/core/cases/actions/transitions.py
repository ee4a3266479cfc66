"""Moving a case: the one place where an event is written and a state entered; who may ask for it is decided here too."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format

from dgs.core.audit import api as audit
from dgs.core.cases import clock, queries, saying, sealing
from dgs.core.cases.applicants import is_own, own_parties, own_parties_of
from dgs.core.cases.attachments import file_ids
from dgs.core.cases.errors import (
    AlreadyClosed,
    Claimed,
    NoteMissing,
    NothingMarked,
    NotOffered,
    NotSignatory,
    OwnCase,
    Stale,
)
from dgs.core.cases.events import CaseClosed, CaseMoved
from dgs.core.cases.models import Case, CaseEvent, Correction, Pause
from dgs.core.cases.naming import about
from dgs.core.documents import api as documents
from dgs.core.organisations import api as organisations
from dgs.core.regions import api as regions
from dgs.core.services import api as services
from dgs.core.services.api import Action, Definition, Field, State
from dgs.kernel import events
from dgs.kernel.deadlocks import retry_on_deadlock
from dgs.kernel.errors import InvalidInput, NotFound

CLOSING_EVENTS = {
    "granted": "issued",
    "deemed": "issued",
    "refused": "refused",
    "lapsed": "lapsed",
    "withdrawn": "withdrawn",
}


def locked(reference: str) -> Case:
    """The case with its row locked; NotFound when there is none."""
    case = (
        Case.objects.select_for_update(of=("self",))
        .select_related("version", "service", "office")
        .filter(reference=queries.known_reference(reference))
        .first()
    )
    if case is None:
        raise NotFound
    return case


def context(case: Case, definition: Definition, now: datetime) -> services.Context:
    """What the rules of the definition are reckoned from: answers, register, findings, the day."""
    return services.Context(
        values=sealing.unseal(definition.form.fields(), case.data),
        attributes=sealing.unseal_register(case.register),
        findings=sealing.unseal(officer_fields(definition), case.findings),
        today=clock.day_of(now),
    )


def officer_fields(definition: Definition) -> list[Field]:
    """Every field that officers fill in with an act, of all states."""
    return [f for s in definition.workflow.states.values() for a in s.actions for f in a.fields]


def log(case: Case, *, kind: str, by, now: datetime, **fields: Any) -> CaseEvent:
    """Write the next event of a case; the caller holds the row lock and saves the case."""
    case.seq += 1
    return CaseEvent.objects.create(
        case=case, seq=case.seq, at=now, kind=kind, actor=by, actor_name=by.name if by else "DGS", **fields
    )


def enter(case: Case, state_id: str, *, definition: Definition, now: datetime) -> None:
    """Put a case into a state: holder, clock, pause, closing, and the automatic act of that state."""
    from dgs.core.cases.actions import automatic

    state = definition.workflow.states[state_id]
    came_from = case.state
    case.state, case.state_since = state.id, now
    case.warned_at = case.escalated_at = None
    case.holder_role = state.holder
    if state.outcome:
        case.holder_office = None
    elif state.office == "owner":
        case.holder_office = case.office
    else:
        case.holder_office = organisations.office_of_kind(state.office)
    case.claimed_by = case.claimed_at = None
    _keep_pause(case, state, now)
    case.step_due_on = clock.step_due_on(case, state.id, state.working_days, case.pauses.all(), now)
    if state.outcome:
        case.closed_at, case.outcome, case.step_due_on = now, state.outcome, None
        case.days_used = clock.days_used(case, case.pauses.all(), now)
    case.save()
    if came_from:
        events.publish(CaseMoved(case_id=case.pk, from_state=came_from, to_state=state.id))
    saying.say(case, f"entered:{state.id}", definition=definition, now=now)
    if any(action.by_sms for action in state.actions):
        from dgs.core.cases.actions import by_sms

        by_sms.ask(case, state, definition=definition, now=now)
    if state.outcome:
        if state.outcome not in ("granted", "deemed"):
            automatic.cancel_bill(case, now=now)
        saying.say(case, CLOSING_EVENTS[state.outcome], definition=definition, now=now)
        events.publish(CaseClosed(case_id=case.pk, outcome=state.outcome))
    automatic.begin(case, state, definition=definition, now=now)


def _keep_pause(case: Case, state: State, now: datetime) -> None:
    running = case.pauses.filter(ended_at=None).first()
    if state.pause and not running:
        Pause.objects.create(case=case, reason=state.pause, began_at=now)
        case.paused_since = now
    elif running and state.pause != running.reason:
        running.ended_at = now
        running.save(update_fields=["ended_at"])
        case.paused_since = None
        if case.due_on:
            stood = regions.working_days_between(clock.day_of(running.began_at), clock.day_of(now))
            case.due_on = regions.add_working_days(case.due_on, stood) if stood else case.due_on
        if state.pause:
            Pause.objects.create(case=case, reason=state.pause, began_at=now)
            case.paused_since = now


def may_hold(case: Case, access) -> bool:
    """Whether a person has the role that holds the case now, for the office that holds it."""
    if case.closed_at or case.holder_role in ("applicant", "system"):
        return False
    return any(
        reach.takes_office(case.holder_office_id) and _lies_in(case, reach)
        for reach in access.reaches_as(case.holder_role)
    )


def _lies_in(case: Case, reach) -> bool:
    return reach.region is None or reach.takes_region(case.region_code)


def is_applicant(case: Case, user, *, on: date | None = None) -> bool:
    """Whether the person is the one the case is about or represents its business on the day, whoever sent it in."""
    if user.party_id is None or case.business_id is None:
        return user.party_id is not None and user.party_id == case.applicant_id
    return is_own(case, own_parties(user, on or timezone.localdate()))


def plain(text: str) -> str:
    """What somebody wrote, without control characters (PostgreSQL keeps no NUL) and blanks around it."""
    return "".join(ch for ch in text if ch in "\n\t" or unicodedata.category(ch) not in ("Cc", "Cs")).strip()


def offered(case: Case, definition: Definition, *, user, access, on: date | None = None) -> list[Action]:
    """The acts that the workflow and the person's role allow now; the page shows exactly these."""
    if case.closed_at:
        return []
    state = definition.workflow.states[case.state]
    applicant = is_own(case, own_parties_of(access, on or timezone.localdate()))
    if state.holder == "applicant":
        return [a for a in state.actions if applicant]
    if applicant:
        return [a for a in state.actions if a.kind == "withdraw"]
    return [a for a in state.actions if a.kind != "withdraw"] if may_hold(case, access) else []


@retry_on_deadlock
@transaction.atomic
def act(
    *,
    reference: str,
    action_id: str,
    by,
    access,
    seq: int | None,
    now: datetime,
    note: str = "",
    raw: Mapping[str, Any] | None = None,
    files: Mapping[str, list] | None = None,
    marks: Mapping[str, str] | None = None,
    values: Mapping[str, Any] | None = None,
    by_sms: bool = False,
) -> Case:
    """Carry out one act of the workflow on a case, once.

    `seq` is the number of the last event the person saw: when the case has moved on since, Stale says who did what.
    `raw` and `files` are the officer's answers to the act's own fields; `marks` maps field ids to what is wrong (kind
    "correct"); `values` are an applicant's mended answers, already cleaned (kind "resubmit"). `by_sms`: only an act that the
    workflow marks so, and both records say it.
    """
    case = locked(reference)
    definition = services.definition_of(case.version_id)
    today = clock.day_of(now)
    applicant = is_applicant(case, by, on=today)
    if not (applicant or may_see(case, access)):
        raise NotFound
    if seq is not None and seq != case.seq:
        # Claims are events too, but only somebody else's make a page stale; a note, or that time is over, never does.
        own_claims = Q(actor=by, kind__in=("claimed", "released"))
        newer = case.events.filter(seq__gt=seq).exclude(kind__in=("escalated", "deemed", "noted", "trouble")).exclude(own_claims)
        last = newer.order_by("-seq").first()
        if last:
            raise Stale(who=last.actor_name, when=date_format(timezone.localtime(last.at), "j M Y H:i"))
    if case.closed_at:
        raise AlreadyClosed
    state = definition.workflow.states[case.state]
    action = state.action(action_id)
    if action is None or (by_sms and not action.by_sms) or action not in offered(
        case, definition, user=by, access=access, on=today
    ):
        if action is not None and applicant and may_hold(case, access):
            raise OwnCase
        raise NotOffered
    if not applicant and case.claimed_by_id not in (None, by.pk):
        raise Claimed(who=case.claimed_by.name, when=date_format(timezone.localtime(case.claimed_at), "j M Y H:i"))
    note = plain(note)
    if action.note == "required" and not note and action.kind != "correct":
        raise NoteMissing({"note": [str(NoteMissing.sentence)]})
    data: dict[str, Any] = {"channel": "sms"} if by_sms else {}
    if action.kind == "approve":
        signatory = organisations.signatory_of(case.office, today)
        if signatory.user.pk != by.pk:
            raise NotSignatory(who=signatory.name)
        data["signatory"] = by.pk
    if action.fields:
        clean, errors = services.clean_fields(action.fields, raw or {}, files or {}, context(case, definition, now))
        if errors:
            raise InvalidInput(errors)
        case.findings = {**case.findings, **sealing.seal(action.fields, clean)}
        data["findings"] = sorted(clean)
        documents.attach(file_ids(action.fields, clean), about(case))
    if action.kind == "correct":
        data["items"] = _open_correction(case, definition, marks or {}, by=by, now=now)
    if action.kind == "resubmit":
        data["mended"] = _answer_correction(case, definition, values or {}, now=now)
    reckoned = context(case, definition, now)
    target = next(t.state for t in action.targets if t.when is None or t.when.holds(reckoned.names()))
    log(
        case,
        kind="action",
        action=action.id,
        from_state=case.state,
        to_state=target,
        by=by,
        now=now,
        office=None if applicant else case.holder_office,
        public_note=note,
        data=data,
    )
    audit.record(
        action=f"cases.{action.kind}",
        by=by,
        subject=about(case),
        now=now,
        person=case.applicant_id,
        office=case.office.slug,
        facts={"reference": case.reference, "act": action.id, "to": target, **({"channel": "sms"} if by_sms else {})},
    )
    if action.kind == "correct":
        saying.say(case, "correction", definition=definition, now=now)
    enter(case, target, definition=definition, now=now)
    return case


def may_see(case: Case, access) -> bool:
    """Whether a member of staff may open the case: their office owns it, holds it, or has handled it, in their region."""
    from dgs.core.cases.permissions import Permission

    reaches = [reach for reach in access.reaches(Permission.VIEW_DESK) if _lies_in(case, reach)]
    if any(reach.takes_office(case.office_id, case.holder_office_id) for reach in reaches):
        return True
    handled = {office_id for reach in reaches for office_id in reach.offices}
    return bool(handled) and case.events.filter(office_id__in=handled).exists()


def askable(case: Case, definition: Definition, *, now: datetime) -> list[Field]:
    """The fields whose answers came from the applicant: asked, and not taken from the register."""
    known = context(case, definition, now)
    shown = [f for _step, fields in services.visible(definition.form, known) for f in fields]
    locked = {view.id for view in services.bound_fields(shown, known.values, {}, known) if view.locked}
    return [field for field in shown if field.id not in locked]


def _open_correction(case: Case, definition: Definition, marks: Mapping[str, str], *, by, now) -> list[str]:
    items, before = [], {}
    for field in askable(case, definition, now=now):
        said = plain(marks.get(field.id) or "")
        if said:
            items.append(
                {"field": field.id, "label": {"id": field.label.id, "en": field.label.en}, "message": said[:500]}
            )
            before[field.id] = case.data.get(field.id)
    if not items:
        raise NothingMarked({"marks": [str(NothingMarked.sentence)]})
    Correction.objects.create(case=case, asked_at=now, asked_by=by, items=items, before=before)
    return [item["field"] for item in items]


def _answer_correction(case: Case, definition: Definition, values: Mapping[str, Any], *, now: datetime) -> list[str]:
    correction = case.corrections.filter(answered_at=None).order_by("-asked_at").first()
    asked = {item["field"] for item in correction.items} if correction else set()
    asked |= {field.id for field in also_asked(case, definition, values, asked, now=now)}
    changed = {key: value for key, value in values.items() if key in asked}
    before = context(case, definition, now)
    # What is not asked any more after the change does not stay behind unseen.
    kept = services.settle(definition.form, before.given({**before.values, **changed}))
    fresh = {key: value for key, value in kept.items() if key in changed or key not in case.data}
    case.data = {key: value for key, value in case.data.items() if key in kept} | sealing.seal(
        definition.form.fields(), fresh
    )
    documents.attach(file_ids(definition.form.fields(), changed), about(case))
    if correction:
        correction.answered_at = now
        correction.save(update_fields=["answered_at"])
    return sorted(changed)


def also_asked(
    case: Case, definition: Definition, mended: Mapping[str, Any], marked: Collection[str], *, now: datetime
) -> list[Field]:
    """Questions that come up only because of what was mended, such as the name of a hospital after "born in hospital"."""
    before = context(case, definition, now)
    changed = {key: value for key, value in mended.items() if key in marked}
    after = before.given({**before.values, **changed})

    def shown(known) -> dict[str, Field]:
        return {f.id: f for _step, fields in services.visible(definition.form, known) for f in fields}

    was = shown(before)
    found = [field for key, field in shown(after).items() if key not in was and key not in marked]
    return [f for f in found if not services.bound_fields([f], {}, {}, after)[0].locked]
