"""Taking a bank statement: known lines are recognised, new ones matched or listed, all in one transaction."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from dgs.core.audit import api as audit
from dgs.core.billing import codes
from dgs.core.billing.actions import paying
from dgs.core.billing.actions.confirming import answer_found
from dgs.core.billing.actions.recognising import new_lines
from dgs.core.billing.errors import StatementRefused
from dgs.core.billing.events import RefundMoved
from dgs.core.billing.findings import Verdict, Waiting, judge
from dgs.core.billing.models import (
    BankAccount,
    Confirmation,
    Finding,
    Receipt,
    Refund,
    Settlement,
    Statement,
    StatementLine,
)
from dgs.core.billing.owing import Owed, Split, lock_bills, owed_of
from dgs.core.billing.queries.mapping import column_choices
from dgs.core.billing.queries.search import incoming_lines_saying
from dgs.core.billing.statements import ParsedLine, ParsedStatement, account_key, read_statement
from dgs.core.billing.transfer_numbers import WORD
from dgs.kernel.collecting import seldom_collected
from dgs.kernel.copying import copy_in, reserve
from dgs.kernel.deadlocks import retry_on_deadlock
from dgs.kernel.events import publish
from dgs.kernel.statements import Statement as Query

EARLIEST = date(2000, 1, 1)
# As an array: a hundred thousand values written into the text of a query take longer to read than to look up.
BILLS_OF_CODES = Query("SELECT payment_code, id FROM billing_bill WHERE payment_code = ANY(%s)")
LINE_COLUMNS = (
    "id", "statement_id", "account_id", "file_line", "fingerprint", "booked_on", "part", "balance", "amount", "reference", "rest",
    "text", "finding", "finding_bill_id",
)


@dataclass(frozen=True)
class TakenStatement:
    """What became of a file. `findings` counts the new lines by finding; `is_known` = these bytes were taken before.

    `left_out` counts entries that the bank announced but has not booked; they come again when it has.
    """

    statement: Statement
    lines_new: int
    lines_known: int
    matched: int
    listed: int
    findings: dict[str, int] = field(default_factory=dict)
    is_known: bool = False
    left_out: int = 0

    @property
    def said_left_out(self) -> str:
        """The sentence about the entries that were not taken, or "" when there are none."""
        if not self.left_out:
            return ""
        return ngettext(
            "%(n)s entry is announced but not booked yet by the bank; it was not taken and comes again when it is booked.",
            "%(n)s entries are announced but not booked yet by the bank; they were not taken and come again once they are.",
            self.left_out,
        ) % {"n": self.left_out}


@seldom_collected
def take_statement(data: bytes, *, file_name: str, account: BankAccount | None = None, by=None, now: datetime) -> TakenStatement:
    """Take a statement file in whole, or refuse it in whole (StatementRefused names line and column).

    `account` None means: the account that the file names. The same bytes twice change nothing; a line that overlapping files
    repeat is recognised by day, amount, reference, text and its place in the account (see recognising.py). Each new line that
    carries the code of one bill and exactly what is left to pay, pays it (BillPaid is published in the same transaction);
    every other line stands on the work list with what was found.
    """
    parsed = read_statement(data, column_choices(), account.number if account else "")
    account = _account(account, parsed.account)
    if parsed.currency != account.currency:
        raise StatementRefused(
            _("The statement is in %(currency)s, the account is kept in %(expected)s."),
            currency=parsed.currency,
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
                _("No account of the region has the number %(number)s.")
                if named
                else _("The file names no account; please choose the account it belongs to."),
                number=named,
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
    # Weaker than what a channel's receipt asks of its account, so that no bank waits for a file.
    BankAccount.objects.select_for_update(no_key=True).get(pk=account.pk)
    sha256 = hashlib.sha256(data).hexdigest()
    there = Statement.objects.filter(account=account, sha256=sha256).defer("content", "parts").first()
    if there:
        return TakenStatement(there, 0, len(lines), 0, 0, {}, is_known=True, left_out=parsed.left_out)
    fresh = new_lines(account, lines, parsed.parts)
    judged = _judge([line for line, _print in fresh], account)
    matched = sum(1 for verdict in judged if verdict.rule)
    days = [line.booked_on for line in lines]
    statement = Statement.objects.create(
        account=account,
        sha256=sha256,
        format=parsed.format,
        file_name=os.path.basename(file_name)[-200:],
        content=data,
        line_count=len(lines),
        new_count=len(fresh),
        matched_count=matched,
        first_on=min(days, default=None),
        last_on=max(days, default=None),
        parts=[part.to_json() for part in parsed.parts],
        taken_by=by,
        taken_at=now,
    )
    ids = reserve(StatementLine, len(fresh))
    found = [(pk, line, verdict) for pk, (line, _print), verdict in zip(ids, fresh, judged, strict=True)]
    # What pays comes before what it is paid by: a line is then written once, with what is left of it.
    _pay(found, now=now)
    # In one statement, so that what a day brought is one entry in the ledger.
    copy_in(
        StatementLine,
        LINE_COLUMNS,
        (
            (
                pk, statement.pk, account.pk, line.file_line, print_, line.booked_on, line.part, line.balance, line.amount,
                line.reference[:80], 0 if verdict.split else line.amount, line.text[:1000], str(verdict.finding),
                verdict.owed.bill_id if verdict.owed else None,
            )
            for pk, (line, print_), verdict in zip(ids, fresh, judged, strict=True)
        ),
    )
    _settle(found, now=now)
    counts = Counter(str(verdict.finding) for verdict in judged)
    audit.record(
        action="billing.take_statement",
        by=by,
        subject=f"billing.statement:{statement.pk}",
        now=now,
        facts={
            "file": statement.file_name,
            "sha256": sha256,
            "lines": len(lines),
            "new": len(fresh),
            "left_out": parsed.left_out,
            **counts,
        },
    )
    listed = sum(line.amount != 0 and not verdict.rule for (line, _print), verdict in zip(fresh, judged, strict=True))
    return TakenStatement(
        statement, len(fresh), len(lines) - len(fresh), matched, listed, dict(counts), left_out=parsed.left_out
    )


def _pay(found: Sequence[tuple[int, ParsedLine, Verdict]], *, now: datetime) -> None:
    """Write the payments that the rules found, and answer the payers whose transfer was found."""
    paying.book_lines(
        [
            (pk, line.booked_on, verdict.owed, verdict.split, verdict.rule, verdict.why)
            for pk, line, verdict in found
            if verdict.split is not None
        ],
        now=now,
    )
    paid = [(verdict.owed.bill_id, line.amount) for _pk, line, verdict in found if verdict.split is not None]
    if paid:
        answer_found(paid=paid, now=now)


def _settle(found: Sequence[tuple[int, ParsedLine, Verdict]], *, now: datetime) -> None:
    """Write which receipts' money the lines bring, and which refunds they pay."""
    copy_in(
        Settlement,
        ("line_id", "receipt_id", "refund_id", "outcome", "amount", "rule", "why", "note", "at"),
        (
            (pk, receipt.pk, None, "", receipt.unsettled, verdict.rule, verdict.why, "", now)
            if receipt is not None
            else (pk, None, verdict.refund.pk, "", line.amount, verdict.rule, verdict.why, "", now)
            for pk, line, verdict in found
            for receipt in (*verdict.receipts, *([None] if verdict.refund is not None else []))
        ),
    )
    for _pk, _line, verdict in found:
        if verdict.refund is not None:  # a rule finds a refund by its number and by all that is left of it
            publish(RefundMoved(refund_id=verdict.refund.pk, what="paid", now=now))


