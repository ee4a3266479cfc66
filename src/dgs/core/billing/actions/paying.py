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
from django.utils import timezone

from dgs.core.audit import api as audit
from dgs.core.billing.actions.adjusting import adjust, make_room, put_shares_right
from dgs.core.billing.actions.proofs import withdraw_proofs
from dgs.core.billing.errors import AlreadyUndone, NoteMissing, RefundStands
from dgs.core.billing.events import BillPaid
from dgs.core.billing.models import Bill, Payment, Receipt, Settlement, StatementLine
from dgs.core.billing.owing import ZERO, Owed, Split, accrued_on, lock_bills
from dgs.kernel.copying import copy_in
from dgs.kernel.deadlocks import retry_on_deadlock
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


def book(uses: Iterable[Use], *, now: datetime) -> list[Payment]:
    """Write the payments, in one statement, in the caller's transaction; announce each bill that is now paid in full.

    The bills must be held (owing.lock_bills) and owe what `Use.owed` said before its money was taken off. Thousands at
    once are better brought by `book_lines`.
    """
    uses = list(uses)
    made = [_payment(one, now) for one in uses]
    if len(made) == 1:
        PAYMENT.add(made[0])
    else:
        Payment.objects.bulk_create(made)
    shares = [(one.owed, one.split) for one in uses]
    _put_right(shares, now=now)
    _announce(shares, now=now)
    return made


def book_receipt(one: Use, *, now: datetime) -> bool:
    """Write a new receipt and the payment by which it is used in whole, as `book` does; False when its source is there."""
    made = _payment(one, now)
    if not RECEIPT_AND_PAYMENT.add(one.receipt, made):
        return False
    if one.owed.bill.penalty_paid:
        put_shares_right(one.owed.bill_id, now=now)
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
    shares = [(owed, split) for _line, _day, owed, split, _rule, _why in lines]
    _put_right(shares, now=now)
    _announce(shares, now=now)


def _put_right(shares: Sequence[tuple[Owed, Split]], *, now: datetime) -> None:
    """A penalty that was paid may be asked no more by what came now: before it, or earlier among the same uses by a later day."""
    paid = Counter(owed.bill_id for owed, _split in shares)
    with_penalty = {owed.bill_id for owed, split in shares if split.penalty and paid[owed.bill_id] > 1}
    for bill in sorted(with_penalty | {owed.bill_id for owed, _split in shares if owed.bill.penalty_paid}):
        put_shares_right(bill, now=now)


def _announce(shares: Iterable[tuple[Owed, Split]], *, now: datetime) -> None:
    # A bill that two uses of one call paid is announced once; one that was paid before is not announced again.
    for owed in {owed.bill_id: owed for owed, split in shares if split.principal or split.penalty}.values():
        if owed.amount == 0 and not owed.bill.written_off:
            publish(BillPaid(bill_id=owed.bill_id, about=owed.bill.about, now=now))


def _day(one: Use) -> date:
    return one.receipt.happened_on if one.receipt else one.line.booked_on


@retry_on_deadlock
def take_back_payment(*, payment_id: int, reason: str, now: datetime, by=None) -> Payment:
    """Undo a payment, with the reason: its money stands on the work list again. Refuses what was undone before, and money of
    which so much was given back that less than that would be left.

    Proofs that list it are withdrawn.
    """
    reason = reason_of(reason)
    with transaction.atomic():
        lock_bills(Payment.objects.filter(pk=payment_id).values_list("bill", flat=True))
        first = _standing(Payment.objects.select_for_update(of=("self",)).select_related("bill__office"), payment_id)
        if is_given_back([first]):
            raise RefundStands(number=first.bill.number)
        make_room(first.bill_id, penalty=first.penalty, principal=first.amount - first.penalty, now=now, by=by)
        made = _twin(first, reason=reason, now=now, by=by)
        made.save(force_insert=True)
        withdraw_proofs(payment=first, now=now, by=by)
        put_shares_right(first.bill_id, now=now, by=by)
        if first.bill.cancelled_at:
            _ask_no_more(first.bill_id, reason=reason, now=now, by=by)
        _record_undone(first, reason=reason, now=now, by=by)
    return made


def replace_payment(first: Payment, *, receipt: Receipt, rule: str, why: dict[str, Any], reason: str, now: datetime) -> None:
    """The money that paid a held bill was told of by a channel too: the channel's receipt pays in its place, and as much.

    On the earlier of their days, for a message that comes late makes nobody late; a penalty that was not yet asked on that day
    is principal, or beyond the bill. In one statement, so that at no moment less was paid than given back; proofs of the whole
    bill stay, nothing is announced.
    """
    day = min(first.paid_on, receipt.happened_on)
    bill = Bill.objects.get(pk=first.bill_id)
    asked = accrued_on(day, bill.pk) - (bill.penalty_paid - first.penalty)
    penalty = min(first.penalty, max(ZERO, asked))
    lacking = max(ZERO, bill.total + bill.adjusted - bill.principal_paid)
    principal = first.principal + min(first.penalty - penalty, lacking)
    made = Payment(
        bill_id=first.bill_id, receipt=receipt, channel=receipt.channel, amount=first.amount, principal=principal,
        penalty=penalty, excess=first.amount - principal - penalty, rule=rule, why=why | {"replaces": first.pk}, paid_on=day,
        matched_at=now,
    )
    Payment.objects.bulk_create([_twin(first, reason=reason, now=now, by=None), made])
    put_shares_right(first.bill_id, now=now)
    withdraw_proofs(payment=first, now=now, is_same_money=True)
    _record_undone(first, reason=reason, now=now, by=None)


def _twin(first: Payment, *, reason: str, now: datetime, by) -> Payment:
    """What takes a payment back."""
    return Payment(
        bill_id=first.bill_id, line_id=first.line_id, receipt_id=first.receipt_id, channel=first.channel, amount=-first.amount,
        principal=-first.principal, penalty=-first.penalty, excess=-first.excess, rule="undone", why={"undoes": first.pk},
        note=reason, paid_on=first.paid_on, matched_at=now, matched_by=by, undoes=first,
    )


def _record_undone(first: Payment, *, reason: str, now: datetime, by) -> None:
    audit.record(
        action="billing.undo_payment", by=by, subject=f"billing.bill:{first.bill_id}", now=now, person=first.bill.payer_id,
        office=first.bill.office.slug, facts={"payment": first.pk, "amount": int(first.amount), "reason": reason},
    )


def _ask_no_more(bill_id: int, *, reason: str, now: datetime, by) -> None:
    """A cancelled bill asks what was paid of it, and so less once less is paid."""
    bill = Bill.objects.select_related("office").get(pk=bill_id)
    rest = bill.total + bill.adjusted - bill.principal_paid
    if rest > 0:
        adjust(bill, kind="cancellation", amount=-rest, reason=reason, decided_on=timezone.localdate(now), now=now, by=by)


def is_given_back(payments: Iterable[Payment]) -> bool:
    """Whether without these payments more of a bill, which the caller holds, had been given back than was paid."""
    less: Counter[int] = Counter()
    for payment in payments:
        less[payment.bill_id] += payment.amount
    bills = Bill.objects.filter(pk__in=less).values_list("pk", "paid", "refunded")
    return any(paid - less[pk] < refunded for pk, paid, refunded in bills)


@retry_on_deadlock
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
