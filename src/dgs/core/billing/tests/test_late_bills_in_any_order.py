"""Late bills with penalties, plans and several revenue accounts: after any acts on any days the books hold what the bill says."""

import random
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction

from dgs.core.billing import actions, queries
from dgs.core.billing import api as billing
from dgs.core.billing.actions import adjusting
from dgs.core.billing.models import ChargeKind, Payment, Refund, StatementLine
from dgs.core.billing.owing import overpaid_on, owed_of
from dgs.core.billing.simulator import Transfer, mt940_text
from dgs.core.billing.tests.conftest import NOW, TODAY, fee
from dgs.kernel.errors import RuleBroken

ACCOUNTS = ("4.1.02.03.03.0001", "4.1.02.03.01.0001", "4.1.01.09.01.0001")
ACTS = (
    "wait", "wait", "pay", "pay", "more", "more", "earlier", "exactly", "message", "back", "less", "less", "add", "add", "waive",
    "fine", "refund", "refund", "refund", "pay out", "unrefund", "write-off", "plan",
)


@pytest.mark.parametrize("seed", range(16))
def test_the_books_hold_of_each_revenue_account_what_the_bill_says(issue, account, user, other, seed):
    lines = [fee(amount, account=code) for amount, code in zip((50_000, 30_000, 20_000), ACCOUNTS, strict=True)]
    bill, now, chance = issue(kind="retribution", amount=100_000, lines=lines), NOW, random.Random(seed)
    ChargeKind.objects.filter(pk=bill.kind_id).update(is_penalty_first=seed % 2 == 1)
    # A cancelled bill takes nothing more but what is undone, so it is cancelled late.
    for n, act in enumerate([*chance.choices(ACTS, k=24), "cancel", *chance.choices(("back", "unrefund", "refund"), k=4)]):
        number = chance.randrange(10)
        if act == "wait":
            now += timedelta(days=20 * (number + 1))
        else:
            with suppress(RuleBroken), transaction.atomic():
                do(act, number, bill, user, other, f"{n}", now)
        bill.refresh_from_db()
        compare(bill, now, (n, act))


@pytest.mark.parametrize("is_penalty_first", [False, True])
def test_a_line_in_time_that_stands_below_a_late_one_in_the_same_file(issue, account, user, is_penalty_first):
    """The late line pays a penalty that the line below it, of an earlier day, makes asked no more: it is owed back."""
    bill, late, now = issue(kind="retribution", amount=100_000), TODAY + timedelta(days=20), NOW + timedelta(days=21)
    ChargeKind.objects.filter(pk=bill.kind_id).update(is_penalty_first=is_penalty_first)
    parts = [(TODAY + timedelta(days=days), Decimal(50_000)) for days in (10, 40)]
    actions.plan_instalments(bill_id=bill.pk, parts=parts, decision_number="1", now=NOW, by=user)
    first = owed_of([bill.pk], late)[bill.pk].asked
    assert first.number == 1 and first.penalty > 0
    lines = [
        Transfer(day=late, amount=int(first.amount), text=bill.payment_code),
        Transfer(day=TODAY + timedelta(days=1), amount=50_000, text=bill.payment_code),
    ]
    made = mt940_text(lines, account="1500000016071", opening=0)
    billing.take_statement(made.encode(), file_name="a", account=None, by=None, now=now)
    bill.refresh_from_db()
    assert (bill.paid, bill.penalty_paid, bill.principal_paid) == (100_000 + first.penalty, 0, 100_000 + first.penalty)
    compare(bill, now)


def compare(bill, now, told=""):
    """The ledger with the bill: in all, and by revenue account, office and region."""
    check, asked, came = queries.check_money(), bill.total + bill.adjusted, bill.principal_paid
    assert check.ok, check.problems
    assert held(bill, "receivable") == parts(bill, came, asked)
    assert held(bill, "revenue", "written_off") == {code: -amount for code, amount in parts(bill, 0, asked).items()}
    assert held(bill, "overpaid") == ({"": asked - came} if came > asked else {})
    owed = owed_of([bill.pk], now.date())[bill.pk]
    assert owed.principal >= 0 and owed.penalty >= 0 and not (owed.amount and overpaid_on(now.date(), bill.pk))
    if not bill.cancelled_at:
        # What is asked and owed back today is what the books hold, whatever was paid as a penalty meanwhile.
        assert (owed.principal, overpaid_on(now.date(), bill.pk)) == (max(0, asked - came), max(0, came - asked)), told


