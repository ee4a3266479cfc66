"""The treasurer's figures: payments, revenue by day and by account; never writes."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from django.core.cache import cache
from django.db.models import Count, F, QuerySet, Sum

from dgs.core.billing.models import BillLine, Payment

KEEP = 60


def payments_visible(offices: set[int] | None, first: date, last: date) -> QuerySet[Payment]:
    """Payments booked from first to last day, of these offices (None = all), newest first."""
    found = Payment.objects.filter(paid_on__range=(first, last)).select_related(
        "bill__payer", "bill__office", "line__account", "receipt"
    )
    if offices is not None:
        found = found.filter(bill__office__in=offices)
    return found.order_by("-paid_on", "-pk")


def revenue_by_day(first: date, last: date, offices: set[int] | None = None) -> list[tuple[date, Decimal, int]]:
    """For each day from first to last: rupiah applied to bills, less what was taken back, and the number of payments.

    Days without stand as zero.
    """
    found = Payment.objects.filter(paid_on__range=(first, last))
    if offices is not None:
        found = found.filter(bill__office__in=offices)
    sums = {
        row["paid_on"]: (row["sum"], row["count"])
        for row in found.values("paid_on").annotate(sum=Sum("amount"), count=Count("pk")).order_by()
    }
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return [(day, *sums.get(day, (Decimal(0), 0))) for day in days]


def revenue_by_account(first: date, last: date, offices: set[int] | None = None) -> list[dict]:
    """Billed amounts of the bills paid in full between two days, by revenue account, largest first; a minute old at most."""
    key = f"billing-by-account:{first}:{last}:{'all' if offices is None else sorted(offices)}".replace(" ", "")
    if (kept := cache.get(key)) is not None:
        return kept
    bills = Payment.objects.filter(paid_on__range=(first, last), bill__derived__state__in=["paid", "over"])
    if offices is not None:
        bills = bills.filter(bill__office__in=offices)
    found = list(
        BillLine.objects.filter(bill__in=bills.values("bill"))
        .values(code=F("account_id"), name=F("account__name"))
        .annotate(amount=Sum("amount"))
        .order_by("-amount", "code")
    )
    cache.set(key, found, KEEP)
    return found
