"""Money that a channel reports: taking it in once, applying it to its bill, and its withdrawal.

Channels speak to it by api.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from dgs.core.audit import api as audit
from dgs.core.billing.actions import paying
from dgs.core.billing.actions.confirming import answer_found
from dgs.core.billing.amounts import whole_rupiah
from dgs.core.billing.errors import BillAmountWrong, BillCancelled, BillFullyPaid, CashCounted
from dgs.core.billing.models import BankAccount, CashShift, Payment, Receipt, Settlement
from dgs.core.billing.owing import Owed, hold_bill, lock_bills, owed_of
from dgs.kernel.deadlocks import retry_on_deadlock
from dgs.kernel.errors import NotFound
from dgs.kernel.transactions import joined

SAME_MONEY_DAYS = 3
# The rules by which a line pays a bill by itself.
BY_ITSELF = ("code-and-amount", "code-and-remaining", "code-and-instalment")


@dataclass(frozen=True)
class Received:
    """What became of a channel's message: the receipt, whether it is new, what is left to pay of its bill (None = no bill)."""

    receipt_id: int
    is_new: bool
    bill_id: int | None
    owed: Owed | None


@retry_on_deadlock
def receive(
    *,
    channel: str,
    source: str,
    bill_id: int | None,
    amount: Decimal,
    reference: str,
    happened_at: datetime,
    now: datetime,
    account: BankAccount | None = None,
    text: str = "",
    strict: bool = False,
    shift=None,
    office=None,
    tendered: Decimal | None = None,
    by=None,
    code: str = "",
) -> Received:
    """Take in money that a channel says it has for us, and apply it to the bill. The same `source` twice is one receipt.

    The bill is named by its id, or (`bill_id` None) by its payment `code`; NotFound when there is none of that code.
    `strict`: only exactly what may be paid (Owed.payable on the day of `happened_at`) of a bill that is neither cancelled nor
    paid, else BillCancelled, BillFullyPaid or BillAmountWrong, and nothing is written. Without it nothing is
    refused, because the money is already taken: what fits the bill is applied, anything else stands whole on the work list.
    Amounts are whole rupiah above zero and below 1 trillion, always. `shift` and `tendered` are of cash, `office` of a deposit
    (whose cash goes to the bank; the database refuses more than its treasurer holds).
    """
    amount = whole_rupiah(amount)
    # All refusals come before anything is written.
    day = timezone.localdate(happened_at)
    with joined():
        owed = hold_bill(day, bill_id=bill_id, code=code) if code or bill_id is not None else None
        if owed is None and (code or bill_id is not None):
            raise NotFound
        return _receive(
            channel=channel,
            source=source,
            owed=owed,
            day=day,
            amount=amount,
            reference=reference[:80],
            happened_at=happened_at,
            now=now,
            account=account,
            text=text[:300],
            strict=strict,
            shift=shift,
            office=office,
            tendered=tendered,
            by=by,
        )


def _receive(
    *, channel, source, owed, day, amount, reference, happened_at, now, account, text, strict, shift, office, tendered, by
) -> Received:
    """The bill is held. That the source is new shows when the receipt is written, or before anything is refused."""
    bill_id, same = owed.bill_id if owed else None, None
    fits = owed.fits(amount) if owed is not None else None
    if fits is None:
        there = Receipt.objects.filter(source=source).first()
        if there is not None:
            return _again(there)
    # Of equal instalments the message about the first must not pay the second: the line that brought it may be there already.
    if owed is not None and (fits is None or owed.parts):
        same = _same_money(owed.bill_id, amount, account, day) if channel in {"va", "qris"} else None
        if not fits and strict and same is None:
            if owed.bill.cancelled_at:
                raise BillCancelled(number=owed.number)
            if not owed.is_payable:
                raise BillFullyPaid(number=owed.number)
            raise BillAmountWrong
    receipt = Receipt(
        source=source,
        channel=channel,
        bill_id=bill_id,
        account=account,
        shift=shift,
        office=office,
        amount=amount,
        tendered=tendered,
        reference=reference,
        text=text,
        happened_at=happened_at,
        happened_on=day,
        received_at=now,
        unapplied=amount,
        unsettled=amount,
    )
    why = {"code": owed.payment_code, "owed": int(owed.amount), "day": str(day)} if owed else {}
    if fits is not None and same is None:
        use = paying.use(owed, amount, receipt=receipt, rule=_rule(owed, amount), why=why, by=by)
        is_new = paying.book_receipt(use, now=now)
    else:
        is_new = paying.RECEIPT.add(receipt)
    if not is_new:
        return _again(Receipt.objects.get(source=source))
    if same is not None:
        # The bank line of this very money came first and paid the bill. Now the message pays, and the line brings its money.
        paying.replace_payment(
            same, receipt=receipt, rule=same.rule, why=why | {"line": same.line_id}, reason=f"Pesan kanal {channel} menyusul",
            now=now,
        )
        owed = owed_of([bill_id], day)[bill_id]
        Settlement.objects.create(
            line_id=same.line_id, receipt=receipt, amount=amount, rule="line-came-first", why={"payment": same.pk}, at=now
        )
    if owed is not None and owed.is_told and (fits is not None or same is not None):
        answer_found(paid=[(owed.bill_id, amount)], now=now)
    audit.record(
        action="billing.receive",
        by=by,
        subject=f"billing.receipt:{receipt.pk}",
        now=now,
        person=owed.bill.payer_id if owed else None,
        facts={
            "channel": channel,
            "amount": int(amount),
            "bill": owed.number if owed else None,
            "applied": fits is not None or same is not None,
        },
    )
    return Received(receipt.pk, True, bill_id, owed)


