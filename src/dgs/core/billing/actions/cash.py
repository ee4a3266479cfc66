"""Cash at the counter: a cashier's shift, taking cash for a bill, the count, the hand-over to the treasurer, and its deposit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from dgs.core.audit import api as audit
from dgs.core.billing.actions.receipts import receive
from dgs.core.billing.amounts import whole_rupiah
from dgs.core.billing.errors import (
    AlreadyAccepted,
    AlreadyUndone,
    BillAmountWrong,
    CashAmountChanged,
    DepositTooLarge,
    DifferenceUnexplained,
    NoOpenShift,
    NoteMissing,
    NothingToHandOver,
    OwnCash,
    OwnShift,
    ShiftEnded,
    ShiftOpen,
    TenderedTooLittle,
)
from dgs.core.billing.models import BankAccount, CashShift, HandOver, Receipt, ShiftClosing
from dgs.core.billing.owing import hold_bill, owed_of
from dgs.core.billing.queries.cash import treasurer_cash_of
from dgs.core.documents import api as documents
from dgs.kernel.deadlocks import retry_on_deadlock
from dgs.kernel.errors import NotFound
from dgs.ui import formats

NOTES = (100_000, 50_000, 20_000, 10_000, 5_000, 2_000, 1_000, 500, 200, 100)
MOST_PIECES = 100_000
LEAST_WORDS = 3
ZERO = Decimal(0)


@dataclass(frozen=True)
class CashTaken:
    """Cash that was taken: its receipt, and whether this very form had made it before."""

    receipt: Receipt
    is_new: bool


def open_shift(*, office, counter: str, float_amount: Decimal, by, now: datetime) -> CashShift:
    """Begin a shift at a counter with change in the drawer (whole rupiah, 0 or more); ShiftOpen when one is still open."""
    counter = " ".join(counter.replace("\x00", "").split())[:60]
    if not counter:
        raise NoteMissing
    float_amount = whole_rupiah(float_amount, least=0)
    try:
        with transaction.atomic():
            made = CashShift.objects.create(
                office=office, cashier=by, counter=counter, float_amount=float_amount, opened_at=now
            )
            audit.record(
                action="billing.open_shift", by=by, subject=f"billing.cashshift:{made.pk}", now=now, office=office.slug,
                facts={"counter": counter, "float": int(float_amount)},
            )
    except IntegrityError:
        raise ShiftOpen from None
    return made


@retry_on_deadlock
def take_cash(
    *, bill_id: int, amount: Decimal, tendered: Decimal, token: str, by, now: datetime, paid_before: Decimal | None = None
) -> CashTaken:
    """Take cash for a bill in the cashier's open shift: exactly what is left to pay today; the change is tendered - amount.

    `amount` is what the cashier saw, `paid_before` what had been paid of the bill then (of equal instalments the next asks the
    same), `token` names the form: the same form sent twice is one receipt. Refuses without an open shift, when the bill asks
    something else meanwhile, is paid or cancelled, and when too little is given.
    """
    tendered = whole_rupiah(tendered, least=0)
    with transaction.atomic():
        shift = _own_open_shift(by)
        source = f"cash:{shift.pk}:{token}"[:120]
        there = Receipt.objects.filter(source=source).first()
        if there is not None:
            return CashTaken(there, is_new=False)
        if tendered < amount:
            raise TenderedTooLittle(missing=formats.rupiah(amount - tendered))
        if paid_before is not None:
            owed = hold_bill(timezone.localdate(now), bill_id=bill_id)
            if owed is not None and owed.is_payable and owed.bill.paid != paid_before:
                raise CashAmountChanged(number=owed.number, amount=formats.rupiah(owed.asked.amount))
        number = f"K{shift.pk:05d}-{shift.receipts.count() + 1:04d}"
        try:
            received = receive(
                channel="cash", source=source, bill_id=bill_id, amount=amount, reference=number, happened_at=now, now=now,
                strict=True, shift=shift, tendered=tendered, by=by,
            )
        except BillAmountWrong:
            owed = owed_of([bill_id], timezone.localdate(now))[bill_id]
            raise CashAmountChanged(number=owed.number, amount=formats.rupiah(owed.amount)) from None
        return CashTaken(Receipt.objects.get(pk=received.receipt_id), is_new=True)


@retry_on_deadlock
def close_shift(*, notes: Mapping[int, int], reason: str, by, now: datetime) -> ShiftClosing:
    """Close the cashier's open shift by a count: how many pieces of each of NOTES lie in the drawer, the float included.

    What differs from float and receipts needs a reason, else DifferenceUnexplained; it is booked as a cash difference.
    """
    reason = _words(reason)
    with transaction.atomic():
        shift = _own_open_shift(by)
        difference = _difference(shift, notes)
        if difference and len(reason) < LEAST_WORDS:
            raise DifferenceUnexplained(difference=formats.rupiah(difference))
        return _close(shift, notes, difference, reason=reason, by=by, now=now)


@retry_on_deadlock
def close_shift_for(
    *, shift_id: int, notes: Mapping[int, int], reason: str, seen: Decimal | None, by, now: datetime
) -> ShiftClosing:
    """Close the shift of a cashier who cannot, by the count of another person, and hand its cash over in the same moment.

    `reason` says why the cashier does not close it, `seen` is the difference that the person was told of: another one is said
    first (DifferenceUnexplained). Another person accepts the cash, be it none: nobody is believed alone.
    """
    reason = _words(reason)
    if len(reason) < LEAST_WORDS:
        raise NoteMissing
    with transaction.atomic():
        shift = CashShift.objects.select_for_update(of=("self",)).select_related("office").filter(pk=shift_id).first()
        if shift is None:
            raise NotFound
        if shift.cashier_id == by.pk:
            raise OwnShift
        if shift.is_closed:
            raise ShiftEnded
        difference = _difference(shift, notes)
        if difference and difference != seen:
            raise DifferenceUnexplained(difference=formats.rupiah(difference), exactly=int(difference))
        made = _close(shift, notes, difference, reason=reason, by=by, now=now)
        _give(shift, max(made.expected + difference, ZERO), by=by, now=now)
    return made


@retry_on_deadlock
def hand_over(*, shift_id: int, by, now: datetime) -> HandOver:
    """Hand the cash of one's own closed shift (what was counted less the float) to the treasurer; twice is once."""
    with transaction.atomic():
        shift = (
            CashShift.objects.select_for_update(of=("self",))
            .select_related("office", "closing")
            .filter(pk=shift_id, cashier=by, is_closed=True)
            .first()
        )
        if shift is None:
            raise NotFound
        there = HandOver.objects.filter(shift=shift).first()
        if there is not None:
            return there
        amount = shift.closing.expected + shift.closing.difference
        if amount <= 0:
            raise NothingToHandOver
        return _give(shift, amount, by=by, now=now)


