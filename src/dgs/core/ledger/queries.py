"""Reading the books from the totals by day: balances, what was collected by a dimension, the journal; never writes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Exists, F, OuterRef, QuerySet, Sum

from dgs.core.ledger.models import Account, Closing, Entry, Posting, Total
from dgs.core.organisations import api as organisations

ZERO = Decimal(0)
DIMENSIONS = ("revenue", "office", "region", "channel")


@dataclass(frozen=True)
class Balance:
    """An account over a time: what it held before, debit, credit, and what it holds after. In rupiah, debit positive."""

    account: Account
    before: Decimal
    debit: Decimal
    credit: Decimal

    @property
    def after(self) -> Decimal:
        """What it holds at the end."""
        return self.before + self.debit - self.credit


def _seen(offices: set[int] | None) -> QuerySet[Total]:
    return Total.objects.all() if offices is None else Total.objects.filter(office__in=offices)


def balances(first: date, last: date, offices: set[int] | None = None) -> list[Balance]:
    """Every account from the first to the last day, in the order of the chart; those never used stand with noughts."""
    before = dict(
        _seen(offices).filter(booked_on__lt=first).values_list("account").annotate(sum=Sum(F("debit") - F("credit"))).order_by()
    )
    within = {
        code: (debit, credit)
        for code, debit, credit in _seen(offices)
        .filter(booked_on__range=(first, last))
        .values_list("account")
        .annotate(debit=Sum("debit"), credit=Sum("credit"))
        .order_by()
    }
    return [
        Balance(account, before.get(account.code, ZERO), *within.get(account.code, (ZERO, ZERO)))
        for account in Account.objects.order_by("order")
    ]


OF_BILLS = ("receivable", "penalty", "overpaid")


def collected(by: str, first: date, last: date, offices: set[int] | None = None) -> list[tuple[str, Decimal]]:
    """What bills brought from the first to the last day, penalties with it, by revenue account, office, region or channel.

    What was taken back counts against it. Pairs of a name and rupiah, the largest first.
    """
    if by == "region":
        found, amount = Posting.objects.all(), -F("amount")
        found = found if offices is None else found.filter(office__in=offices)
    else:
        found, amount = _seen(offices), F("credit") - F("debit")
    found = found.filter(booked_on__range=(first, last), account__in=OF_BILLS).exclude(channel="")
    rows = found.values_list(by).annotate(sum=Sum(amount)).exclude(sum=0).order_by("-sum", by)
    names = {one.pk: one.name for one in organisations.offices()} if by == "office" else {}
    return [(str(names.get(key, key) or "–"), amount) for key, amount in rows]


def collected_by_day(first: date, last: date, offices: set[int] | None = None) -> list[tuple[date, str, Decimal]]:
    """What bills brought on each day by each channel, as (day, channel, rupiah) in the order of days; nothing for empty days."""
    found = _seen(offices).filter(booked_on__range=(first, last), account__in=OF_BILLS).exclude(channel="")
    rows = found.values_list("booked_on", "channel").annotate(sum=Sum(F("credit") - F("debit"))).exclude(sum=0)
    return list(rows.order_by("booked_on", "channel"))


def collected_by_revenue(day: date, offices: set[int] | None = None) -> list[tuple[int, str, str, str, Decimal]]:
    """What bills brought on one day as (office id, revenue account, account of the ledger, channel, rupiah)."""
    found = _seen(offices).filter(booked_on=day, account__in=OF_BILLS).exclude(channel="")
    rows = found.values_list("office", "revenue", "account", "channel").annotate(sum=Sum(F("credit") - F("debit")))
    return list(rows.exclude(sum=0).order_by("office", "revenue", "account", "channel"))


def held(through: date, accounts: Iterable[str], offices: set[int] | None = None) -> dict[str, Decimal]:
    """What accounts hold at the end of a day, debit positive, in rupiah; those never used are not in it. Two queries at most.

    Of the whole books it goes on from the last closing before that day, whose balances hold for ever.
    """
    wanted = list(accounts)
    found = _seen(offices).filter(booked_on__lte=through, account__in=wanted)
    closed = Closing.objects.filter(through__lte=through).order_by("-through", "-pk").first() if offices is None else None
    base = {code: Decimal(closed.figures.get(code, 0)) for code in wanted if code in closed.figures} if closed else {}
    if closed:
        found = found.filter(booked_on__gt=closed.through)
    rows = dict(found.values_list("account").annotate(sum=Sum(F("debit") - F("credit"))).order_by())
    return {code: base.get(code, ZERO) + rows.get(code, ZERO) for code in wanted if code in base or code in rows}


def closed_through() -> date | None:
    """The last day that is closed, or None."""
    return Closing.objects.order_by("-through").values_list("through", flat=True).first()


def closings(limit: int = 12) -> list[Closing]:
    """The latest closings."""
    return list(Closing.objects.select_related("by").order_by("-through", "kind")[:limit])


def journal(first: date, last: date, offices: set[int] | None = None) -> Iterator[list]:
    """The postings of these days as rows for a regional finance system, in the order they were made.

    Entry, day, kind and number of the fact, account, chart code, revenue account, office, region, channel, debit, credit, text.
    """
    found = Posting.objects.filter(booked_on__range=(first, last)).select_related("entry", "account", "office")
    if offices is not None:
        found = found.filter(office__in=offices)
    for one in found.order_by("booked_on", "entry", "pk").iterator(chunk_size=5000):
        yield [
            one.entry_id,
            one.booked_on,
            one.entry.kind,
            one.entry.source,
            one.account.name,
            one.account.chart_code,
            one.revenue,
            one.office.name if one.office else "",
            one.region,
            one.channel,
            max(one.amount, ZERO),
            max(-one.amount, ZERO),
            one.entry.text,
        ]


def entries_without_postings(limit: int = 20) -> list[Entry]:
    """Entries that say nothing, the oldest first; there should be none. Reads all entries: for an audit, not for a page.

    The database does not refuse them: a check of each entry at the end of its transaction makes writing 100,000 entries take
    about a sixth longer.
    """
    empty = ~Exists(Posting.objects.filter(entry=OuterRef("pk")))
    return list(Entry.objects.filter(empty).order_by("pk")[:limit])


def last_whole_day(today: date) -> date:
    """The day that can be closed at the latest: yesterday."""
    return today - timedelta(days=1)
