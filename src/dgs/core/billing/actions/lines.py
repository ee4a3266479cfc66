"""What a treasurer decides about money that matched nothing: to which bill, receipt or account it belongs.

A second person approves.
"""

from __future__ import annotations

from datetime import datetime
from decimal import ROUND_DOWN, Decimal

from django.db import transaction

from dgs.core.audit import api as audit
from dgs.core.billing.actions import paying
from dgs.core.billing.amounts import is_whole
from dgs.core.billing.errors import (
    BillAmountWrong,
    BillCancelled,
    BillFullyPaid,
    CashInShift,
    LineOutgoing,
    LineSettled,
    PartWrong,
)
from dgs.core.billing.events import RefundMoved
from dgs.core.billing.models import Bill, Outcome, Payment, Receipt, Refund, Settlement, StatementLine
from dgs.core.billing.owing import lock_bills, owed_of
from dgs.kernel.deadlocks import retry_on_deadlock
from dgs.kernel.errors import NotFound
from dgs.kernel.events import publish
from dgs.ui import formats

# What a reversal, a charge or a transfer between our accounts may be; and what a receipt alone may end as.
OF_RECEIPT = (Outcome.BANK_CHARGES, Outcome.RETURNED, Outcome.OTHER_INCOME)


@retry_on_deadlock
def assign_line(
    *,
    line_id: int,
    bill: Bill,
    note: str,
    by,
    now: datetime,
    amount: int | Decimal | None = None,
    approved_by=None,
    with_excess: bool = False,
) -> Payment:
    """Apply money of a listed line to a bill, with the reason.

    Without `amount`: what the line still holds, at most what the bill still lacks on the day of the line; the rest stays
    listed. With `amount` (whole rupiah) exactly that, never more than the line holds; `with_excess` lets it go beyond what the
    bill lacks: the excess is owed back. Refuses outgoing money, used-up lines, cancelled and fully paid bills.
    """
    note = paying.reason_of(note)
    with transaction.atomic():
        line = _held(line_id)
        if line.amount <= 0:
            raise LineOutgoing
        return _apply(
            line, bill, amount=amount, with_excess=with_excess, now=now, note=note, by=by, approved_by=approved_by
        )


@retry_on_deadlock
def assign_receipt(
    *,
    receipt_id: int,
    bill: Bill,
    note: str,
    by,
    now: datetime,
    amount: int | Decimal | None = None,
    approved_by=None,
    with_excess: bool = False,
) -> Payment:
    """As assign_line, for money of a channel that fitted no bill."""
    note = paying.reason_of(note)
    with transaction.atomic():
        receipt = Receipt.objects.select_for_update().filter(pk=receipt_id, undoes=None).first()
        if receipt is None:
            raise NotFound
        if receipt.unapplied == 0:
            raise LineSettled
        return _apply(
            receipt, bill, amount=amount, with_excess=with_excess, now=now, note=note, by=by, approved_by=approved_by
        )


@retry_on_deadlock
def assign_oldest_first(
    *, bill: Bill, note: str, by, now: datetime, line_id: int | None = None, receipt_id: int | None = None, approved_by=None
) -> list[Payment]:
    """Apply money of a listed line or receipt to the open bills of the payer of `bill` at its office, the oldest due day first.

    Each is paid in whole, the last one in part; what is beyond them all stays listed. Refuses as assign_line does, and
    BillFullyPaid when the payer has no open bill there.
    """
    note = paying.reason_of(note)
    with transaction.atomic():
        if line_id is not None:
            source = _held(line_id)
            rest, day, money = source.rest, source.booked_on, {"line": source}
            if rest <= 0:
                raise LineOutgoing
        else:
            source = Receipt.objects.select_for_update().filter(pk=receipt_id, undoes=None).first()
            if source is None:
                raise NotFound
            rest, day, money = source.unapplied, source.happened_on, {"receipt": source}
            if rest == 0:
                raise LineSettled
        theirs = Bill.objects.filter(payer=bill.payer_id, office=bill.office_id, cancelled_at=None)
        ids = list(theirs.filter(derived__state__in=["open", "part"]).order_by("due_on", "pk").values_list("pk", flat=True))
        lock_bills(ids)
        owing, left, uses = owed_of(ids, day), rest.quantize(Decimal(1), rounding=ROUND_DOWN), []
        for owed in (owing[pk] for pk in ids if pk in owing and owing[pk].is_payable):
            if left == 0:
                break
            taken = min(left, owed.amount)
            why = {"owed": int(owed.amount), "day": str(day), "place": len(uses) + 1}
            uses.append(
                paying.use(owed, taken, rule="oldest-first", why=why, note=note, by=by, approved_by=approved_by, **money)
            )
            left -= taken
        if not uses:
            raise BillFullyPaid(number=bill.number)
        made = paying.book(uses, now=now)
        audit.record(
            action="billing.assign_line",
            by=by,
            subject=f"billing.{source._meta.model_name}:{source.pk}",
            now=now,
            person=bill.payer_id,
            facts={
                "bills": [one.owed.number for one in uses],
                "rest": str(left),
                "note": note,
                "approved_by": approved_by.name if approved_by else None,
            },
        )
    return made