def held(bill, *accounts):
    found = rows(
        "SELECT revenue, sum(amount) FROM ledger_posting WHERE account_id = ANY(%s) AND office_id = %s AND region = %s"
        " GROUP BY 1 HAVING sum(amount) <> 0", list(accounts), bill.office_id, bill.region,
    )  # fmt: skip
    return dict(found)


def parts(bill, low, high):
    return dict(rows("SELECT account, sum(amount) FROM billing_parts(%s, %s, %s) GROUP BY 1", bill.pk, low, high))


def rows(sql, *values):
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()


def take(amount, name, now, *, day=None, text=""):
    """A bank line of its own statement."""
    opening = sum(StatementLine.objects.values_list("amount", flat=True))
    lines = [Transfer(day=day or now.date(), amount=int(amount), text=text or f"SETORAN {name}")]
    made = mt940_text(lines, account="1500000016071", opening=opening)
    billing.take_statement(made.encode(), file_name=name, account=None, by=None, now=now)
    return StatementLine.objects.order_by("-pk").first()


def do(act, number, bill, user, other, name, now):
    """One act, larger or smaller by the number; what is not possible refuses."""
    amount, who = Decimal(10_000 * (number + 1)), {"by": user, "now": now}
    owed = owed_of([bill.pk], now.date())[bill.pk]
    payments = list(Payment.objects.filter(bill=bill, undoes=None, undone_by=None).order_by("pk"))
    refunds = list(Refund.objects.filter(bill=bill, undoes=None, undone_by=None).order_by("pk"))
    if act in {"pay", "more", "earlier"}:
        day = max(TODAY, now.date() - timedelta(days=30 * number)) if act == "earlier" else None
        line, more = take(amount, name, now, day=day), {"with_excess": True, "amount": amount} if act == "more" else {}
        billing.assign_line(line_id=line.pk, bill=bill, note="uji", **more, **who)
    elif act == "exactly" and owed.payable:
        take(owed.payable[number % len(owed.payable)].amount, name, now, text=bill.payment_code)
    elif act == "message":
        billing.receive(
            channel="va", source=name, bill_id=bill.pk, amount=payments[0].amount if payments else amount, reference=f"REF{name}",
            happened_at=now, account=billing.collecting_account(), strict=False, now=now,
        )
    elif act == "back" and payments:
        actions.take_back_payment(payment_id=payments[number % len(payments)].pk, reason="uji", **who)
    elif act in {"less", "waive", "add", "fine", "write-off"}:
        change = {
            "less": {"kind": "reduction", "amount": -amount}, "add": {"kind": "correction", "amount": amount},
            "waive": {"kind": "reduction", "amount": Decimal(0), "penalty": Decimal(-500 * (number + 1))},
            "fine": {"kind": "correction", "amount": Decimal(0), "penalty": Decimal(500 * (number + 1))},
            "write-off": {"kind": "write-off", "amount": -owed.principal},
        }[act]  # fmt: skip
        adjusting.adjust(
            adjusting.hold_bill(bill.pk), reason="uji", decided_on=now.date(), approved_by=other, account=ACCOUNTS[number % 3],
            **change, **who,
        )
    elif act == "refund":
        over = overpaid_on(now.date(), bill.pk)
        actions.give_back(
            bill_id=bill.pk, amount=over if number % 2 else amount, to_bank="B", to_account="123456", to_holder="S",
            reason="lebih", decision_number="", approved_by=other, **who,
        )
    elif act == "pay out" and refunds:
        take(-min(amount, refunds[0].unpaid or amount), name, now, text=refunds[0].number)
    elif act == "unrefund" and refunds:
        actions.withdraw_refund(refund_id=refunds[number % len(refunds)].pk, reason="uji", approved_by=other, **who)
    elif act == "cancel":
        actions.cancel_bill(bill=bill, reason="uji", part_paid=True, **who)
    elif act == "plan":
        third, asked = (bill.total + bill.adjusted) // 3, bill.total + bill.adjusted
        days = [now.date() + timedelta(days=30 * n) for n in (1, 2, 3)]
        actions.plan_instalments(
            bill_id=bill.pk, parts=list(zip(days, (third, third, asked - 2 * third), strict=True)), decision_number="1", **who
        )
