"""Taking a bank statement: known lines are recognised, new ones matched or listed, all in one transaction."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dgs.core.audit import api as audit
from dgs.core.billing import codes
from dgs.core.billing.actions.recognising import new_lines
from dgs.core.billing.errors import StatementRefused
from dgs.core.billing.events import BillPaid
from dgs.core.billing.findings import Owed, Verdict, judge
from dgs.core.billing.models import BankAccount, Bill, Finding, Payment, Statement, StatementLine
from dgs.core.billing.statements import ParsedLine, ParsedStatement, account_key, read_statement
from dgs.kernel.collecting import seldom_collected
from dgs.kernel.deadlocks import retry_on_deadlock
from dgs.kernel.events import publish

EARLIEST = date(2000, 1, 1)


@dataclass(frozen=True)
class TakenStatement:
    """What became of a file. `findings` counts the new lines by finding; `is_known` = these bytes were taken before."""

    statement: Statement
    lines_new: int
    lines_known: int
    matched: int
    listed: int
    findings: dict[str, int] = field(default_factory=dict)
    is_known: bool = False


@seldom_collected
def take_statement(
    data: bytes, *, file_name: str, account: BankAccount | None = None, by=None, now: datetime
) -> TakenStatement:
    """Take a statement file in whole, or refuse it in whole (StatementRefused names line and column).

    `account` None means: the account that the file names. The same bytes twice change nothing; a line that overlapping files
    repeat is recognised by day, amount, reference, text and its place in the account (see recognising.py). Each new line that
    carries the code of one bill and exactly what is left to pay, pays it (BillPaid is published in the same transaction);
    every other line stands on the work list with what was found.
    """
    parsed = read_statement(data)
    account = _account(account, parsed.account)
    if parsed.currency != account.currency:
        raise StatementRefused(
            _("The statement is in %(currency)s, the account is kept in %(expected)s."), currency=parsed.currency,
            expected=account.currency,
        )
    _check_days(parsed.lines, timezone.localdate(now))
    return _take(data, parsed, file_name=file_name, account=account, by=by, now=now)


def _account(account: BankAccount | None, named: str) -> BankAccount:
    if account is None:
        active = list(BankAccount.objects.filter(is_active=True))
        if named:
            active = [one for one in active if account_key(one.number) == account_key(named)]
        if len(active) != 1:
            raise StatementRefused(
                _("No account of the region has the number %(number)s.") if named
                else _("The file names no account; please choose the account it belongs to."), number=named,
            )
        return active[0]
    if named and account_key(named) != account_key(account.number):
        raise StatementRefused(
            _("This is a statement of the account %(number)s, not of %(expected)s."), number=named, expected=account.number
        )
    return account


def _check_days(lines: Sequence[ParsedLine], today: date) -> None:
    for line in lines:
        if not EARLIEST <= line.booked_on <= today + timedelta(days=1):
            raise StatementRefused(
                _("The booking day %(day)s cannot be right."), line=line.file_line, day=line.booked_on.isoformat()
            )


@retry_on_deadlock
@transaction.atomic
def _take(data: bytes, parsed: ParsedStatement, *, file_name, account, by, now) -> TakenStatement:
    lines = parsed.lines
    BankAccount.objects.select_for_update().get(pk=account.pk)
    sha256 = hashlib.sha256(data).hexdigest()
    there = Statement.objects.filter(sha256=sha256).defer("content", "parts").first()
    if there:
        return TakenStatement(there, 0, len(lines), 0, 0, {}, is_known=True)
    fresh = new_lines(account, lines, parsed.parts)
    judged = _judge([line for line, _print in fresh])
    matched = sum(1 for verdict in judged if verdict.rule)
    days = [line.booked_on for line in lines]
    statement = Statement.objects.create(
        account=account, sha256=sha256, format=parsed.format, file_name=os.path.basename(file_name)[-200:], content=data,
        line_count=len(lines), new_count=len(fresh), matched_count=matched, first_on=min(days, default=None),
        last_on=max(days, default=None), parts=[part.to_json() for part in parsed.parts], taken_by=by, taken_at=now,
    )
    rows = StatementLine.objects.bulk_create(
        [
            StatementLine(
                statement=statement, account=account, file_line=line.file_line, fingerprint=print_, booked_on=line.booked_on,
                part=line.part, balance=line.balance, amount=line.amount, reference=line.reference[:80],
                text=line.text[:1000], finding=verdict.finding, finding_bill=verdict.owed.bill if verdict.owed else None,
            )
            for (line, print_), verdict in zip(fresh, judged, strict=True)
        ],
        batch_size=2000,
    )
    paying = [(row, verdict) for row, verdict in zip(rows, judged, strict=True) if verdict.rule and verdict.owed]
    Payment.objects.bulk_create(
        [
            Payment(
                bill=verdict.owed.bill, line=row, amount=row.amount, rule=verdict.rule, paid_on=row.booked_on, matched_at=now,
                matched_by=None,
            )
            for row, verdict in paying
        ],
        batch_size=2000,
    )
    counts = Counter(str(verdict.finding) for verdict in judged)
    audit.record(
        action="billing.take_statement", by=by, subject=f"billing.statement:{statement.pk}", now=now,
        facts={"file": statement.file_name, "sha256": sha256, "lines": len(lines), "new": len(fresh), **counts},
    )
    for _row, verdict in paying:
        publish(BillPaid(bill_id=verdict.owed.bill.pk, about=verdict.owed.bill.about, now=now))
    listed = sum(n for finding, n in counts.items() if finding not in {Finding.MATCHED, Finding.NO_MONEY})
    return TakenStatement(statement, len(fresh), len(lines) - len(fresh), matched, listed, dict(counts))


def _judge(lines: Sequence[ParsedLine]) -> list[Verdict]:
    """What is found for each line, in the order of the file; the bills in question are locked in key order first."""
    candidates = [codes.codes_in(line.raw) for line in lines]
    wanted = {code for whole, inside in candidates for code in (*whole, *inside)}
    bills = {
        bill.payment_code: bill
        for bill in Bill.objects.select_for_update().filter(payment_code__in=wanted).order_by("pk")
    }
    paid = dict(
        Payment.objects.filter(bill__in=[bill.pk for bill in bills.values()])
        .values_list("bill").annotate(sum=Sum("amount")).order_by()
    )
    owed = {code: Owed(bill, paid.get(bill.pk, 0)) for code, bill in bills.items()}
    found = []
    for line, (whole, inside) in zip(lines, candidates, strict=True):
        verdict = judge(line.amount, whole, inside, owed, is_reversal=line.is_reversal)
        if verdict.rule and verdict.owed:
            verdict.owed.paid += line.amount
        found.append(verdict)
    return found