def _judge(lines: Sequence[ParsedLine], account: BankAccount) -> list[Verdict]:
    """What is found for each line, in the order of the file; bills, then receipts in question are held in key order first.

    What is owed is reckoned on each line's own day: who paid in time owes no penalty, however late we hear of it.
    """
    candidates = [codes.codes_in(line.raw) for line in lines]
    waiting = Waiting(ours=frozenset(BankAccount.objects.values_list("number", flat=True)))
    for one in Confirmation.objects.select_related("bill").filter(answered_at=None).order_by("pk"):
        waiting.confirmations.setdefault(one.amount, []).append(one)
    told = {one.bill.payment_code for found in waiting.confirmations.values() for one in found}
    wanted: dict[date, set[str]] = {line.booked_on: set(told) for line in lines}
    for line, (whole, inside) in zip(lines, candidates, strict=True):
        wanted[line.booked_on].update(whole, inside)
    every = set().union(*wanted.values()) if wanted else set()
    by_code = dict(BILLS_OF_CODES.all([list(every)])) if every else {}
    lock_bills(by_code.values())
    for receipt in Receipt.objects.select_for_update().filter(account=account).exclude(unsettled=0).order_by("pk"):
        waiting.add(receipt)
    waiting.refunds = {one.number: one for one in Refund.objects.select_for_update().exclude(unpaid=0).order_by("pk")}
    owing = _Owing(by_code, wanted)
    found = []
    for line, (whole, inside) in zip(lines, candidates, strict=True):
        bills = owing.on(line.booked_on)
        verdict = judge(
            line.amount,
            line.booked_on,
            f"{line.reference} {line.raw}",
            whole,
            inside,
            bills,
            waiting,
            is_reversal=line.is_reversal,
        )
        if verdict.rule == "confirmed-transfer" and _says_it_often(verdict.why["words"], lines):
            verdict = Verdict(Finding.UNKNOWN_CODE)
        if verdict.rule and verdict.owed:
            verdict.split = verdict.owed.split(line.amount)
            owing.pay(verdict.owed, verdict.split)
        found.append(verdict)
    return found


def _says_it_often(words: list[str], lines: Sequence[ParsedLine]) -> bool:
    """Whether other money came under the same number: a channel's code is no number of one transfer."""
    here = sum(line.amount > 0 and set(words) <= set(WORD.findall(f"{line.reference} {line.raw}".upper())) for line in lines)
    return here > 1 or bool(incoming_lines_saying(words))


class _Owing:
    """What bills owe on several days, while lines of one file pay them: paid on one day is paid on all."""

    def __init__(self, by_code: dict[str, int], wanted: dict[date, set[str]]) -> None:
        self.by_code, self.wanted = by_code, wanted
        self.days: dict[date, dict[str, Owed]] = {}
        self.seen: dict[str, list[Owed]] = {}
        self.paid: dict[str, list[Split]] = {}

    def on(self, day: date) -> dict[str, Owed]:
        """What is owed on a day, by payment code."""
        found = self.days.get(day)
        if found is None:
            ids = [self.by_code[code] for code in self.wanted[day] if code in self.by_code]
            found = self.days[day] = {owed.payment_code: owed for owed in owed_of(ids, day).values()}
            for code, owed in found.items():
                self.seen.setdefault(code, []).append(owed)
                for split in self.paid.get(code, ()):
                    _lessen(owed, split)
        return found

    def pay(self, owed: Owed, split: Split) -> None:
        """Count a payment on all days."""
        self.paid.setdefault(owed.payment_code, []).append(split)
        for same in self.seen[owed.payment_code]:
            _lessen(same, split)


def _lessen(owed: Owed, split: Split) -> None:
    # On another day less penalty may be owed than was paid; it is not owed below nought.
    owed.less(Split(min(split.principal, owed.principal), min(split.penalty, owed.penalty), split.excess))
