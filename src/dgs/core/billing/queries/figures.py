"""The treasurer's figures: payments, and what bills brought by day, channel and revenue account; never writes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Count, Q, QuerySet

from dgs.core.billing.models import CHANNELS, Payment, RevenueAccount
from dgs.core.ledger import api as ledger

ZERO = Decimal(0)


def payments_visible(offices: set[int] | None, first: date, last: date) -> QuerySet[Payment]:
    """Payments booked from first to last day, of these offices (None = all), newest first."""
    found = Payment.objects.filter(paid_on__range=(first, last)).select_related(
        "bill__payer", "bill__office", "line__account", "receipt"
    )
    if offices is not None:
        found = found.filter(bill__office__in=offices)
    return found.order_by("-paid_on", "-pk")


def payments_on(day: date, offices: set[int] | None) -> int:
    """How many payments of a day stand."""
    found = Payment.objects.filter(paid_on=day)
    found = found if offices is None else found.filter(bill__office__in=offices)
    # One that was taken back stands on the same day as its twin.
    row = found.aggregate(made=Count("pk", filter=Q(undoes=None)), undone=Count("undoes"))
    return row["made"] - row["undone"]


def revenue_by_day(first: date, last: date, offices: set[int] | None = None) -> list[tuple[date, Decimal]]:
    """For each day from first to last: rupiah applied to bills, less what was taken back; days without stand as nought.

    The day is that of the books: what is heard of a closed day counts on the first open one.
    """
    return Flow.of(first, last, offices).days


@dataclass(frozen=True)
class Flow:
    """What bills brought in a span, in rupiah: for each day, by channel, and in all."""

    days: list[tuple[date, Decimal]]
    channels: list[tuple[str, Decimal]]
    by_day: dict[date, dict[str, Decimal]]

    @classmethod
    def of(cls, first: date, last: date, offices: set[int] | None = None) -> Flow:
        """Read it from the totals of the ledger; one query."""
        by_day: dict[date, dict[str, Decimal]] = {}
        for day, channel, amount in ledger.collected_by_day(first, last, offices):
            by_day.setdefault(day, {})[channel] = amount
        span = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        days = [(day, sum(by_day.get(day, {}).values(), ZERO)) for day in span]
        sums = {code: sum((part.get(code, ZERO) for part in by_day.values()), ZERO) for code, _label in CHANNELS}
        return cls(days, [(str(label), sums[code]) for code, label in CHANNELS if sums[code]], by_day)

    def since(self, day: date) -> Decimal:
        """What came from that day on."""
        return sum((amount for on, amount in self.days if on >= day), ZERO)


def revenue_by_account(first: date, last: date, offices: set[int] | None = None) -> list[tuple[str, str, Decimal]]:
    """What bills brought between two days as (code, name, rupiah) by revenue account, the largest first; two queries."""
    rows = [(code, amount) for code, amount in ledger.collected("revenue", first, last, offices)]
    names = dict(RevenueAccount.objects.filter(pk__in=[code for code, _amount in rows]).values_list("pk", "name"))
    return [(code, names.get(code, code), amount) for code, amount in rows]