@retry_on_deadlock
def accept_hand_over(*, hand_over_id: int, counted: Decimal, note: str = "", by, now: datetime) -> HandOver:
    """Another person has counted the cash and accepts it; from then on what was counted is the treasurer's.

    A difference needs its reason (`note`), else DifferenceUnexplained, and is booked. Refuses who gave the cash.
    """
    counted, note = whole_rupiah(counted, least=0), _words(note)
    with transaction.atomic():
        found = (
            HandOver.objects.select_for_update(of=("self",)).select_related("shift__office").filter(pk=hand_over_id).first()
        )
        if found is None:
            raise NotFound
        if found.accepted_at:
            raise AlreadyAccepted
        if by.pk == found.given_by_id:
            raise OwnCash
        difference = counted - found.amount
        if difference and len(note) < LEAST_WORDS:
            raise DifferenceUnexplained(difference=formats.rupiah(difference))
        found.accepted_by, found.accepted_at, found.counted, found.note = by, now, counted, note
        found.save(update_fields=["accepted_by", "accepted_at", "counted", "note"])
        audit.record(
            action="billing.accept_hand_over", by=by, subject=f"billing.cashshift:{found.shift_id}", now=now,
            office=found.shift.office.slug, facts={"amount": int(found.amount), "counted": int(counted), "note": note},
        )
    return found


