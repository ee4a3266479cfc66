"""What a treasurer decides about a bank line that matched no bill: apply it to a bill, or settle it with a note."""

from __future__ import annotations

from datetime import datetime
from decimal import ROUND_DOWN, Decimal

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from dgs.core.audit import api as audit
from dgs.core.billing.errors import (
    BillAmountWrong,
    BillCancelled,
    BillFullyPaid,
    LineOutgoing,
    LineSettled,
    NoteMissing,
)
from dgs.core.billing.events import BillPaid
from dgs.core.billing.models import Bill, Finding, Payment, StatementLine
from dgs.kernel.deadlocks import retry_on_deadlock
from dgs.kernel.errors import NotFound
from dgs.kernel.events import publish


@retry_on_deadlock
def assign_line(
    *, line_id: int, bill: Bill, note: str, by, now: datetime, amount: int | Decimal | None = None
) -> Payment:
    """Apply money of a listed line to a bill, with the reason.

    Without `amount`: what the line still holds, at most what the bill still lacks; the rest of the line stays listed. With
    `amount` (whole rupiah) exactly that, never more than the line holds. A line with nothing left is settled by the same act.
    Refuses outgoing money, settled lines, cancelled and fully paid bills.
    """
    note = _note(note)
    with transaction.atomic():
        line = _held(line_id)
        if line.amount <= 0:
            raise LineOutgoing
        held = Bill.objects.select_for_update().select_related("office").filter(pk=bill.pk).first()
        if held is None:
            raise NotFound
        if held.cancelled_at:
            raise BillCancelled(number=held.number)
        paid = held.payments.aggregate(sum=Sum("amount"))["sum"] or Decimal(0)
        if paid >= held.total:
            raise BillFullyPaid(number=held.number)
        rest = line.amount - (line.payments.aggregate(sum=Sum("amount"))["sum"] or Decimal(0))
        whole = rest.quantize(Decimal(1), rounding=ROUND_DOWN)
        taken = min(whole, held.total - paid) if amount is None else Decimal(amount)
        if taken <= 0 or taken != taken.to_integral_value() or taken > whole:
            raise BillAmountWrong
        payment = Payment.objects.create(
            bill=held, line=line, amount=taken, rule="assigned", note=note, paid_on=line.booked_on, matched_at=now,
            matched_by=by,
        )
        if rest == taken:
            _settle(line, note, by=by, now=now)
        audit.record(
            action="billing.assign_line", by=by, subject=f"billing.statementline:{line.pk}", now=now, person=held.payer_id,
            office=held.office.slug,
            facts={"bill": held.number, "amount": int(taken), "rest": str(rest - taken), "note": note},
        )
        if paid + taken >= held.total:
            publish(BillPaid(bill_id=held.pk, about=held.about, now=now))
    return payment


def resolve_line(*, line_id: int, note: str, by, now: datetime) -> StatementLine:
    """Take a line off the work list, with the reason in words (returned to the sender, other income of the region …)."""
    note = _note(note)
    with transaction.atomic():
        line = _held(line_id)
        _settle(line, note, by=by, now=now)
        audit.record(
            action="billing.resolve_line", by=by, subject=f"billing.statementline:{line.pk}", now=now,
            facts={"finding": line.finding, "amount": str(line.amount), "note": note},
        )
    return line


def _note(note: str) -> str:
    note = " ".join(note.replace("\x00", "").split())
    if len(note) < 3:
        raise NoteMissing
    return note[:300]


def _held(line_id: int) -> StatementLine:
    line = StatementLine.objects.select_for_update().filter(pk=line_id).first()
    if line is None or line.finding in {Finding.MATCHED, Finding.NO_MONEY}:
        raise NotFound
    if line.resolved_at:
        by = line.resolved_by.name if line.resolved_by else "-"
        raise LineSettled(by=by, at=timezone.localtime(line.resolved_at).strftime("%d/%m/%Y %H:%M"))
    return line


def _settle(line: StatementLine, note: str, *, by, now: datetime) -> None:
    line.resolved_at, line.resolved_by, line.resolved_note = now, by, note
    line.save(update_fields=["resolved_at", "resolved_by", "resolved_note"])
