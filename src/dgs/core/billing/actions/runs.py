"""Issuing many bills by one act, such as a year's tax: in whole or not at all, and one entry in the ledger."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dgs.core.audit import api as audit
from dgs.core.billing.actions.bills import LIMIT
from dgs.core.billing.chart_of_accounts import charge_kind, revenue_account
from dgs.core.billing.errors import RunRefused, UnknownRevenueAccount
from dgs.core.billing.models import BillRun

TABLE = """
DROP TABLE IF EXISTS pg_temp.billing_run_rows;
CREATE TEMPORARY TABLE billing_run_rows (
  row integer, about text, payer_id bigint, title text, account text, amount bigint, region text
) ON COMMIT DROP
"""
SAME = """
SELECT a.row, a.first FROM (SELECT row, min(row) OVER (PARTITION BY about) AS first FROM billing_run_rows) a
WHERE a.row <> a.first ORDER BY a.row LIMIT 1
"""
NOBODY = """
SELECT r.row, r.payer_id FROM billing_run_rows r WHERE NOT EXISTS (SELECT FROM parties_party p WHERE p.id = r.payer_id)
ORDER BY r.row LIMIT 1
"""
THERE = "DELETE FROM billing_run_rows r USING billing_bill b WHERE b.about = r.about"
# The statement trigger of the lines looks at bills and lines when both are there, so one statement may make both.
ISSUE = """
WITH made AS MATERIALIZED (
  SELECT nextval('billing_bill_id_seq') AS id, nextval('billing_bill_seq') AS seq, r.*
  FROM (SELECT * FROM billing_run_rows ORDER BY row) r
), bill AS (
  INSERT INTO billing_bill (id, number, payment_code, payer_id, office_id, title, about, total, issued_at, due_on, kind_id,
                            run_id, region, cancelled_reason)
  SELECT id, 'TGH-' || %(year)s || '-' || lpad(seq::text, greatest(6, length(seq::text)), '0'), billing_payment_code(seq),
         payer_id, %(office)s, title, about, amount, %(now)s, %(due_on)s, %(kind)s, %(run)s, region, ''
  FROM made
)
INSERT INTO billing_billline (bill_id, account_id, description, quantity, unit_amount, amount)
SELECT id, account, title, 1, amount, amount FROM made
"""


class RunRow(NamedTuple):
    """One bill of a run: what it is for (as Bill.about), who pays, its title, revenue account, whole rupiah, region's code."""

    about: str
    payer_id: int
    title: str
    account: str
    amount: int | Decimal
    region: str = ""


@dataclass(frozen=True)
class IssuedRun:
    """What became of a run: `run` is None when every row had its bill already."""

    run: BillRun | None
    issued: int
    total: Decimal
    skipped: int


def issue_run(
    *, name: str, office, rows: Iterable[RunRow | tuple], due_on: date, now: datetime, by=None, kind: str = "fee"
) -> IssuedRun:
    """Issue a bill of one line for each row, in one transaction; a row whose `about` has a bill already is skipped and counted.

    So the same rows a second time issue nothing. Refuses (RunRefused, which names the row, counted from 1) unknown payers and
    revenue accounts, amounts that are not whole, not above nought or 1 trillion and more, texts that are missing or too long, and
    two rows about the same thing; then nothing is issued. UnknownChargeKind as for a single bill.
    """
    name = " ".join(name.replace("\x00", "").split())[:200]
    try:
        with transaction.atomic():
            rule = charge_kind(kind, timezone.localdate(now))
            with connection.cursor() as cursor:
                cursor.execute(TABLE)
                _bring(cursor, rows)
                cursor.execute("ANALYZE billing_run_rows")
                _check(cursor)
                cursor.execute(THERE)
                skipped = cursor.rowcount
                cursor.execute("SELECT count(*), coalesce(sum(amount), 0) FROM billing_run_rows")
                count, total = cursor.fetchone()
                run = None
                if count:
                    run = BillRun.objects.create(name=name, office=office, count=count, total=total, at=now, by=by)
                    values = {
                        "year": str(timezone.localtime(now).year), "office": office.pk, "now": now, "due_on": due_on,
                        "kind": rule.pk, "run": run.pk,
                    }
                    cursor.execute(ISSUE, values)
                cursor.execute("DROP TABLE billing_run_rows")
            if run is not None:
                audit.record(
                    action="billing.issue_run",
                    by=by,
                    subject=f"billing.billrun:{run.pk}",
                    now=now,
                    office=office.slug,
                    facts={
                        "name": name, "count": count, "total": int(total), "skipped": skipped, "kind": kind,
                        "due_on": str(due_on),
                    },
                )
    except IntegrityError as error:
        if getattr(getattr(error.__cause__, "diag", None), "table_name", "") == "billing_bill":
            raise RunRefused(_("Bills about the same things are being issued at this moment. Please try again.")) from None
        raise
    return IssuedRun(run, count, Decimal(total), skipped)


def _bring(cursor, rows: Iterable[RunRow | tuple]) -> None:
    """Copy the rows into the temporary table, each judged by itself; accounts are looked up once each, when all are there."""
    accounts: dict[str, int] = {}
    with cursor.copy("COPY billing_run_rows FROM STDIN") as into:
        into.set_types(["int4", "text", "int8", "text", "text", "int8", "text"])
        for number, row in enumerate(rows, 1):
            about, payer, title, account, amount, *more = row
            region = more[0] if more else ""
            # What is wrong ends the COPY and with it the transaction.
            if not about or len(about) > 80 or not title or len(title) > 200 or len(region) > 13:
                raise RunRefused(_("What it is about, or its title, is missing or too long."), row=number)
            if "\x00" in about or "\x00" in title or "\x00" in region or "\x00" in account:
                raise RunRefused(_("The row holds characters that no text has."), row=number)
            if type(amount) is not int or not 0 < amount < LIMIT:
                amount = _whole(amount, number)
            if type(payer) is not int or not 0 < payer < 1 << 63:
                raise RunRefused(_("There is no payer %(payer)s."), row=number, payer=payer)
            if account not in accounts:
                accounts[account] = number
            into.write_row((number, about, payer, title, account, amount, region))
    for account, number in accounts.items():
        try:
            revenue_account(account)
        except UnknownRevenueAccount as unknown:
            raise RunRefused(unknown.sentence, row=number, **unknown.values) from None


def _whole(amount: object, row: int) -> int:
    is_number = isinstance(amount, int | Decimal) and not isinstance(amount, bool)
    if not is_number or not Decimal(amount).is_finite() or amount != int(amount) or not 0 < amount < LIMIT:
        raise RunRefused(
            _("“%(amount)s” is no amount in whole rupiah above nought and below 1 trillion."), row=row, amount=amount
        )
    return int(amount)


def _check(cursor) -> None:
    cursor.execute(SAME)
    if found := cursor.fetchone():
        raise RunRefused(_("It is about the same as row %(first)s."), row=found[0], first=found[1])
    cursor.execute(NOBODY)
    if found := cursor.fetchone():
        raise RunRefused(_("There is no payer %(payer)s."), row=found[0], payer=found[1])
