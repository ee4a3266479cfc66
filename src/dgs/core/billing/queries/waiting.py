"""The work list beside bank lines: channel money without a bill, money a bank told of that has not come, and the reverse.

Never writes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Case, Count, Exists, OuterRef, Q, QuerySet, Sum, Value, When
from django.db.models.fields import CharField
from django.db.models.functions import Cast, Concat
from django.utils.translation import gettext_lazy as _

from dgs.core.billing.models import BankAccount, Noted, Outcome, Payment, Receipt, Refund, StatementLine
from dgs.core.regions import api as regions

WITHDRAW = "withdraw"
UNAPPLIED, OVERDUE, UNTOLD = "unapplied", "overdue", "untold"
KINDS = {
    UNAPPLIED: _("channel money without a bill"),
    OVERDUE: _("told by a channel, not at the bank"),
    UNTOLD: _("at the bank, not told by the channel"),
}
# How far back a payment without the channel's message is shown: after that nobody asks the bank any more.
UNTOLD_DAYS = 60


@dataclass(frozen=True)
class Waiting:
    """How many things of a kind wait, and their rupiah."""

    kind: str
    label: str
    count: int
    amount: Decimal


def unapplied(offices: set[int] | None = None) -> QuerySet[Receipt]:
    """Receipts with money that no bill took, oldest first; of bills of other offices none, without a bill only for all."""
    found = Receipt.objects.exclude(unapplied=0).select_related("bill__payer", "bill__office", "account")
    return _in_reach(found, offices).order_by("happened_on", "pk")


def overdue(today: date, offices: set[int] | None = None) -> QuerySet[Receipt]:
    """Receipts whose money is not at the bank although the bank days of their account have passed, oldest first."""
    late = Q(account=None, happened_on__lt=_cut(today, 2))
    for pk, days in BankAccount.objects.values_list("pk", "settles_in_days"):
        late |= Q(account=pk, happened_on__lt=_cut(today, days))
    found = Receipt.objects.exclude(unsettled=0).filter(late).select_related("bill__payer", "bill__office", "account", "office")
    return _in_reach(found, offices).order_by("happened_on", "pk")


def untold(today: date, offices: set[int] | None = None) -> QuerySet[Payment]:
    """Payments by a bank line that carries a longer number (a virtual account), of which no channel has told in time.

    Only on accounts with virtual accounts; what somebody noted is left out. Oldest first.
    """
    noted = Noted.objects.filter(subject=Concat(Value("billing.payment:"), Cast(OuterRef("pk"), CharField())))
    found = (
        Payment.objects.filter(
            why__has_key="inside", undoes=None, undone_by=None, line__account__has_virtual_accounts=True,
            paid_on__range=(today - timedelta(days=UNTOLD_DAYS), _cut(today, 1) - timedelta(days=1)),
        )
        .exclude(Exists(noted))
        .select_related("bill__payer", "bill__office", "line__account")
    )
    if offices is not None:
        found = found.filter(bill__office__in=offices)
    return found.order_by("paid_on", "pk")


def waiting(kind: str, today: date, offices: set[int] | None = None) -> QuerySet:
    """What waits of one kind: receipts or (UNTOLD) payments."""
    if kind == UNAPPLIED:
        return unapplied(offices)
    return overdue(today, offices) if kind == OVERDUE else untold(today, offices)


def waiting_counts(today: date, offices: set[int] | None = None) -> list[Waiting]:
    """The kinds of which something waits, with number and rupiah; three queries."""
    sums = {UNAPPLIED: "unapplied", OVERDUE: "unsettled", UNTOLD: "amount"}
    found = []
    for kind, field in sums.items():
        row = waiting(kind, today, offices).order_by().aggregate(count=Count("pk"), amount=Sum(field))
        if row["count"]:
            found.append(Waiting(kind, KINDS[kind], row["count"], row["amount"]))
    return found


def receipt_listed(receipt_id: int, offices: set[int] | None) -> Receipt | None:
    """A receipt with its bill, account and shift, when it is in reach of these offices."""
    found = Receipt.objects.filter(pk=receipt_id, undoes=None).select_related(
        "bill__payer", "bill__office", "bill__derived", "account", "office", "shift__office", "shift__cashier", "undone_by"
    )
    return _in_reach(found, offices).first()


def acts_of(receipt: Receipt) -> list[tuple[str, str]]:
    """What may be proposed about a receipt beside applying it to a bill, as (code, label): outcomes, and WITHDRAW.

    Cash is given back from the drawer that took it, by withdrawing the receipt; once it is counted, by transfer.
    """
    acts = []
    is_in_shift = receipt.shift is not None and not receipt.shift.is_closed
    if receipt.unsettled and receipt.channel != "cash":
        acts.append((Outcome.BANK_CHARGES.value, _("The channel kept what is missing as its charge")))
        if receipt.unsettled == receipt.amount:
            kept, never = _("It was not taken to the bank: the treasurer still has the cash"), _(
                "The channel has declared that this money never came"
            )
            acts.append((WITHDRAW, kept if receipt.channel == "deposit" else never))
    if is_in_shift and not hasattr(receipt, "undone_by"):
        acts.append((WITHDRAW, _("The cashier gives the cash back to the payer from the drawer")))
    if receipt.unapplied and not is_in_shift:
        acts.append((Outcome.RETURNED.value, _("It is given back to the payer")))
        acts.append((Outcome.OTHER_INCOME.value, _("It is other income of the region")))
    return acts


def receipts_for(line: StatementLine, offices: set[int] | None, limit: int = 30) -> list[Receipt]:
    """Receipts that wait for their money on the account of an incoming line, those of the nearest days first."""
    if line.rest <= 0:
        return []
    found = Receipt.objects.filter(account=line.account_id).exclude(unsettled=0).select_related("bill", "office")
    near = _in_reach(found.filter(happened_on__lte=line.booked_on + timedelta(days=1)), offices)
    return list(near.order_by("-happened_on", "pk")[:limit])


def refunds_for(line: StatementLine, offices: set[int] | None, limit: int = 30) -> list[Refund]:
    """Refunds that are approved and not paid, which an outgoing line pays in whole or in part: those of its amount first."""
    if line.rest >= 0:
        return []
    found = Refund.objects.exclude(unpaid=0).select_related("bill__payer")
    if offices is not None:
        found = found.filter(bill__office__in=offices)
    fits = Case(When(unpaid=-line.rest, then=Value(0)), default=Value(1))
    return list(found.order_by(fits, "pk")[:limit])


def _in_reach(found: QuerySet[Receipt], offices: set[int] | None) -> QuerySet[Receipt]:
    return found if offices is None else found.filter(Q(bill__office__in=offices) | Q(office__in=offices))


def _cut(today: date, bank_days: int) -> date:
    """The first day that is not yet more than so many bank days ago."""
    day = today
    while regions.working_days_between(day - timedelta(days=1), today) <= bank_days:
        day -= timedelta(days=1)
    return day
