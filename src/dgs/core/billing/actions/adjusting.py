"""Decisions that change what a bill asks: reductions, objections, instalments; and giving back what was overpaid."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from dgs.core.audit import api as audit
from dgs.core.billing.actions.proofs import withdraw_outgrown
from dgs.core.billing.amounts import LIMIT, is_whole
from dgs.core.billing.chart_of_accounts import revenue_account
from dgs.core.billing.errors import (
    AdjustmentWrong,
    AlreadyUndone,
    BillCancelled,
    NoteMissing,
    PlanWrong,
    RefundPaid,
    RefundWrong,
    WriteOffWrong,
)
from dgs.core.billing.events import BillPaid, ObjectionAnswered, RefundMoved
from dgs.core.billing.models import Adjustment, Bill, Instalment, Objection, Refund
from dgs.core.billing.owing import accrued_on, lock_bills, overpaid_on, owed_of
from dgs.core.documents import api as documents
from dgs.kernel.errors import NotFound
from dgs.kernel.events import publish
from dgs.ui import formats

MOST_INSTALMENTS = 24


def adjust(
    bill: Bill,
    *,
    kind: str,
    amount: Decimal,
    reason: str,
    decided_on: date,
    now: datetime,
    penalty: Decimal = Decimal(0),
    decision_number: str = "",
    document: str = "",
    account: str = "",
    by=None,
    approved_by=None,
) -> Adjustment:
    """Change what a bill that the caller holds asks, in the caller's transaction. Negative = less; whole rupiah.

    An addition needs the revenue `account` it is booked under. Refuses nothing at all, and taking more than the bill asks, of
    the penalty more than has accrued until now. A bill that is paid in full by it is announced. A write-off takes all that is
    left of the principal, no more and no less; its penalty is asked no more, and nobody is told that it was paid.
    """
    is_sound = is_whole(amount) and is_whole(penalty) and -(bill.total + bill.adjusted) <= amount <= LIMIT
    if not is_sound or (amount == 0 and penalty == 0) or (amount > 0 and not account):
        raise AdjustmentWrong(number=bill.number)
    today = timezone.localdate(now)
    owed = owed_of([bill.pk], today)[bill.pk]
    # More than has accrued would wait for the penalties of months to come.
    if kind != "cancellation" and penalty < 0 and -penalty > owed.penalty + bill.penalty_paid:
        raise AdjustmentWrong(number=bill.number)
    if kind == "write-off" and (penalty or -amount != owed.principal):
        raise WriteOffWrong(number=bill.number, left=formats.rupiah(owed.principal))
    before = owed.amount
    made = Adjustment.objects.create(
        bill=bill,
        kind=kind,
        amount=amount,
        penalty=penalty,
        decision_number=decision_number[:80],
        decided_on=decided_on,
        document=document,
        reason=reason[:300],
        at=now,
        by=by,
        approved_by=approved_by,
        account=revenue_account(account) if amount > 0 else None,
    )
    audit.record(
        action="billing.adjust",
        by=by,
        subject=f"billing.bill:{bill.pk}",
        now=now,
        person=bill.payer_id,
        office=bill.office.slug,
        facts={
            "kind": kind,
            "amount": int(amount),
            "penalty": int(penalty),
            "decision": decision_number,
            "reason": reason[:300],
            "approved_by": approved_by.name if approved_by else None,
        },
    )
    after = owed_of([bill.pk], today)[bill.pk].amount
    if before == 0 < after:
        withdraw_outgrown(bill_id=bill.pk, now=now, by=by)
    if kind not in {"cancellation", "write-off"}:
        put_shares_right(bill.pk, now=now, by=by)
    if kind not in {"cancellation", "write-off"} and before > 0 and after == 0:
        publish(BillPaid(bill_id=bill.pk, about=bill.about, now=now))
    return made


def put_shares_right(bill_id: int, *, now: datetime, by=None) -> None:
    """Count as principal what was paid as a penalty that a held bill asks no more; or the other way round, what is beyond the
    principal as a penalty that it asks after all. In the caller's transaction, after whatever changed either.
    """
    bill = Bill.objects.get(pk=bill_id)
    if bill.cancelled_at or bill.written_off:
        return
    beyond = max(Decimal(0), bill.principal_paid - bill.total - bill.adjusted)
    if bill.penalty_paid or beyond:
        _move(bill, max(bill.penalty_paid - accrued_on(timezone.localdate(now), bill_id), -beyond), now=now, by=by)


def make_room(bill_id: int, *, penalty: Decimal, principal: Decimal, now: datetime, by=None) -> None:
    """Let these shares of a payment be taken off a held bill, of which as much was paid, although they were counted otherwise."""
    bill = Bill.objects.get(pk=bill_id)
    _move(bill, max(Decimal(0), principal - bill.principal_paid) - max(Decimal(0), penalty - bill.penalty_paid), now=now, by=by)


def _move(bill: Bill, moved: Decimal, *, now: datetime, by) -> None:
    if moved:
        Adjustment.objects.create(
            bill=bill, kind="shares", amount=0, moved=moved, decided_on=timezone.localdate(now), at=now, by=by,
            reason="Pembagian pokok dan denda mengikuti yang ditagih",
        )


def hold_bill(bill_id: int) -> Bill:
    """The bill, held until the transaction ends; refuses one that is not there or was cancelled."""
    lock_bills([bill_id])
    bill = Bill.objects.select_related("office").filter(pk=bill_id).first()
    if bill is None:
        raise NotFound
    if bill.cancelled_at:
        raise BillCancelled(number=bill.number)
    return bill


def plan_instalments(
    *, bill_id: int, parts: Sequence[tuple[date, Decimal]], decision_number: str, now: datetime, by=None
) -> list[Instalment]:
    """Let a bill be paid in parts (due day, principal in rupiah): they take the place of its due date, for the penalty too.

    The parts cover the whole principal, what is paid already counts for the first. Refuses parts out of order, past days, more
    than 24, and sums that differ from what the bill asks.
    """
    with transaction.atomic():
        bill = hold_bill(bill_id)
        days = [day for day, _amount in parts]
        asked = bill.total + bill.adjusted
        sound = 2 <= len(parts) <= MOST_INSTALMENTS and days == sorted(set(days)) and days[0] >= timezone.localdate(now)
        if not sound or any(not is_whole(a) or a <= 0 for _d, a in parts) or sum(a for _d, a in parts) != asked:
            raise PlanWrong
        made = Instalment.objects.bulk_create(
            Instalment(
                bill=bill, plan=bill.plan + 1, number=n, due_on=day, amount=amount, decision_number=decision_number[:80], at=now
            )
            for n, (day, amount) in enumerate(parts, 1)
        )
        put_shares_right(bill.pk, now=now, by=by)
        audit.record(
            action="billing.plan_instalments",
            by=by,
            subject=f"billing.bill:{bill.pk}",
            now=now,
            person=bill.payer_id,
            office=bill.office.slug,
            facts={"parts": [[str(day), int(amount)] for day, amount in parts], "decision": decision_number},
        )
    return made


def object_to_bill(*, bill: Bill, text: str, now: datetime, by) -> Objection:
    """A payer disputes a bill, paid or not. One objection at a time; what is owed stays owed until it is decided.

    Refuses empty words, and a bill that asks for nothing any more because it was cancelled or written off (BillCancelled).
    """
    text = text.replace("\x00", "").strip()
    if not text:
        raise NoteMissing
    with transaction.atomic():
        held = hold_bill(bill.pk)
        if held.cancelled_at or held.written_off:
            raise BillCancelled(number=held.number)
        there = held.objections.filter(decided_at=None).first()
        if there is not None:
            return there
        made = Objection.objects.create(bill=held, text=text[:2000], at=now, by=by)
        audit.record(
            action="billing.object",
            by=by,
            subject=f"billing.bill:{held.pk}",
            now=now,
            person=held.payer_id,
            office=held.office.slug,
        )
    return made


def decide_objection(
    *, objection_id: int, is_granted: bool, answer: str, now: datetime, by, approved_by=None
) -> Objection:
    """Answer an objection, which tells the payer; the reduction that a granted one brings is an adjustment of its own."""
    with transaction.atomic():
        found = Objection.objects.select_for_update().filter(pk=objection_id, decided_at=None).first()
        if found is None:
            raise NotFound
        found.decided_at, found.decided_by, found.is_granted, found.answer = now, by, is_granted, answer.strip()[:2000]
        found.save(update_fields=["decided_at", "decided_by", "is_granted", "answer"])
        audit.record(
            action="billing.decide_objection",
            by=by,
            subject=f"billing.bill:{found.bill_id}",
            now=now,
            facts={"granted": is_granted, "approved_by": approved_by.name if approved_by else None},
        )
        publish(ObjectionAnswered(objection_id=found.pk, bill_id=found.bill_id, now=now))
    return found


def give_back(
    *,
    bill_id: int,
    amount: Decimal,
    to_bank: str,
    to_account: str,
    to_holder: str,
    reason: str,
    decision_number: str,
    now: datetime,
    by,
    approved_by,
) -> Refund:
    """Approve that what a bill was overpaid is given back (restitusi); the bank line that pays it settles it later.

    Refuses more than was overpaid and not given back yet, on the day of `now`.
    """
    with transaction.atomic():
        lock_bills([bill_id])
        bill = Bill.objects.select_related("office").filter(pk=bill_id).first()
        if bill is None:
            raise NotFound
        over = overpaid_on(timezone.localdate(now), bill_id)
        if not is_whole(amount) or not 0 < amount <= over:
            raise RefundWrong(number=bill.number, over=formats.rupiah(over))
        year = timezone.localdate(now).year
        made = Refund.objects.create(
            bill=bill,
            number=f"RST-{year}-{documents.next_number(f'billing:refund:{year}'):05d}",
            amount=amount,
            to_bank=to_bank[:60],
            to_account=to_account[:34],
            to_holder=to_holder[:120],
            reason=reason[:300],
            decision_number=decision_number[:80],
            at=now,
            by=by,
            approved_by=approved_by,
            unpaid=amount,
        )
        audit.record(
            action="billing.give_back",
            by=by,
            subject=f"billing.bill:{bill.pk}",
            now=now,
            person=bill.payer_id,
            office=bill.office.slug,
            facts={"number": made.number, "amount": int(amount), "reason": reason[:300], "approved_by": approved_by.name},
        )
        publish(RefundMoved(refund_id=made.pk, what="decided", now=now))
    return made


def withdraw_refund(*, refund_id: int, reason: str, now: datetime, by, approved_by) -> Refund:
    """Take back the approval of a refund that the bank has not paid, not even in part: its money is owed back again.

    What the bank has paid is undone first on the page of the bank's line (RefundPaid); twice is refused (AlreadyUndone).
    """
    with transaction.atomic():
        lock_bills(Refund.objects.filter(pk=refund_id).values_list("bill", flat=True))
        first = Refund.objects.select_for_update(of=("self",)).select_related("bill__office").filter(pk=refund_id).first()
        if first is None or first.undoes_id:
            raise NotFound
        if hasattr(first, "undone_by"):
            raise AlreadyUndone
        if first.unpaid != first.amount:
            raise RefundPaid(number=first.number)
        made = Refund.objects.create(
            bill_id=first.bill_id, number=f"{first.number}-B", amount=-first.amount, to_bank=first.to_bank,
            to_account=first.to_account, to_holder=first.to_holder, reason=reason[:300], at=now, by=by, approved_by=approved_by,
            undoes=first, unpaid=0,
        )
        put_shares_right(first.bill_id, now=now, by=by)
        audit.record(
            action="billing.withdraw_refund", by=by, subject=f"billing.bill:{first.bill_id}", now=now, person=first.bill.payer_id,
            office=first.bill.office.slug,
            facts={"number": first.number, "amount": int(first.amount), "reason": reason[:300], "approved_by": approved_by.name},
        )
        publish(RefundMoved(refund_id=first.pk, what="withdrawn", now=now))
    return made
