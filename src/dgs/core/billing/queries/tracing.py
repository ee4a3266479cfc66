"""What became of given bank lines and bills, for who compares the books with a book of his own; never writes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import connection

from dgs.core.billing.models import Bill

LINES = """
SELECT l.reference, l.booked_on, l.amount, l.rest, l.finding,
       coalesce((SELECT sum(p.amount) FROM billing_payment p WHERE p.line_id = l.id), 0) AS applied,
       coalesce((SELECT sum(s.amount) FROM billing_settlement s WHERE s.line_id = l.id), 0) AS settled
FROM billing_statementline l WHERE l.account_id = %(account)s AND l.reference = ANY(%(references)s) ORDER BY l.id
"""
# The lines of a statement and day are one entry, named by the first of them.
TREASURY = """
SELECT coalesce(sum(p.amount), 0) FROM ledger_posting p
WHERE p.account_id = 'treasury' AND p.entry_id IN (
  SELECT e.id FROM ledger_entry e WHERE e.kind = 'lines' AND e.source IN (
    SELECT l.id FROM billing_statementline l WHERE l.statement_id IN (
      SELECT statement_id FROM billing_statementline WHERE account_id = %(account)s AND reference = ANY(%(references)s))))
"""
BILLS = """
SELECT b.id, g.state, b.paid, coalesce(r.count, 0), coalesce(r.amount, 0), coalesce(r.unapplied, 0), coalesce(r.unsettled, 0)
FROM billing_bill b JOIN billing_standing g ON g.bill_id = b.id
LEFT JOIN LATERAL (
  SELECT count(*) FILTER (WHERE amount > 0) - count(*) FILTER (WHERE amount < 0) AS count, sum(amount) AS amount,
         sum(unapplied) AS unapplied, sum(unsettled) AS unsettled
  FROM billing_receipt WHERE bill_id = b.id
) r ON true
WHERE b.id = ANY(%(bills)s)
"""


@dataclass(frozen=True)
class TracedLine:
    """A bank line: `amount` = `applied` to bills + `settled` + `rest`, which is listed. In rupiah, with the line's sign."""

    reference: str
    booked_on: date
    amount: Decimal
    rest: Decimal
    finding: str
    applied: Decimal
    settled: Decimal


@dataclass(frozen=True)
class TracedBill:
    """A bill: its state, what is paid, and the receipts for it that stand (not withdrawn), with their open sums in rupiah."""

    bill_id: int
    state: str
    paid: Decimal
    receipts: int
    received: Decimal
    unapplied: Decimal
    unsettled: Decimal


def trace_lines(account, references: Sequence[str]) -> list[TracedLine]:
    """The lines of a bank account that bear one of these references, in the order in which they came."""
    with connection.cursor() as cursor:
        cursor.execute(LINES, {"account": account.pk, "references": list(references)})
        return [TracedLine(*row) for row in cursor.fetchall()]


def treasury_of(account, references: Sequence[str]) -> Decimal:
    """What the ledger holds on `treasury` for the statements in which lines of these references came, in rupiah."""
    with connection.cursor() as cursor:
        cursor.execute(TREASURY, {"account": account.pk, "references": list(references)})
        return Decimal(cursor.fetchone()[0])


def bills_of_run(run) -> list[tuple[int, str, str, Decimal]]:
    """Id, number, payment code and total of each bill of a run, in the order of its rows."""
    return list(Bill.objects.filter(run=run).order_by("pk").values_list("pk", "number", "payment_code", "total"))


def trace_bills(bills: Sequence[int]) -> dict[int, TracedBill]:
    """Bills by id."""
    with connection.cursor() as cursor:
        cursor.execute(BILLS, {"bills": list(bills)})
        return {row[0]: TracedBill(*row) for row in cursor.fetchall()}