def _rule(owed, amount: Decimal) -> str:
    found = owed.fits(amount)
    return "code-and-amount" if found is None or found.number is None else "code-and-instalment"


def _same_money(bill_id: int, amount: Decimal, account: BankAccount | None, day) -> Payment | None:
    """A payment straight from a bank line that is the money of this message: same bill, amount and account, within days."""
    if account is None:
        return None
    return (
        Payment.objects.filter(
            bill=bill_id,
            amount=amount,
            line__account=account,
            undoes=None,
            undone_by=None,
            rule__in=BY_ITSELF,
            paid_on__range=(day - timedelta(days=SAME_MONEY_DAYS), day + timedelta(days=SAME_MONEY_DAYS)),
            line__amount=amount,
        )
        .select_related("bill__office")
        .order_by("pk")
        .first()
    )


@retry_on_deadlock
def withdraw(*, source: str, reason: str, now: datetime, by=None) -> Received | None:
    """The money of a receipt went back, or never came: its payments are undone and it is withdrawn. None when unknown.

    Twice is once. Money that was already found at the bank, explained or given back is not withdrawn: the bank's line is listed
    when it takes it back, and money that never comes stands on the work list. Cash goes back to the payer from the drawer of the
    shift that took it, as long as that is open (CashCounted); a deposit that was not made stays the treasurer's cash.
    """
    with transaction.atomic():
        shift = CashShift.objects.select_for_update(of=("self",)).filter(receipts__source=source, receipts__undoes=None).first()
        pairs = Receipt.objects.filter(source=source, undoes=None).values_list("bill", "payments__bill")
        bills = {bill for pair in pairs for bill in pair}
        lock_bills(bills - {None})
        first = Receipt.objects.select_for_update().filter(source=source, undoes=None).first()
        if first is None:
            return None
        is_explained = first.settlements.filter(line=None, undoes=None, undone_by=None).exists()
        payments = list(first.payments.filter(undoes=None, undone_by=None))
        is_explained = is_explained or paying.is_given_back(payments)
        is_whole = first.channel == "cash" or first.unsettled == first.amount
        if not hasattr(first, "undone_by") and is_whole and not is_explained:
            if shift is not None and shift.is_closed:
                raise CashCounted(number=first.reference)
            for payment in payments:
                paying.take_back_payment(payment_id=payment.pk, reason=reason, now=now, by=by)
            Receipt.objects.create(
                source=f"{source}:withdrawn"[:120],
                channel=first.channel,
                bill_id=first.bill_id,
                account_id=first.account_id,
                shift_id=first.shift_id,
                office_id=first.office_id,
                amount=-first.amount,
                reference=first.reference,
                text=paying.reason_of(reason),
                happened_at=now,
                happened_on=timezone.localdate(now),
                received_at=now,
                unapplied=0,
                unsettled=0,
                undoes=first,
            )
            audit.record(
                action="billing.withdraw",
                by=by,
                subject=f"billing.receipt:{first.pk}",
                now=now,
                facts={"amount": int(first.amount), "reason": reason[:200]},
            )
        return _again(first, is_new=True)


def _again(receipt: Receipt, is_new: bool = False) -> Received:
    owed = owed_of([receipt.bill_id], receipt.happened_on).get(receipt.bill_id) if receipt.bill_id else None
    return Received(receipt.pk, is_new, receipt.bill_id, owed)
