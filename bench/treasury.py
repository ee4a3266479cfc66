"""Times the treasurer's pages at 20,000 and at 2,000,000 bills in one database: the larger region must not feel slower.

Half of the bills are paid, over a year, by bank lines with texts and half of them by receipts of a virtual account; rows are made
by INSERT … SELECT without triggers, the sums and totals that triggers keep are written beside them. One row in 500 waits on
the work list. Run it as `./dgs bench treasury`; it exits with 1 when a page takes more than 1.3 times as long
and more than 4 ms longer; less than that is no difference that a clock here can tell.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

from bench.statements import begin, end, ground

TARGET = 1.3
# Below this a page is quick whatever its ratio; rounding and the machine's mood are larger than what is measured.
FLOOR = 0.004
ROUNDS = 41
DAYS = 365
BILLS = """
INSERT INTO billing_bill (number, payment_code, payer_id, office_id, title, about, total, issued_at, due_on, region,
                          cancelled_reason, paid, principal_paid, last_paid_at)
SELECT 'TGH-2026-' || lpad(seq::text, 7, '0'), billing_payment_code(seq), %(payer)s + seq %% %(payers)s, %(office)s,
       'Retribusi (contoh)', 'bench.thing:' || seq, 25000 + (seq %% 200) * 5000, %(today)s::date - (seq %% 365)::int,
       %(today)s::date - (seq %% 700)::int + 350, '16.07', '',
       CASE WHEN seq %% 2 = 0 THEN 25000 + (seq %% 200) * 5000 ELSE 0 END,
       CASE WHEN seq %% 2 = 0 THEN 25000 + (seq %% 200) * 5000 ELSE 0 END,
       CASE WHEN seq %% 2 = 0 THEN %(today)s::date - (seq %% 365)::int END
FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS seq
"""
PARTIES = """
INSERT INTO parties_party (kind, name, phone, email, address, created_at, updated_at)
SELECT 'person', (ARRAY['Siti','Budi','Ayu','Rahmat','Dewi','Joko'])[1 + n %% 6] || ' ' || 'Contoh' || n, '', '', '', now(), now()
FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS n
"""
STATEMENTS = """
INSERT INTO billing_statement (account_id, sha256, format, file_name, content, parts, line_count, new_count,
                               matched_count, first_on, last_on, taken_at)
SELECT %(account)s, md5('bench' || d), 'mt940', 'bench', '', '[["1", "0", "0"]]', 0, 0, 0,
       %(today)s::date - d, %(today)s::date - d, now()
FROM generate_series(0, 364) AS d ON CONFLICT DO NOTHING
"""
LINES = """
INSERT INTO billing_statementline (statement_id, account_id, file_line, fingerprint, booked_on, amount, reference, text, finding,
                                   finding_bill_id, rest)
SELECT s.id, %(account)s, 1, 'bench' || b.id, b.last_paid_at::date, b.total, 'FT26' || lpad(b.id::text, 9, '0'),
       'TRSF E-BANKING CR ' || b.payment_code || ' SITI CONTOHWATI ' || b.id, 'matched', b.id,
       CASE WHEN b.id %% 500 = 0 THEN b.total ELSE 0 END
FROM billing_bill b JOIN billing_statement s ON s.account_id = %(account)s AND s.last_on = b.last_paid_at::date
WHERE b.paid > 0 AND NOT EXISTS (SELECT FROM billing_statementline l WHERE l.finding_bill_id = b.id)
"""
RECEIPTS = """
INSERT INTO billing_receipt (source, channel, bill_id, account_id, amount, reference, text, happened_at, happened_on, received_at,
                             unapplied, unsettled)
SELECT 'bench:' || b.id, 'va', b.id, %(account)s, b.total, 'VA' || b.id, '', b.last_paid_at, b.last_paid_at::date, b.last_paid_at,
       0, CASE WHEN b.id %% 1000 = 4 THEN b.total ELSE 0 END
FROM billing_bill b WHERE b.paid > 0 AND b.id %% 4 = 0 AND NOT EXISTS (SELECT FROM billing_receipt r WHERE r.bill_id = b.id)
"""
PAYMENTS = """
INSERT INTO billing_payment (bill_id, line_id, receipt_id, channel, amount, principal, penalty, excess, rule, why, note,
                             paid_on, matched_at)
SELECT b.id, CASE WHEN r.id IS NULL THEN l.id END, r.id, CASE WHEN r.id IS NULL THEN 'transfer' ELSE 'va' END, b.total, b.total,
       0, 0, 'code-and-amount', CASE WHEN b.id %% 1000 = 2 THEN '{"inside": true}' ELSE '{}' END::jsonb, '',
       b.last_paid_at::date, b.last_paid_at
FROM billing_bill b JOIN billing_statementline l ON l.finding_bill_id = b.id LEFT JOIN billing_receipt r ON r.bill_id = b.id
WHERE b.paid > 0 AND NOT EXISTS (SELECT FROM billing_payment p WHERE p.bill_id = b.id)
"""
TOTALS = """
INSERT INTO ledger_total (booked_on, account_id, office, revenue, channel, lane, debit, credit, count)
SELECT p.paid_on, side.account, %(office)s, side.revenue, p.channel,
       CASE WHEN p.paid_on = %(today)s::date THEN p.id %% 16 ELSE 0 END, sum(side.debit), sum(side.credit), count(*)
