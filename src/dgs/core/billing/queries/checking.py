"""The proof that no rupiah is lost or doubled: every running total against its facts, the ledger against both; never writes."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.db import connection, transaction

from dgs.core.ledger import api as ledger

SUMS = """
SELECT
  (SELECT coalesce(sum(amount), 0) FROM billing_statementline) AS bank,
  (SELECT coalesce(sum(amount) FILTER (WHERE amount > 0), 0) FROM billing_statementline) AS money_in,
  (SELECT coalesce(sum(rest), 0) FROM billing_statementline) AS listed,
  (SELECT coalesce(sum(amount), 0) FROM billing_payment WHERE line_id IS NOT NULL) AS applied,
  (SELECT coalesce(sum(amount), 0) FROM billing_settlement WHERE line_id IS NOT NULL) AS settled,
  (SELECT coalesce(sum(unapplied), 0) FROM billing_receipt) AS unapplied,
  (SELECT coalesce(sum(unsettled), 0) FROM billing_receipt) AS unsettled,
  (SELECT coalesce(sum(greatest(total + adjusted - principal_paid, 0)), 0) FROM billing_bill) AS owed,
  (SELECT coalesce(sum(unpaid), 0) FROM billing_refund) AS refunds,
  (SELECT coalesce(sum(greatest(0, principal_paid - total - adjusted)), 0) FROM billing_bill) AS owed_back,
  (SELECT coalesce(sum(penalty_paid), 0) FROM billing_bill) AS penalty,
  (SELECT coalesce(sum(r.amount), 0) FROM billing_receipt r WHERE r.channel = 'cash') AS cash_came,
  (SELECT coalesce(sum(difference), 0) FROM billing_shiftclosing) AS differences,
  (SELECT coalesce(sum(amount), 0) FROM billing_handover WHERE accepted_at IS NOT NULL) AS handed_over,
  (SELECT coalesce(sum(counted), 0) FROM billing_handover WHERE accepted_at IS NOT NULL) AS accepted,
  (SELECT coalesce(sum(amount), 0) FROM billing_receipt WHERE channel = 'deposit') AS deposited,
  (SELECT coalesce(sum(written_off), 0) FROM billing_bill) AS written_off
