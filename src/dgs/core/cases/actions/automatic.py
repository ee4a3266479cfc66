"""What a case does by itself: bill on entry, go on when paid, issue the document, warn and expire by the clock."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from dgs.core.audit import api as audit
from dgs.core.billing import api as billing
from dgs.core.billing.api import BillPaid
from dgs.core.cases import clock, letter, naming, reminding, saying
from dgs.core.cases.actions import transitions
from dgs.core.cases.errors import NotSignatory
from dgs.core.cases.models import Case
from dgs.core.documents import api as documents
from dgs.core.organisations import api as organisations
from dgs.core.services import api as services
from dgs.core.services.api import Definition, Expiry, State
from dgs.kernel.errors import RuleBroken

logger = logging.getLogger(__name__)


def begin(case: Case, state: State, *, definition: Definition, now: datetime) -> None:
    """Start the automatic act of the state that was just entered, if it has one."""
    if state.auto == "issue_bill":
        _bill(case, state, definition=definition, now=now)
    elif state.auto == "issue_document":
        from dgs.core.cases.tasks import issue_document

        issue_document.defer(case_id=case.pk)


def _bill(case: Case, state: State, *, definition: Definition, now: datetime) -> None:
    lines = services.fee_lines(definition.fees, transitions.context(case, definition, now))
    if sum(line.amount for line in lines) == 0:
        _go_on(case, "nothing-due", definition=definition, now=now)
        return
    bill = billing.issue_bill(
        about=transitions.about(case),
        payer=case.business or case.applicant,
        office=case.office,
        title=f"{definition.title.id} {case.reference}",
        lines=lines,
        due_on=clock.day_of(now) + timedelta(days=definition.fees.due_days),
        now=now,
    )
    saying.say(case, "bill", definition=definition, now=now, bill=bill)
    if billing.standing(bill).state in ("paid", "over"):
        _go_on(case, "paid", definition=definition, now=now)


def _go_on(case: Case, kind: str, *, definition: Definition, now: datetime, **data) -> None:
    target = definition.workflow.states[case.state].done
    transitions.log(case, kind=kind, from_state=case.state, to_state=target, by=None, now=now, data=data)
    audit.record(
        action=f"cases.{kind}",
        by=None,
        subject=transitions.about(case),
        now=now,
        person=case.applicant_id,
        office=case.office.slug,
        facts={"reference": case.reference, "to": target},
    )
    if kind == "paid":
        saying.say(case, "paid", definition=definition, now=now)
    transitions.enter(case, target, definition=definition, now=now)


def on_bill_paid(event: BillPaid) -> None:
    """Handler: the case whose bill is paid goes on by itself, in the transaction that booked the money."""
    number = naming.case_id(event.about)
    if number is None:
        return
    case = (
        Case.objects.select_for_update(of=("self",)).select_related("version", "service", "office").get(pk=number)
    )
    definition = services.definition_of(case.version_id)
    if case.closed_at is None and definition.workflow.states[case.state].auto == "issue_bill":
        _go_on(case, "paid", definition=definition, now=event.now, bill=event.bill_id)


def issue_document(*, case_id: int, now: datetime) -> None:
    """Render and sign the product of a case that waits for it, then go on; doing it twice does it once.

    A refusal (nobody may sign, the letter does not compile) is written on the case, so that somebody sees it, and raised.
    """
    from dgs.core.cases import trouble

    try:
        _issue(case_id, now=now)
    except RuleBroken as refusal:
        trouble.note_trouble(case_id=case_id, refusal=refusal, now=now)
        raise


def _issue(case_id: int, *, now: datetime) -> None:
    with transaction.atomic():
        case = (
            Case.objects.select_for_update(of=("self",))
            .select_related("version", "service", "office", "applicant", "business")
            .get(pk=case_id)
        )
        definition = services.definition_of(case.version_id)
        if case.closed_at or definition.workflow.states[case.state].auto != "issue_document":
            return
        approval = case.events.filter(kind="action", data__has_key="signatory").order_by("-seq").first()
        signatory = organisations.signatory_of(case.office, clock.day_of(approval.at if approval else now))
        if approval and signatory.user.pk != approval.data["signatory"]:
            # The appointments were changed backwards after the approval: nobody else's name goes under it by itself.
            raise NotSignatory(who=signatory.name)
        today = clock.day_of(now)
        sequence = documents.next_number(f"{case.office.slug}/{definition.slug}/{today.year}")
        number = letter.number(definition.product.number, sequence=sequence, today=today, office=case.office)
        document = documents.issue(
            about=transitions.about(case),
            kind=definition.slug,
            title=definition.product.title.id,
            number=number,
            holder=case.title,
            office=case.office,
            letter=definition.letter,
            data=letter.data(case, definition, now=now),
            valid_until=letter.valid_until(case, definition, now=now),
            signatory=signatory,
            now=now,
            by=signatory.user,
        )
        reminding.remind_of_end(case, document, now=now)
        _go_on(case, "issued", definition=definition, now=now)


def mind_the_clock(*, now: datetime, limit: int = 500) -> int:
    """Warn on the last day of a step, act on steps and terms that are over; returns how many cases were touched.

    Each case is handled in a transaction of its own, so that one broken case stops no other.
    """
    today = clock.day_of(now)
    due = (
        Case.objects.filter(closed_at=None)
        .filter(
            Q(step_due_on=today, warned_at=None)
            | Q(step_due_on__lt=today, escalated_at=None)
            | Q(due_on__lt=today, paused_since=None, term_over_at=None)
        )
        .exclude(holder_role="system")
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    touched = 0
    for pk in due.iterator(chunk_size=500):
        if touched >= limit:
            break
        try:
            touched += _mind(pk, now=now)
        except Exception:
            logger.exception("the clock could not be minded for case %s", pk)
    return touched


@transaction.atomic
def _mind(pk: int, *, now: datetime) -> int:
    case = (
        Case.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("version", "service", "office")
        .filter(pk=pk, closed_at=None)
        .first()
    )
    if case is None:
        return 0
    definition = services.definition_of(case.version_id)
    state = definition.workflow.states[case.state]
    today = clock.day_of(now)
    touched = 0
    if case.step_due_on == today and case.warned_at is None:
        case.warned_at = now
        case.save(update_fields=["warned_at"])
        saying.say(case, "warning", definition=definition, now=now)
        touched = 1
    # The whole term first: what the law then says must not be lost because the step is late too.
    if case.paused_since is None and case.due_on and case.due_on < today and case.term_over_at is None:
        case.term_over_at = now
        if state.expiry is None or state.expiry.act == "escalate":
            case.escalated_at = case.escalated_at or now  # the head is told once of both
        _expire(case, definition.workflow.on_total_expiry, over="term", definition=definition, now=now)
        touched = 1
    is_here = case.closed_at is None and case.state == state.id
    if is_here and case.step_due_on and case.step_due_on < today and case.escalated_at is None:
        case.escalated_at = now
        _expire(case, state.expiry, over="step", definition=definition, now=now)
        touched = 1
    return touched


def _expire(case: Case, expiry: Expiry | None, *, over: str, definition: Definition, now: datetime) -> None:
    act = expiry.act if expiry else "escalate"
    facts = {
        "reference": case.reference,
        "state": case.state,
        "over": over,
        "step_due_on": str(case.step_due_on),
        "due_on": str(case.due_on),
    }
    if act == "deem" and case.deemed_at is None:
        case.deemed_at = now
    from_state, target = case.state, (expiry.state if expiry and act != "escalate" else None) or ""
    kind = {"escalate": "escalated", "deem": "deemed", "lapse": "lapsed"}[act]
    transitions.log(case, kind=kind, from_state=from_state, to_state=target, by=None, now=now, data=facts)
    audit.record(
        action=f"cases.{act}",
        by=None,
        subject=transitions.about(case),
        now=now,
        person=case.applicant_id,
        office=case.office.slug,
        facts=facts,
    )
    case.save()
    if target:
        transitions.enter(case, target, definition=definition, now=now)
    else:
        saying.say(case, "escalated", definition=definition, now=now)


def cancel_bill(case: Case, *, now: datetime) -> None:
    """Take back the bill of a case that ended without its product, part paid or not: what comes later is for the treasurer."""
    bill = billing.bill_for(transitions.about(case))
    if bill and billing.standing(bill).state in ("open", "part"):
        billing.cancel_bill(bill=bill, reason="Permohonan berakhir tanpa izin", by=None, now=now, part_paid=True)