FROM billing_payment p CROSS JOIN LATERAL (VALUES
  ('unidentified', '', p.amount, 0), ('receivable', '4.1.02.0' || p.bill_id %% 9 || '.01.0001', 0, p.amount)
) AS side (account, revenue, debit, credit)
GROUP BY 1, 2, 4, 5, 6
UNION ALL
SELECT booked_on, 'treasury', 0, '', '', 0, sum(amount), 0, count(*) FROM billing_statementline GROUP BY 1
"""


def fill(bills: int, before: int, today: date) -> None:
    """Bring the database from `before` to `bills` bills, and what belongs to them."""
    from django.db import connection, transaction

    from dgs.core.billing.models import BankAccount

    office, _revenue = ground()
    account, _new = BankAccount.objects.get_or_create(number="1500000016071", defaults={"bank": "Bank Contoh", "holder": "RKUD"})
    payers = bills // 4
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("SET LOCAL work_mem = '256MB'")
        cursor.execute("SET LOCAL maintenance_work_mem = '1GB'")
        cursor.execute("SELECT coalesce(max(id), 0) FROM parties_party")
        last = cursor.fetchone()[0]
        cursor.execute(PARTIES, {"first": last + 1, "last": last + payers})
        cursor.execute("SELECT max(id) FROM parties_party")
        payer = cursor.fetchone()[0] - payers + 1
        values = {"office": office.pk, "account": account.pk, "payer": payer, "payers": payers, "today": today}
        cursor.execute(BILLS, values | {"first": before + 1, "last": bills})
        cursor.execute("SELECT setval('billing_bill_seq', %s)", [bills])
        for sql in (STATEMENTS, LINES, RECEIPTS, PAYMENTS):
            cursor.execute(sql, values)
        cursor.execute("TRUNCATE ledger_total")
        cursor.execute(TOTALS, values)
        cursor.execute(
            "UPDATE billing_bankaccount SET has_virtual_accounts = true,"
            " booked = (SELECT sum(amount) FROM billing_statementline)"
        )
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def treasurer():
    """A browser of somebody who may see the whole treasury."""
    from django.apps import apps
    from django.test import Client

    Role, Grant = apps.get_model("access", "Role"), apps.get_model("access", "Grant")
    role, _new = Role.objects.update_or_create(
        code="bench", defaults={"title": "Bench", "is_staff": True, "permissions": [
            "billing.view_desk", "billing.resolve_line", "billing.take_statement", "billing.approve"]},
    )
    person, _new = apps.get_model("accounts", "User").objects.get_or_create(
        username="bendahara@contoh.invalid", defaults={"name": "Budi Percobaan"}
    )
    Grant.objects.get_or_create(user=person, role=role, valid_from=date(2026, 1, 1))
    browser = Client(SERVER_NAME="localhost")
    browser.force_login(person)
    return browser


def pages(bills: int, today: date) -> dict[str, str]:
    """Addresses by name; searches ask for things that are there."""
    from dgs.core.billing.models import Bill

    one = Bill.objects.get(number=f"TGH-2026-{bills // 2 * 2 - 10:07d}")
    return {
        "desk": "/bendahara", "work list": "/bendahara/daftar-kerja", "report of the day": f"/bendahara/harian?hari={today}",
        "by code": f"/bendahara?q={one.payment_code}", "by number": f"/bendahara?q={one.number}",
        "by reference": f"/bendahara?q=FT26{one.pk:09d}", "by amount": f"/bendahara?q={int(one.total)}",
        "by name": f"/bendahara?q={one.payer.name.replace(' ', '+')}",
    }


def measure(browser, addresses: dict[str, str]) -> dict[str, float]:
    """The median seconds of each address, in turns."""
    from django.core.cache import cache

    spent: dict[str, list[float]] = {name: [] for name in addresses}
    for turn in range(ROUNDS + 3):
        for name, address in addresses.items():
            cache.clear()
            start = time.perf_counter()
            answer = browser.get(address)
            taken = time.perf_counter() - start
            if answer.status_code != 200:
                raise SystemExit(f"{address} was answered with {answer.status_code}")
            if turn >= 3:
                spent[name].append(taken)
    return {name: statistics.median(values) for name, values in spent.items()}


def main() -> int:
    """Fill little, measure, fill much, measure, print, judge."""
    asked = argparse.ArgumentParser(prog="dgs bench treasury", description=__doc__)
    asked.add_argument("--small", type=int, default=20_000)
    asked.add_argument("--large", type=int, default=2_000_000)
    asked.add_argument("--folder", type=Path, help="keep the database here")
    options = asked.parse_args()
    with tempfile.TemporaryDirectory(prefix="dgs-bench-") as made:
        server = begin(options.folder or Path(made))
        try:
            from django.core.management import call_command
            from django.utils import timezone

            call_command("collectstatic", interactive=False, verbosity=0)
            today = timezone.localdate()
            found, before = [], 0
            for bills in (options.small, options.large):
                start = time.perf_counter()
                fill(bills, before, today)
                print(f"{bills:,} bills filled in {time.perf_counter() - start:.0f} s", flush=True)
                before = bills
                browser = treasurer()
                found.append(measure(browser, pages(bills, today)))
        finally:
            end(server)
    few, many = found
    slow = []
    print(f"{'page':20}{'small ms':>10}{'large ms':>10}{'ratio':>8}")
    for name in few:
        ratio = many[name] / few[name]
        is_slow = ratio > TARGET and many[name] - few[name] > FLOOR
        said = "  slower than allowed" if is_slow else ""
        print(f"{name:20}{few[name] * 1000:10.1f}{many[name] * 1000:10.1f}{ratio:8.2f}{said}")
        if is_slow:
            slow.append(name)
    if slow:
        print(f"target missed ({TARGET}): {', '.join(slow)}", file=sys.stderr)
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