"""
WRONG = {
    "bills of which more was given back than was paid": "SELECT count(*) FROM billing_bill WHERE refunded > paid",
    "bank lines whose rest is not their amount less what explains it": """
        SELECT count(*) FROM billing_statementline l
        LEFT JOIN (SELECT line_id, sum(amount) AS a FROM billing_payment GROUP BY 1) p ON p.line_id = l.id
        LEFT JOIN (SELECT line_id, sum(amount) AS a FROM billing_settlement GROUP BY 1) s ON s.line_id = l.id
        WHERE l.rest <> l.amount - coalesce(p.a, 0) - coalesce(s.a, 0)""",
    "receipts whose open sums are not their amount less what was made of them": """
        SELECT count(*) FROM billing_receipt r
        LEFT JOIN (SELECT receipt_id, sum(amount) AS a FROM billing_payment GROUP BY 1) p ON p.receipt_id = r.id
        LEFT JOIN (
          SELECT receipt_id, sum(amount) FILTER (WHERE line_id IS NOT NULL OR outcome = 'bank_charges') AS came,
                 sum(amount) FILTER (WHERE line_id IS NULL AND outcome <> 'bank_charges') AS was
          FROM billing_settlement GROUP BY 1) s ON s.receipt_id = r.id
        LEFT JOIN billing_receipt u ON u.undoes_id = r.id
        WHERE r.undoes_id IS NULL AND (
          (r.channel <> 'deposit' AND r.unapplied <> r.amount + coalesce(u.amount, 0) - coalesce(p.a, 0) - coalesce(s.was, 0))
          OR (r.channel <> 'cash' AND r.unsettled <> r.amount + coalesce(u.amount, 0) - coalesce(s.came, 0)))""",
    "bank accounts whose sum is not that of their lines": """
        SELECT count(*) FROM billing_bankaccount a
        WHERE a.booked <> (SELECT coalesce(sum(l.amount), 0) FROM billing_statementline l WHERE l.account_id = a.id)""",
    "bills whose sums are not those of their facts": """
        SELECT count(*) FROM billing_bill b
        LEFT JOIN (
          SELECT bill_id, sum(amount) AS a, sum(principal + excess) AS p, sum(penalty) AS q FROM billing_payment GROUP BY 1) m
          ON m.bill_id = b.id
        LEFT JOIN (
          SELECT bill_id, sum(amount) AS a, sum(penalty) AS q, sum(moved) AS m,
                 -sum(amount) FILTER (WHERE kind = 'write-off') AS w
          FROM billing_adjustment GROUP BY 1) j ON j.bill_id = b.id
        LEFT JOIN (SELECT bill_id, sum(amount) AS a, sum(principal) AS p, sum(penalty) AS q FROM billing_refund GROUP BY 1) f
          ON f.bill_id = b.id
        WHERE b.paid <> coalesce(m.a, 0) OR b.principal_paid <> coalesce(m.p, 0) - coalesce(f.p, 0) + coalesce(j.m, 0)
          OR b.penalty_paid <> coalesce(m.q, 0) - coalesce(f.q, 0) - coalesce(j.m, 0) OR b.adjusted <> coalesce(j.a, 0)
          OR b.penalty_adjusted <> coalesce(j.q, 0) OR b.refunded <> coalesce(f.a, 0) OR b.written_off <> coalesce(j.w, 0)""",
    "cancelled bills that still ask for something": """
        SELECT count(*) FROM billing_bill WHERE cancelled_at IS NOT NULL AND total + adjusted > principal_paid""",
    "refunds whose open sum is not their amount less what the bank paid": """
        SELECT count(*) FROM billing_refund f
        LEFT JOIN (SELECT refund_id, sum(amount) AS a FROM billing_settlement GROUP BY 1) s ON s.refund_id = f.id
        LEFT JOIN billing_refund u ON u.undoes_id = f.id
        WHERE f.undoes_id IS NULL AND f.unpaid <> f.amount + coalesce(u.amount, 0) + coalesce(s.a, 0)""",
    "bills whose lines do not add up": """
        SELECT count(*) FROM billing_bill b
        LEFT JOIN (SELECT bill_id, sum(amount) AS a FROM billing_billline GROUP BY 1) l ON l.bill_id = b.id
        WHERE b.total IS DISTINCT FROM l.a""",
    "statements without all their lines": """
        SELECT count(*) FROM billing_statement s
        WHERE s.new_count <> (SELECT count(*) FROM billing_statementline l WHERE l.statement_id = s.id)""",
    "ledger entries that do not balance": """
        SELECT count(*) FROM (SELECT entry_id FROM ledger_posting GROUP BY 1 HAVING sum(amount) <> 0) e""",
    "days whose totals are not those of their postings": """
        SELECT count(*) FROM (
          SELECT account_id, booked_on, coalesce(office_id, 0) AS office, revenue, channel, sum(amount) AS a FROM
          ledger_posting GROUP BY 1, 2, 3, 4, 5) p
        FULL JOIN (
          SELECT account_id, booked_on, office, revenue, channel, sum(debit - credit) AS a FROM ledger_total
          GROUP BY 1, 2, 3, 4, 5) t USING (account_id, booked_on, office, revenue, channel)
        WHERE p.a IS DISTINCT FROM t.a""",
    # What a statement brings by itself is one entry for each day, named by the first of them; closed days count as the open one.
    # A receipt and the payment that came with it are one entry, named by the receipt.
    **{
        f"rows of billing_{one} without their entry in the ledger": f"""
        WITH f AS (
          SELECT f.id, f.{at} AS at, l.statement_id, l.booked_on, CASE WHEN f.undoes_id IS NULL THEN f.receipt_id END AS receipt
          FROM billing_{one} f
          LEFT JOIN billing_statementline l ON l.id = f.line_id
        ), head AS (
          SELECT f.id, f.at, f.statement_id, e.booked_on FROM f JOIN ledger_entry e ON e.kind = '{one}s' AND e.source = f.id
        )
        SELECT count(*) FROM f
        WHERE NOT EXISTS (SELECT FROM ledger_entry e WHERE e.kind = '{one}' AND e.source = f.id)
          AND NOT EXISTS (
            SELECT FROM ledger_entry e WHERE '{one}' = 'payment' AND e.kind = 'income' AND e.source = f.receipt AND e.at = f.at)
          AND NOT EXISTS (
            SELECT FROM head h WHERE h.statement_id = f.statement_id AND h.at = f.at AND h.id <= f.id
              AND h.booked_on >= f.booked_on)"""  # noqa: S608 - our own words
        for one, at in (("payment", "matched_at"), ("settlement", "at"))
    },
    **{
        f"rows of {table} without their entry in the ledger": f"""
        SELECT count(*) FROM {table} f
        WHERE NOT EXISTS (SELECT FROM ledger_entry e WHERE e.kind IN ({kinds}) AND e.source = f.id)"""  # noqa: S608 - our own words
        for table, kinds in (
            ("billing_receipt", "'receipt', 'income'"),
            ("billing_refund", "'refund'"),
            ("(SELECT id FROM billing_adjustment WHERE amount <> 0 OR moved <> 0)", "'adjustment'"),
            ("(SELECT id FROM billing_bill WHERE run_id IS NULL)", "'bill'"),
            ("billing_billrun", "'run'"),
            ("(SELECT id FROM billing_handover WHERE accepted_at IS NOT NULL AND (amount <> 0 OR counted <> 0))", "'handover'"),
            ("(SELECT id FROM billing_shiftclosing WHERE difference <> 0)", "'closing'"),
        )
    },
}
BALANCES = "SELECT account_id, sum(amount) FROM ledger_posting GROUP BY 1"


@dataclass(frozen=True)
class MoneyCheck:
    """Every rupiah the bank booked: applied to bills, settled, or waiting on the work list; and what the ledger says.

    In rupiah.
    """

    money_in: Decimal
    bank: Decimal
    applied: Decimal
    settled: Decimal
    listed: Decimal
    unapplied: Decimal
    unsettled: Decimal
    problems: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing is lost and nothing is doubled."""
        return not self.problems