def _apply(
    source: StatementLine | Receipt, bill: Bill, *, amount: int | Decimal | None, with_excess: bool, now: datetime, **said
) -> Payment:
    """Apply what a held line or receipt still has; `said` is who decided it and why, as paying.Use keeps it."""
    is_line = isinstance(source, StatementLine)
    rest, day = (source.rest, source.booked_on) if is_line else (source.unapplied, source.happened_on)
    lock_bills([bill.pk])
    owed = owed_of([bill.pk], day).get(bill.pk)
    if owed is None:
        raise NotFound
    if owed.bill.cancelled_at:
        raise BillCancelled(number=owed.number)
    if not owed.is_payable and not with_excess:
        raise BillFullyPaid(number=owed.number)
    whole = rest.quantize(Decimal(1), rounding=ROUND_DOWN)
    taken = (whole if with_excess else min(whole, owed.amount)) if amount is None else Decimal(amount)
    if not is_whole(taken) or not 0 < taken <= whole or (taken > owed.amount and not with_excess):
        raise BillAmountWrong
    why = {"owed": int(owed.amount), "day": str(day)}
    money = {"line" if is_line else "receipt": source}
    made = paying.book([paying.use(owed, taken, rule="assigned", why=why, **money, **said)], now=now)[0]
    approved_by = said["approved_by"]
    audit.record(
        action="billing.assign_line",
        by=said["by"],
        subject=f"billing.{source._meta.model_name}:{source.pk}",
        now=now,
        person=owed.bill.payer_id,
        facts={
            "bill": owed.number,
            "amount": int(taken),
            "rest": str(rest - taken),
            "note": said["note"],
            "approved_by": approved_by.name if approved_by else None,
        },
    )
    return made


@retry_on_deadlock
def settle_line(
    *,
    line_id: int,
    note: str,
    by,
    now: datetime,
    outcome: str = "",
    receipts: tuple[int, ...] = (),
    refund_id: int | None = None,
    amount: Decimal | None = None,
    approved_by=None,
) -> list[Settlement]:
    """Explain what a line still holds: it brings the money of receipts, pays a refund, or was something else (`outcome`).

    Receipts are settled in their order, each at most in full; what the line holds beyond them stays listed. `amount` (with the
    line's sign) less than the rest leaves the rest listed. Refuses (PartWrong) more than the line holds or the refund asks.
    """
    note = paying.reason_of(note)
    common = {"rule": "decided", "note": note, "at": now, "by": by, "approved_by": approved_by}
    with transaction.atomic():
        line = _held(line_id)
        left = line.rest if amount is None else amount
        if left * line.rest <= 0 or abs(left) > abs(line.rest):
            raise PartWrong(most=formats.rupiah(abs(line.rest)))
        made = []
        if receipts:
            if left <= 0:
                raise LineOutgoing
            for receipt in (
                Receipt.objects.select_for_update().filter(pk__in=receipts, undoes=None).exclude(unsettled=0).order_by("pk")
            ):
                part = min(left, receipt.unsettled)
                if part > 0:
                    made.append(Settlement(line=line, receipt=receipt, amount=part, **common))
                    left -= part
            if not made:
                raise LineSettled
        elif refund_id is not None:
            refund = Refund.objects.select_for_update().filter(pk=refund_id).first()
            if refund is None or left >= 0:
                raise NotFound
            if -left > refund.unpaid:
                raise PartWrong(most=formats.rupiah(refund.unpaid))
            made.append(Settlement(line=line, refund=refund, amount=left, **common))
            if -left == refund.unpaid:
                publish(RefundMoved(refund_id=refund.pk, what="paid", now=now))
        else:
            made.append(Settlement(line=line, outcome=Outcome(outcome), amount=left, **common))
        Settlement.objects.bulk_create(made)
        audit.record(
            action="billing.settle_line",
            by=by,
            subject=f"billing.statementline:{line.pk}",
            now=now,
            facts={
                "finding": line.finding,
                "amount": str(sum(one.amount for one in made)),
                "outcome": outcome,
                "note": note,
                "receipts": [one.receipt_id for one in made if one.receipt_id],
                "refund": refund_id,
                "approved_by": approved_by.name if approved_by else None,
            },
        )
    return made


@retry_on_deadlock
def settle_receipt(
    *, receipt_id: int, outcome: str, note: str, by, now: datetime, amount: Decimal | None = None, approved_by=None
) -> Settlement:
    """Explain what is open of a receipt: BANK_CHARGES is what is missing of it at the bank, for the channel kept it.

    RETURNED and OTHER_INCOME say what its money was that no bill takes. `amount` is what was open when it was proposed: what
    became free since stays open. Refuses what is not open, and (PartWrong) more than is.
    """
    note = paying.reason_of(note)
    with transaction.atomic():
        receipt = Receipt.objects.select_for_update().filter(pk=receipt_id, undoes=None).first()
        if receipt is None or outcome not in OF_RECEIPT:
            raise NotFound
        left = receipt.unsettled if outcome == Outcome.BANK_CHARGES else receipt.unapplied
        if left == 0:
            raise LineSettled
        if receipt.shift_id and not receipt.shift.is_closed:
            raise CashInShift(number=receipt.reference)
        if amount is not None and not 0 < amount <= left:
            raise PartWrong(most=formats.rupiah(left))
        made = Settlement.objects.create(
            receipt=receipt,
            outcome=outcome,
            amount=left if amount is None else amount,
            rule="decided",
            note=note,
            at=now,
            by=by,
            approved_by=approved_by,
        )
        audit.record(
            action="billing.settle_receipt",
            by=by,
            subject=f"billing.receipt:{receipt.pk}",
            now=now,
            facts={"amount": int(made.amount), "outcome": outcome, "note": note},
        )
    return made


def _held(line_id: int) -> StatementLine:
    line = StatementLine.objects.select_for_update(of=("self",)).filter(pk=line_id).first()
    if line is None or line.amount == 0:
        raise NotFound
    if line.rest == 0:
        raise LineSettled
    return line
