"""Acts on money that need a second person: proposing one, and another person's decision, which runs it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction

from dgs.core.audit import api as audit
from dgs.core.billing.actions import adjusting, bills, confirming, lines, receipts
from dgs.core.billing.actions.paying import reason_of
from dgs.core.billing.errors import LineSettled, ProposalDecided, ProposalOpen, SecondPersonNeeded
from dgs.core.billing.models import Bill, Noted, Proposal, Receipt
from dgs.kernel.deadlocks import retry_on_deadlock
from dgs.kernel.errors import NotFound


def _money(value: Any) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def _assign(values: dict, **who) -> None:
    act = lines.assign_receipt if "receipt" in values else lines.assign_line
    of = {"receipt_id": values["receipt"]} if "receipt" in values else {"line_id": values["line"]}
    bill = Bill.objects.get(pk=values["bill"])
    if values.get("oldest_first"):
        paid = lines.assign_oldest_first(**of, bill=bill, **who)
    else:
        paid = [act(**of, bill=bill, amount=_money(values.get("amount")), with_excess=bool(values.get("with_excess")), **who)]
    for payment in paid:
        confirming.answer_assigned(bill=payment.bill, confirmation_id=values.get("confirmation"), now=who["now"])


def _settle(values: dict, **who) -> None:
    if "receipt" in values:
        amount = _money(values.get("amount"))
        lines.settle_receipt(receipt_id=values["receipt"], outcome=values["outcome"], amount=amount, **who)
        return
    lines.settle_line(
        line_id=values["line"],
        outcome=values.get("outcome", ""),
        receipts=tuple(values.get("receipts", ())),
        refund_id=values.get("refund"),
        amount=_money(values.get("amount")),
        **who,
    )


def _adjust(values: dict, *, note: str, by, approved_by, now: datetime) -> None:
    with transaction.atomic():
        bill = adjusting.hold_bill(values["bill"])
        adjusting.adjust(bill, **_changed(values), reason=note, by=by, approved_by=approved_by, now=now)


def _objection(values: dict, *, note: str, by, approved_by, now: datetime) -> None:
    """Answer the objection; what it brings is changed by the same act, so that no answer stands without its reduction."""
    with transaction.atomic():
        bill = adjusting.hold_bill(values["bill"])
        adjusting.decide_objection(
            objection_id=values["objection"],
            is_granted=values["is_granted"],
            answer=values["answer"],
            by=by,
            approved_by=approved_by,
            now=now,
        )
        if values["is_granted"]:
            adjusting.adjust(bill, **_changed(values), reason=note, by=by, approved_by=approved_by, now=now)


def _changed(values: dict) -> dict[str, Any]:
    return {
        "kind": values["kind"],
        "amount": _money(values["amount"]),
        "penalty": _money(values.get("penalty")) or Decimal(0),
        "decision_number": values.get("decision_number", ""),
        "decided_on": date.fromisoformat(values["decided_on"]),
        "document": values.get("document", ""),
        "account": values.get("account", ""),
    }


def _cancel(values: dict, *, note: str, by, approved_by, now: datetime) -> None:
    decided_on = values.get("decided_on")
    bills.cancel_bill(
        bill=Bill.objects.get(pk=values["bill"]),
        reason=note,
        by=by,
        now=now,
        part_paid=bool(values.get("part_paid")),
        decision_number=values.get("decision_number", ""),
        decided_on=date.fromisoformat(decided_on) if decided_on else None,
        document=values.get("document", ""),
        approved_by=approved_by,
    )


def _plan(values: dict, *, note: str, by, approved_by, now: datetime) -> None:
    adjusting.plan_instalments(
        bill_id=values["bill"],
        parts=[(date.fromisoformat(day), Decimal(str(amount))) for day, amount in values["parts"]],
        decision_number=values.get("decision_number", ""),
        by=by,
        now=now,
    )


def _withdraw(values: dict, *, note: str, by, approved_by, now: datetime) -> None:
    if "refund" in values:
        adjusting.withdraw_refund(refund_id=values["refund"], reason=note, by=by, approved_by=approved_by, now=now)
        return
    source = Receipt.objects.filter(pk=values["receipt"], undoes=None).values_list("source", flat=True).first()
    if source is None or receipts.withdraw(source=source, reason=note, now=now, by=by) is None:
        raise NotFound
    if not Receipt.objects.filter(undoes=values["receipt"]).exists():
        raise LineSettled


def _refund(values: dict, *, note: str, by, approved_by, now: datetime) -> None:
    adjusting.give_back(
        bill_id=values["bill"],
        amount=_money(values["amount"]),
        to_bank=values["to_bank"],
        to_account=values["to_account"],
        to_holder=values["to_holder"],
        reason=note,
        decision_number=values.get("decision_number", ""),
        by=by,
        approved_by=approved_by,
        now=now,
    )


ACTS: dict[str, Callable[..., None]] = {
    "assign": _assign,
    "settle": _settle,
    "adjust": _adjust,
    "objection": _objection,
    "cancel": _cancel,
    "plan": _plan,
    "refund": _refund,
    "withdraw": _withdraw,
}


@retry_on_deadlock
def propose(
    *, act: str, values: dict, subject: str, reason: str, by, now: datetime, amount: Decimal | int = 0, office=None
) -> Proposal:
    """Put an act before a second person. Refuses what is already waiting; whether the act is possible is seen by a trial run.

    `values` are the act's arguments as JSON (ids, amounts, ISO days). Nothing changes until somebody else approves.
    """
    reason = reason_of(reason)
    with transaction.atomic():
        # What cannot be done now is refused now, in words, and not when somebody else looks at it tomorrow.
        trial = transaction.savepoint()
        try:
            ACTS[act](values, note=reason, by=by, approved_by=_anybody_else(by), now=now)
        finally:
            transaction.savepoint_rollback(trial)
        try:
            with transaction.atomic():
                made = Proposal.objects.create(
                    act=act, values=values, subject=subject, office=office, amount=amount, reason=reason, by=by, at=now
                )
        except IntegrityError:
            raise ProposalOpen from None
        audit.record(
            action="billing.propose",
            by=by,
            subject=subject,
            now=now,
            office=office.slug if office else "",
            facts={"act": act, "proposal": made.pk, "amount": str(amount), "reason": reason},
        )
    return made


@retry_on_deadlock
def decide(*, proposal_id: int, is_approved: bool, answer: str, by, now: datetime) -> Proposal:
    """Approve a proposal of somebody else, which runs its act against the facts of this moment, or decline it (one's own too).

    What can no longer be done is refused with the act's own sentence, and the proposal stays open to be declined.
    """
    with transaction.atomic():
        found = Proposal.objects.select_for_update(of=("self",)).select_related("by", "office").filter(pk=proposal_id).first()
        if found is None:
            raise NotFound
        if found.decided_at:
            raise ProposalDecided
        if is_approved and found.by_id == by.pk:
            raise SecondPersonNeeded
        if is_approved:
            ACTS[found.act](found.values, note=found.reason, by=found.by, approved_by=by, now=now)
        found.decided_at, found.decided_by, found.is_approved = now, by, is_approved
        found.answer = answer.replace("\x00", "").strip()[:300]
        found.save(update_fields=["decided_at", "decided_by", "is_approved", "answer"])
        audit.record(
            action="billing.approve" if is_approved else "billing.decline",
            by=by,
            subject=found.subject,
            now=now,
            office=found.office.slug if found.office else "",
            facts={"act": found.act, "proposal": found.pk, "answer": found.answer},
        )
    return found


def note_seen(*, subject: str, note: str, by, now: datetime) -> None:
    """Somebody looked at a thing that the work list shows beside money, and nothing is left to do; the first word stays."""
    note = reason_of(note)
    with transaction.atomic():
        _noted, is_new = Noted.objects.get_or_create(subject=subject, defaults={"note": note, "by": by, "at": now})
        if is_new:
            audit.record(action="billing.note", by=by, subject=subject, now=now, facts={"note": note})


def _anybody_else(by):
    """Somebody who is not `by`, for the trial run only: it is rolled back."""
    from django.contrib.auth import get_user_model

    return get_user_model().objects.exclude(pk=by.pk).order_by("pk").first() or by