def check_money() -> MoneyCheck:
    """Compare all facts, sums and ledger accounts with each other; on a large region it takes a while. Changes nothing.

    All of it is read as of one moment, so that money that comes meanwhile is no false alarm.
    """
    problems = []
    is_own = not connection.in_atomic_block
    with transaction.atomic(), connection.cursor() as cursor:
        if is_own:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute(SUMS)
        (
            bank, money_in, listed, applied, settled, unapplied, unsettled, owed, refunds, owed_back, penalty, cash_came,
            differences, handed_over, accepted, deposited, written_off,
        ) = cursor.fetchone()
        if bank != applied + settled + listed:
            problems.append(f"the bank booked {bank}, but {applied} + {settled} + {listed} is accounted for")
        for what, sql in WRONG.items():
            cursor.execute(sql)
            if count := cursor.fetchone()[0]:
                problems.append(f"{count} {what}")
        cursor.execute(BALANCES)
        balances = dict(cursor.fetchall())
        if empty := len(ledger.entries_without_postings(limit=1000)):
            problems.append(f"{empty} ledger entries without postings")
    should = {
        "treasury": bank,
        "unidentified": -(listed + unapplied),
        "transit": unsettled,
        "receivable": owed,
        "refunds_due": -refunds,
        "overpaid": -owed_back,
        "penalty": -penalty,
        "counter_cash": cash_came + differences - handed_over,
        "treasurer_cash": accepted - deposited,
        "written_off": written_off,
    }
    for account, amount in should.items():
        if balances.get(account, 0) != amount:
            problems.append(f"the ledger has {balances.get(account, 0)} on {account}, the facts say {amount}")
    return MoneyCheck(money_in, bank, applied, settled, listed, unapplied, unsettled, tuple(problems))
