"""Reading what payers say of transfers and nobody has answered, and which bank lines it might be; never writes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from django.db import connection
from django.db.models import BooleanField, Case, Count, Q, QuerySet, Value, When

from dgs.core.billing.findings import CONFIRMED_DAYS
from dgs.core.billing.models import BankAccount, Confirmation, Proposal, StatementLine
from dgs.core.billing.transfer_numbers import pattern_of
from dgs.core.regions import api as regions

BANK_DAYS = 3
MOST_LINES = 5
# Of each confirmation the nearest listed lines over its amount; those that carry its number first.
CANDIDATES = """
SELECT c.id, l.id, l.has_number
FROM unnest(%(ids)s::bigint[], %(amounts)s::numeric[], %(days)s::date[], %(numbers)s::text[]) AS c (id, amount, day, number)
CROSS JOIN LATERAL (
  SELECT l.id, c.number <> '' AND upper(l.reference || ' ' || l.text) ~ c.number AS has_number
  FROM billing_statementline l LEFT JOIN billing_bill b ON b.id = l.finding_bill_id
  WHERE l.rest <> 0 AND l.rest = c.amount AND l.booked_on BETWEEN c.day - %(back)s AND c.day + %(on)s
    AND (b.id IS NULL OR %(all)s OR b.office_id = ANY(%(reach)s))
  ORDER BY 2 DESC, abs(l.booked_on - c.day), l.id LIMIT %(most)s
) AS l
"""


def overdue_before(today: date) -> date:
    """The last day of a transfer after which the bank has had its days: 3 working days have gone by since."""
    day = today
    while regions.working_days_between(day, today) <= BANK_DAYS:
        day -= timedelta(days=1)
    return day


def open_confirmations(offices: set[int] | None, today: date, age: str = "") -> QuerySet[Confirmation]:
    """What waits for an answer, of these offices' bills (None = all): overdue ones first, then oldest first.

    `age`: "" all, "lewat" only overdue ones, "baru" only the others. `is_overdue` is on each.
    """
    found = Confirmation.objects.filter(answered_at=None).select_related("bill__office", "bill__derived", "by")
    if offices is not None:
        found = found.filter(bill__office__in=offices)
    overdue = Q(transferred_on__lte=overdue_before(today))
    if age:
        found = found.filter(overdue if age == "lewat" else ~overdue)
    return found.annotate(
        is_overdue=Case(When(overdue, then=Value(True)), default=Value(False), output_field=BooleanField())
    ).order_by("-is_overdue", "at", "pk")


def confirmation_counts(offices: set[int] | None, today: date) -> tuple[int, int]:
    """How many wait, and how many of them are overdue."""
    found = Confirmation.objects.filter(answered_at=None)
    if offices is not None:
        found = found.filter(bill__office__in=offices)
    counts = found.aggregate(all=Count("pk"), late=Count("pk", filter=Q(transferred_on__lte=overdue_before(today))))
    return counts["all"], counts["late"]


def candidate_lines(
    confirmations: Iterable[Confirmation], offices: set[int] | None
) -> dict[int, list[tuple[StatementLine, bool]]]:
    """For each confirmation the listed bank lines that might bring it, best first; those in reach only.

    Same amount, untouched, booked from 3 days before to 7 days after the day that was said; with each, whether the number of
    the transfer stands in the bank's text. Three queries.
    """
    rows = list(confirmations)
    if not rows:
        return {}
    ours = set(BankAccount.objects.values_list("number", flat=True))
    values = {
        "ids": [one.pk for one in rows], "amounts": [one.amount for one in rows], "days": [one.transferred_on for one in rows],
        "numbers": [pattern_of(one.transfer_number, ours) for one in rows],
        "back": CONFIRMED_DAYS, "on": 7, "most": MOST_LINES, "all": offices is None, "reach": sorted(offices or ()),
    }
    with connection.cursor() as cursor:
        cursor.execute(CANDIDATES, values)
        pairs = cursor.fetchall()
    lines = StatementLine.objects.select_related("account").in_bulk({line for _one, line, _has in pairs})
    found: dict[int, list[tuple[StatementLine, bool]]] = {}
    for one, line, has_number in pairs:
        found.setdefault(one, []).append((lines[line], has_number))
    return found


def confirmation_in_reach(key: int, offices: set[int] | None) -> Confirmation | None:
    """A confirmation with its bill, when the bill's office is among these (None = all)."""
    found = Confirmation.objects.filter(pk=key).select_related("bill__office", "bill__derived")
    return (found if offices is None else found.filter(bill__office__in=offices)).first()


def proposed_lines(lines: set[int]) -> set[int]:
    """Which of these bank lines somebody has proposed for something, and nobody has decided."""
    if not lines:
        return set()
    found = Proposal.objects.filter(subject__in=[f"billing.statementline:{pk}" for pk in lines], decided_at=None)
    return {int(subject.rpartition(":")[2]) for subject in found.values_list("subject", flat=True)}
