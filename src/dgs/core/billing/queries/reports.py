"""The treasurer's reports: what a day brought and where it is, and what is owed by how long; never writes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.core.cache import cache
from django.db import connection

from dgs.core.billing.models import CHANNELS, Receipt, RevenueAccount
from dgs.core.ledger import api as ledger
from dgs.core.organisations import api as organisations

ZERO = Decimal(0)
CASH = ("counter_cash", "treasurer_cash", "transit")
KEEP = 60


@dataclass(frozen=True)
class Collected:
    """What one day brought under one revenue account of one office, by channel, in rupiah; penalties stand for themselves."""

    office: str
    revenue: str
    name: str
    by_channel: dict[str, Decimal]

    @property
    def amount(self) -> Decimal:
        """All channels together."""
        return sum(self.by_channel.values(), ZERO)


@dataclass(frozen=True)
class DayReport:
    """A day of a treasurer who takes money in (bendahara penerimaan): what was collected, deposited, and is still held.

    `held` is what lies in counters' drawers, with the treasurer, and on its way to the bank at the end of the day, in rupiah.
    """

    day: date
    rows: list[Collected]
    channels: list[tuple[str, str, Decimal]]
    deposits: list[Receipt]
    held: dict[str, Decimal]
    is_closed: bool

    @property
    def amount(self) -> Decimal:
        """What was collected."""
        return sum((row.amount for row in self.rows), ZERO)


def day_report(day: date, offices: set[int] | None = None) -> DayReport:
    """What a day brought by office and revenue account, and its deposits; six queries."""
    found: dict[tuple[int, str], dict[str, Decimal]] = {}
    for office, revenue, account, channel, amount in ledger.collected_by_revenue(day, offices):
        key = (office, revenue if account != "overpaid" else "overpaid")
        part = found.setdefault(key, {})
        part[channel] = part.get(channel, ZERO) + amount
    names = {one.pk: one.name for one in organisations.offices().filter(pk__in={office for office, _r in found})}
    titles = dict(RevenueAccount.objects.filter(pk__in={revenue for _o, revenue in found}).values_list("pk", "name"))
    rows = [
        Collected(str(names.get(office, "–")), "" if revenue == "overpaid" else revenue, titles.get(revenue, ""), part)
        for (office, revenue), part in found.items()
    ]
    rows.sort(key=lambda row: (row.office, row.revenue == "", row.revenue))
    totals = {code: sum((row.by_channel.get(code, ZERO) for row in rows), ZERO) for code, _label in CHANNELS}
    channels = [(code, str(label), totals[code]) for code, label in CHANNELS if totals[code]]
    deposits = Receipt.objects.filter(channel="deposit", happened_on=day, undoes=None)
    deposits = deposits.select_related("office", "account", "undone_by")
    if offices is not None:
        deposits = deposits.filter(office__in=offices)
    held = ledger.held(day, CASH, offices)
    closed = ledger.closed_through()
    return DayReport(
        day, rows, channels, list(deposits.order_by("pk")), {code: held.get(code, ZERO) for code in CASH},
        closed is not None and day <= closed,
    )


def cash_held(day: date) -> dict[str, Decimal]:
    """Cash in drawers, with the treasurers, on its way to the bank, and money nobody has explained; all offices, in rupiah."""
    held = ledger.held(day, (*CASH, "unidentified"))
    return {code: held.get(code, ZERO) for code in CASH} | {"unidentified": -held.get("unidentified", ZERO)}


# Days late at which a column begins; before the first stands what is not due yet, the last column has no end.
AGES = (1, 31, 61, 91, 366, 731, 1826)
# The index of open bills knows only a bill's own due day. Of the few that are paid in parts the standing says which one counts:
# those are taken from where that scan put them to where they belong.
OPEN = "b.cancelled_at IS NULL AND b.principal_paid < b.total + b.adjusted AND (%(all)s OR b.office_id = ANY(%(offices)s))"
AGEING = f"""
WITH planned AS MATERIALIZED (
  SELECT b.office_id, b.due_on AS own, s.due_on AS next, b.total + b.adjusted - b.principal_paid AS amount
  FROM billing_bill b JOIN billing_standing_on(%(day)s) s ON s.bill_id = b.id
  WHERE b.id IN (SELECT bill_id FROM billing_instalment) AND {OPEN}
), one AS (
  SELECT b.office_id, b.due_on, count(*) AS count, sum(b.total + b.adjusted - b.principal_paid) AS amount
  FROM billing_bill b WHERE {OPEN} GROUP BY 1, 2
  UNION ALL SELECT office_id, own, -1, -amount FROM planned
  UNION ALL SELECT office_id, next, 1, amount FROM planned
)
SELECT office_id, width_bucket(%(day)s::date - due_on, %(ages)s::integer[]) AS age, sum(count)::bigint, sum(amount)
FROM one GROUP BY 1, 2 HAVING sum(count) <> 0
"""  # noqa: S608 - our own words


@dataclass(frozen=True)
class Ageing:
    """Open principal of one office by how long it is late; `amounts` and `counts` go with reports.AGES: not due yet first."""

    office: str
    amounts: list[Decimal]
    counts: list[int]

    @property
    def amount(self) -> Decimal:
        """All ages together."""
        return sum(self.amounts, ZERO)


def receivables(day: date, offices: set[int] | None = None) -> list[Ageing]:
    """What bills still ask of their principal, by office and days late, the largest first; penalties are not in it.

    One scan of the index of open bills; a minute old at most. A bill in parts counts in whole from its next open part, as its
    standing says.
    """
    key = f"billing-ageing:{day}:{'all' if offices is None else sorted(offices)}".replace(" ", "")
    if (kept := cache.get(key)) is not None:
        return kept
    with connection.cursor() as cursor:
        cursor.execute(AGEING, {
            "day": day, "ages": list(AGES), "all": offices is None, "offices": sorted(offices or ()),
        })
        rows = cursor.fetchall()
    found: dict[int, Ageing] = {}
    names = {one.pk: one.name for one in organisations.offices().filter(pk__in={row[0] for row in rows})}
    for office, age, count, amount in rows:
        one = found.setdefault(office, Ageing(str(names.get(office, "–")), [ZERO] * (len(AGES) + 1), [0] * (len(AGES) + 1)))
        one.amounts[age] += amount
        one.counts[age] += count
    sorted_ = sorted(found.values(), key=lambda one: -one.amount)
    cache.set(key, sorted_, KEEP)
    return sorted_
