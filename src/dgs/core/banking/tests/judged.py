"""Judges a life that was lived: the bank's own book and the small model against the rows of the database, by plain sums."""

from __future__ import annotations

from collections import Counter

from django.db import connection

from dgs.core.banking.tests.living import Living
from dgs.core.billing import api as billing

LINES = """
SELECT l.reference, l.booked_on, l.amount, l.rest,
       coalesce((SELECT sum(p.amount) FROM billing_payment p WHERE p.line_id = l.id), 0),
       coalesce((SELECT sum(s.amount) FROM billing_settlement s WHERE s.line_id = l.id), 0)
FROM billing_statementline l WHERE l.account_id = %s
"""
RECEIPTS = """
SELECT r.source, r.amount, r.undoes_id IS NOT NULL FROM billing_receipt r
WHERE r.account_id = %(account)s OR r.bill_id = ANY(%(bills)s)
"""
BILLS = """
SELECT b.id, g.state, coalesce((SELECT sum(p.principal) FROM billing_payment p WHERE p.bill_id = b.id), 0),
       coalesce((SELECT sum(p.amount) FROM billing_payment p WHERE p.bill_id = b.id), 0)
FROM billing_bill b JOIN billing_standing g ON g.bill_id = b.id WHERE b.id = ANY(%s)
"""


def rows(sql: str, params) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()


def judge(living: Living) -> None:
    """Every rupiah the bank holds stands exactly once, in the ledger or on the work list; each bill and message as expected."""
    book, books = living.book, living.books
    lines = rows(LINES, [living.account.pk])
    assert Counter(row[:3] for row in lines) == book.counted()
    fates = []
    for reference, day, amount, rest, applied, settled in lines:
        assert amount == rest + applied + settled, reference
        whole = [fate for fate, part in (("pays", applied), ("brings", settled), ("listed", rest)) if part == amount]
        fates.append((reference, day, int(amount), *whole))
    assert Counter(fates) == Counter((one.reference, one.day, one.amount, one.fate) for one in books.lines)
    assert sum(row[2] for row in lines) == book.held == sum(row[4] + row[5] for row in lines) + sum(row[3] for row in lines)
    if lines:
        assert billing.treasury_of(living.account, book.references()) == book.held

    found = Counter((source, int(amount)) for source, amount, _undoes in rows(
        RECEIPTS, {"account": living.account.pk, "bills": [row.pk for row in living.rows]}
    ))
    told = Counter((one.source, one.amount) for one in books.receipts)
    told.update((f"{one.source}:withdrawn", -one.amount) for one in books.receipts if one.is_gone)
    assert found == told

    bills = {row[0]: row[1:] for row in rows(BILLS, [[row.pk for row in living.rows]])}
    for row, bill in zip(living.rows, books.bills, strict=True):
        paid = bill.total if bill.payer else 0
        assert bills[row.pk] == (bill.state, paid, paid), row.number

    checked = billing.check_money()
    assert checked.ok, checked.problems
