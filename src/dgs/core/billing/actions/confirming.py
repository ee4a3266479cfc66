"""What a payer says about a transfer: taking it down, finding it among the bank's lines, and the answer.

Alone it pays nothing; when a listed line carries its number and amount, that line pays the bill.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dgs.core.audit import api as audit
from dgs.core.billing.actions.paying import book, reason_of, use
from dgs.core.billing.amounts import LIMIT, is_whole
from dgs.core.billing.errors import BillCancelled, BillFullyPaid, ConfirmationWrong
from dgs.core.billing.events import TransferAnswered
from dgs.core.billing.findings import CONFIRMED_DAYS
from dgs.core.billing.models import BankAccount, Bill, Confirmation, StatementLine
from dgs.core.billing.owing import lock_bills, owed_of
from dgs.core.billing.queries.search import incoming_lines_saying
from dgs.core.billing.transfer_numbers import pattern_of, words_where
from dgs.kernel.deadlocks import retry_on_deadlock
from dgs.kernel.errors import NotFound
from dgs.kernel.events import publish
from dgs.kernel.statements import Statement as Query

OLDEST_DAYS = 400
# An import holds its account while it reads what was told and writes its lines. Who holds the accounts too, weakly, waits for
# imports on their way and sees their lines; an import that comes later waits and sees what was told. One always sees the other.
HOLD_ACCOUNTS = Query("SELECT id FROM billing_bankaccount ORDER BY id FOR SHARE")


@retry_on_deadlock
def confirm_transfer(
    *,
    bill: Bill,
    transfer_number: str,
    transferred_at: datetime,
    amount: Decimal,
    channel: str,
    now: datetime,
    sender_bank: str = "",
    sender_name: str = "",
    contact: str = "",
    by=None,
) -> Confirmation:
    """Take down what a payer says: number of the transfer, day and hour, amount in rupiah. What was said before is replaced,
    the very same again changes nothing.

    When the bank line is there already and waits, the bill is paid at once. Refuses times to come and long ago, amounts that
    are not whole rupiah, numbers without a letter or digit, and bills that are paid or cancelled.
    """
    number = "".join(ch for ch in transfer_number if ch.isprintable()).strip()
    if not any(ch.isalnum() for ch in number) or len(number) > 60:
        raise ConfirmationWrong({"transfer_number": [_("Please write the number that stands on the proof of the transfer.")]})
    if not now - timedelta(days=OLDEST_DAYS) <= transferred_at <= now + timedelta(minutes=10):
        raise ConfirmationWrong({"transferred_at": [_("Day and hour of the transfer cannot be right.")]})
    if not is_whole(Decimal(amount)) or not 0 < amount < LIMIT:
        raise ConfirmationWrong({"amount": [_("Please write the amount in whole rupiah.")]})
    with transaction.atomic():
        HOLD_ACCOUNTS.all()  # before the bill, as an import does
        lock_bills([bill.pk])
        owed = owed_of([bill.pk], timezone.localdate(transferred_at))[bill.pk]
        if owed.bill.cancelled_at:
            raise BillCancelled(number=owed.number)
        if not owed.is_payable:
            raise BillFullyPaid(number=owed.number)
        for before in Confirmation.objects.select_for_update().filter(bill=bill.pk, answered_at=None):
            said = (before.transfer_number, before.transferred_at, before.amount, before.channel)
            if said == (number, transferred_at, amount, channel):
                return before
            _answer(before, "replaced", "", now=now, by=by)
        made = Confirmation.objects.create(
            bill=owed.bill,
            channel=channel,
            transfer_number=number,
            transferred_at=transferred_at,
            amount=amount,
            transferred_on=timezone.localdate(transferred_at),
            sender_bank=sender_bank.strip()[:60],
            sender_name=sender_name.strip()[:120],
            contact=contact.strip()[:120],
            at=now,
            by=by,
        )
        audit.record(
            action="billing.confirm_transfer",
            by=by,
            subject=f"billing.bill:{bill.pk}",
            now=now,
            person=owed.bill.payer_id,
            facts={"channel": channel, "amount": int(amount), "day": str(made.transferred_on)},
        )
        line, words = _line_of(made)
        if line is not None:  # what is owed is that of the day of the money, not of the day that was said
            owed = owed_of([bill.pk], line.booked_on)[bill.pk]
        if line is not None and owed.fits(amount):
            why = {"confirmation": made.pk, "transfer_number": number, "words": words, "day": str(line.booked_on)}
            book([use(owed, amount, line=line, rule="confirmed-transfer", why=why)], now=now)
            answer_found(paid=[(bill.pk, amount)], now=now)
            made.refresh_from_db()
    return made


def _line_of(one: Confirmation) -> tuple[StatementLine | None, list[str]]:
    """The listed line that brings what was said, if there is exactly one and nobody else claims it; and the words that say so.

    Whole, same amount, within days, with the number in its text and in no other line's.
    """
    days = timedelta(days=CONFIRMED_DAYS)
    ours = set(BankAccount.objects.values_list("number", flat=True))
    pattern = pattern_of(one.transfer_number, ours)
    if not pattern:
        return None, []
    lines = (
        StatementLine.objects.select_for_update(of=("self",))
        .filter(
            rest=one.amount, amount=one.amount, finding_bill=None,
            booked_on__range=(one.transferred_on - days, one.transferred_on + days),
        )
        .order_by("pk")
    )
    found = [(line, words) for line in lines[:200] if (words := words_where(pattern, f"{line.reference} {line.text}"))]
    if len(found) != 1:
        return None, []
    line, words = found[0]
    others = Confirmation.objects.filter(
        answered_at=None, amount=one.amount, transferred_on__range=(line.booked_on - days, line.booked_on + days)
    ).exclude(pk=one.pk)
    text = f"{line.reference} {line.text}"
    is_claimed = any(words_where(pattern_of(other.transfer_number, ours), text) for other in others)
    if is_claimed or [pk for pk in incoming_lines_saying(words) if pk != line.pk]:
        return None, []
    return line, words


def answer_found(*, paid: Iterable[tuple[int, Decimal]], now: datetime) -> int:
    """Money came for bills (id, rupiah): what payers told of it is answered as found; how many.

    Of a bill that still asks for money only what told of this very amount: another instalment may be on its way.
    """
    amounts: dict[int, set[Decimal]] = {}
    for bill_id, amount in paid:
        amounts.setdefault(bill_id, set()).add(amount)
    waiting = list(Confirmation.objects.select_for_update().filter(bill__in=list(amounts), answered_at=None).order_by("pk"))
    others = [one.bill_id for one in waiting if one.amount not in amounts[one.bill_id]]
    owing = {key for key, owed in owed_of(others, timezone.localdate(now)).items() if owed.is_payable}
    found = [one for one in waiting if one.bill_id not in owing]
    for one in found:
        _answer(one, "found", "", now=now)
    return len(found)


def answer_assigned(*, bill: Bill, confirmation_id: int | None, now: datetime) -> None:
    """A line was applied to a bill by hand: what its payer said of it is answered, of a part of the bill too.

    Without `confirmation_id` nobody compared the line with what was said: it is answered only when the bill is paid.
    """
    one = Confirmation.objects.select_for_update().filter(bill=bill.pk, answered_at=None).first()
    if one is None:
        return
    if one.pk == confirmation_id or not owed_of([bill.pk], timezone.localdate(now))[bill.pk].is_payable:
        _answer(one, "found", "", now=now)


@retry_on_deadlock
def refuse_confirmation(*, confirmation_id: int, answer: str, now: datetime, by) -> Confirmation:
    """Tell a payer that the transfer was not found, and why, in words that help."""
    answer = reason_of(answer)
    with transaction.atomic():
        one = Confirmation.objects.select_for_update().filter(pk=confirmation_id, answered_at=None).first()
        if one is None:
            raise NotFound
        _answer(one, "refused", answer, now=now, by=by)
        audit.record(
            action="billing.refuse_confirmation",
            by=by,
            subject=f"billing.bill:{one.bill_id}",
            now=now,
            facts={"answer": answer},
        )
    return one


def _answer(one: Confirmation, outcome: str, answer: str, *, now: datetime, by=None) -> None:
    one.answered_at, one.outcome, one.answer, one.answered_by = now, outcome, answer, by
    one.save(update_fields=["answered_at", "outcome", "answer", "answered_by"])
    if outcome != "replaced":
        publish(TransferAnswered(confirmation_id=one.pk, bill_id=one.bill_id, about=one.bill.about, outcome=outcome, now=now))