@retry_on_deadlock
def deposit(*, office, amount: Decimal, account: BankAccount, token: str, by, now: datetime) -> Receipt:
    """Take an office's cash to the bank under a number STS-year-sequence, by which the bank line is recognised later.

    The same `token` twice is one deposit; AlreadyUndone when that was withdrawn. Refuses more than the ledger says the treasurer
    holds for the office; the database refuses it too, one deposit after the other.
    """
    amount = whole_rupiah(amount)
    source = f"deposit:{office.pk}:{token}"[:120]
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"billing:treasurer_cash:{office.pk}"])
        there = Receipt.objects.filter(source=source).first()
        if there is not None:
            if hasattr(there, "undone_by"):
                raise AlreadyUndone
            return there
        held = treasurer_cash_of(office.pk)
        if amount > held:
            raise DepositTooLarge(office=office.name, held=formats.rupiah(held))
        year = timezone.localdate(now).year
        number = f"STS-{year}-{documents.next_number(f'billing:deposit:{year}'):05d}"
        received = receive(
            channel="deposit", source=source, bill_id=None, amount=amount, reference=number, happened_at=now, now=now,
            account=account, office=office, by=by,
        )
    return Receipt.objects.get(pk=received.receipt_id)


def _own_open_shift(by) -> CashShift:
    """The cashier's open shift, held: receipts, their numbers and the closing of one shift come one after the other."""
    shift = (
        CashShift.objects.select_for_update(of=("self",)).select_related("office").filter(cashier=by, is_closed=False).first()
    )
    if shift is None:
        raise NoOpenShift
    return shift


def _words(reason: str) -> str:
    return " ".join(reason.replace("\x00", "").split())[:300]


def _counted(notes: Mapping[int, int]) -> Decimal:
    """What so many pieces of each note and coin are worth; BillAmountWrong when nobody can have counted so many."""
    if any(not 0 <= count <= MOST_PIECES for count in notes.values()):
        raise BillAmountWrong
    return Decimal(sum(value * int(notes.get(value, 0)) for value in NOTES))


def _difference(shift: CashShift, notes: Mapping[int, int]) -> Decimal:
    """By how much the count is more (or less) than the float and the receipts of a shift that is held."""
    return _counted(notes) - shift.float_amount - sum(shift.receipts.values_list("amount", flat=True), ZERO)


def _close(shift: CashShift, notes: Mapping[int, int], difference: Decimal, *, reason: str, by, now: datetime) -> ShiftClosing:
    counted = _counted(notes)
    expected = counted - shift.float_amount - difference
    made = ShiftClosing.objects.create(
        shift=shift, notes={str(value): int(notes.get(value, 0)) for value in NOTES}, counted=counted, expected=expected,
        difference=difference, reason=reason, at=now, by=by,
    )
    audit.record(
        action="billing.close_shift", by=by, subject=f"billing.cashshift:{shift.pk}", now=now, office=shift.office.slug,
        facts={
            "cashier": shift.cashier_id, "counted": int(counted), "expected": int(expected), "difference": int(difference),
            "reason": reason,
        },
    )
    return made


def _give(shift: CashShift, amount: Decimal, *, by, now: datetime) -> HandOver:
    made = HandOver.objects.create(shift=shift, amount=amount, given_by=by, given_at=now)
    audit.record(
        action="billing.hand_over", by=by, subject=f"billing.cashshift:{shift.pk}", now=now, office=shift.office.slug,
        facts={"amount": int(amount)},
    )
    return made
