"""Applying money to bills and taking it back; whose money and why is decided by those who call this."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from dgs.core.audit import api as audit
from dgs.core.billing.actions.proofs import withdraw_proofs
from dgs.core.billing.errors import AlreadyUndone, NoteMissing, RefundStands
from dgs.core.billing.events import BillPaid
from dgs.core.billing.models import Bill, Payment, Receipt, Settlement, StatementLine
from dgs.core.billing.owing import Owed, Split, lock_bills
from dgs.kernel.copying import copy_in
from dgs.kernel.errors import NotFound
from dgs.kernel.events import publish
from dgs.kernel.statements import Insert, InsertWith

RECEIPT, PAYMENT = Insert(Receipt, once="source"), Insert(Payment)
RECEIPT_AND_PAYMENT = InsertWith(RECEIPT, PAYMENT, "receipt_id")


@dataclass(frozen=True, kw_only=True)
class Use:
    """Money to be applied to a bill: of a bank line or of a receipt, by a rule, with the evidence."""

    owed: Owed
    split: Split
    line: StatementLine | None = None
    receipt: Receipt | None = None
    rule: str
    why: dict[str, Any]
    note: str = ""
    by: Any = None
    approved_by: Any = None


def use(owed: Owed, amount: Decimal, **more: Any) -> Use:
    """Take `amount` off what is owed, and remember it as a use."""
    split = owed.split(amount)
    owed.less(split)
    return Use(owed=owed, split=split, **more)


def book(uses: Iterable[Use], *, now: datetime, is_news: bool = True) -> list[Payment]:
    """Write the payments, in one statement, in the caller's transaction; announce each bill that is now paid in full.

    The bills must be held (owing.lock_bills) and owe what `Use.owed` said before its money was taken off. Without `is_news`
    nothing is announced: the bill was paid before, by the same money on another way. Thousands at once are better brought by
    `book_lines`.
    """
    uses = list(uses)
    made = [_payment(one, now) for one in uses]
    if len(made) == 1:
        PAYMENT.add(made[0])
    else:
        Payment.objects.bulk_create(made)
    if is_news:
        _announce(((one.owed, one.split) for one in uses), now=now)
    return made


def book_receipt(one: Use, *, now: datetime) -> bool:
    """Write a new receipt and the payment by which it is used in whole, as `book` does; False when its source is there."""
    made = _payment(one, now)
    if not RECEIPT_AND_PAYMENT.add(one.receipt, made):
        return False
    _announce([(one.owed, one.split)], now=now)
    return True


def _payment(one: Use, now: datetime) -> Payment:
    return Payment(
        bill=one.owed.bill,
        line=one.line,
        receipt=one.receipt,
        channel=one.receipt.channel if one.receipt else "transfer",
        amount=one.split.principal + one.split.penalty + one.split.excess,
        principal=one.split.principal,
        penalty=one.split.penalty,
        excess=one.split.excess,
        rule=one.rule,
        why=one.why,
        note=one.note,
        paid_on=_day(one),
        matched_at=now,
        matched_by=one.by,
        approved_by=one.approved_by,
    )


def book_lines(lines: Sequence[tuple[int, date, Owed, Split, str, dict[str, Any]]], *, now: datetime) -> None:
    """As `book`, for the bank lines of a whole statement; each is (line id, booking day, what is owed, share, rule, evidence)."""
    copy_in(
        Payment,
        (
            "bill_id", "line_id", "channel", "amount", "principal", "penalty", "excess", "rule", "why", "note", "paid_on",
            "matched_at",
        ),
        (
            (
                owed.bill_id, line, "transfer", split.principal + split.penalty + split.excess, split.principal, split.penalty,
                split.excess, rule, why, "", day, now,
            )
            for line, day, owed, split, rule, why in lines
        ),
    )
    _announce(((owed, split) for _line, _day, owed, split, _rule, _why in lines), now=now)


def _announce(shares: Iterable[tuple[Owed, Split]], *, now: datetime) -> None:
    # A bill that two uses of one call paid is announced once; one that was paid before is not announced again.
    for owed in {owed.bill_id: owed for owed, split in shares if split.principal or split.penalty}.values():
        if owed.amount == 0:
            publish(BillPaid(bill_id=owed.bill_id, about=owed.bill.about, now=now))


def _day(one: Use) -> date:
    return one.receipt.happened_on if one.receipt else one.line.booked_on


def take_back_payment(*, payment_id: int, reason: str, now: datetime, by=None, is_same_money: bool = False) -> Payment:
    """Undo a payment, with the reason: its money stands on the work list again. Refuses what was undone before, and money of
    which so much was given back that less than that would be left.

    Proofs that list it are withdrawn; with `is_same_money` (the same money pays the bill anew at once) that of the whole stays.
    """
    reason = reason_of(reason)
    with transaction.atomic():
        lock_bills(Payment.objects.filter(pk=payment_id).values_list("bill", flat=True))
        first = _standing(Payment.objects.select_for_update(of=("self",)).select_related("bill__office"), payment_id)
        if not is_same_money and is_given_back([first]):
            raise RefundStands(number=first.bill.number)
        made = Payment.objects.create(
            bill=first.bill,
            line_id=first.line_id,
            receipt_id=first.receipt_id,
            channel=first.channel,
            amount=-first.amount,
            principal=-first.principal,
            penalty=-first.penalty,
            excess=-first.excess,
            rule="undone",
            why={"undoes": first.pk},
            note=reason,
            paid_on=first.paid_on,
            matched_at=now,
            matched_by=by,
            undoes=first,
        )
        withdraw_proofs(payment=first, now=now, by=by, is_same_money=is_same_money)
        audit.record(
            action="billing.undo_payment",
            by=by,
            subject=f"billing.bill:{first.bill_id}",
            now=now,
            person=first.bill.payer_id,
            office=first.bill.office.slug,
            facts={"payment": first.pk, "amount": int(first.amount), "reason": reason},
        )
    return made


def is_given_back(payments: Iterable[Payment]) -> bool:
    """Whether without these payments more of a bill, which the caller holds, had been given back than was paid."""
    less: Counter[int] = Counter()
    for payment in payments:
        less[payment.bill_id] += payment.amount
    bills = Bill.objects.filter(pk__in=less).values_list("pk", "paid", "refunded")
    return any(paid - less[pk] < refunded for pk, paid, refunded in bills)


def take_back_settlement(*, settlement_id: int, reason: str, now: datetime, by=None) -> Settlement:
    """Undo a settlement, with the reason: line and receipt are waiting again."""
    reason = reason_of(reason)
    with transaction.atomic():
        first = _standing(Settlement.objects.select_for_update(), settlement_id)
        made = Settlement.objects.create(
            line_id=first.line_id,
            receipt_id=first.receipt_id,
            refund_id=first.refund_id,
            outcome=first.outcome,
            amount=-first.amount,
            rule="undone",
            why={"undoes": first.pk},
            note=reason,
            at=now,
            by=by,
            undoes=first,
        )
        audit.record(
            action="billing.undo_settlement",
            by=by,
            subject=f"billing.settlement:{first.pk}",
            now=now,
            facts={"line": first.line_id, "receipt": first.receipt_id, "amount": str(first.amount), "reason": reason},
        )
    return made


def _standing(facts: QuerySet, key: int):
    """The fact of that key, held by the query; refuses one that is not there, takes another back, or was taken back."""
    first = facts.filter(pk=key).first()
    if first is None or first.undoes_id:
        raise NotFound
    if hasattr(first, "undone_by"):
        raise AlreadyUndone
    return first


def reason_of(note: str) -> str:
    """A reason in words, on one line, at most 300 characters; refuses less than three."""
    note = " ".join(note.replace("\x00", "").split())
    if len(note) < 3:
        raise NoteMissing
    return note[:300]
