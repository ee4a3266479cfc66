"""Issuing many bills by one act: what comes of it, what is skipped, and what refuses all of it."""

from datetime import date
from decimal import Decimal

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction

from dgs.core.billing import api as billing
from dgs.core.billing import codes
from dgs.core.billing.api import RunRow
from dgs.core.billing.errors import RunRefused, UnknownChargeKind
from dgs.core.billing.models import Bill, BillLine, BillRun, RevenueAccount
from dgs.core.billing.tests.conftest import NOW

DUE = date(2026, 12, 23)
ACCOUNT = "4.1.02.03.03.0001"
Entry, AuditRow = apps.get_model("ledger", "Entry"), apps.get_model("audit", "AuditRow")


@pytest.fixture
def run(office, payer):
    def make(rows, **changes):
        return billing.issue_run(
            **{"name": "PBB 2026", "office": office, "rows": rows, "due_on": DUE, "now": NOW} | changes
        )

    return make


@pytest.fixture
def row(payer):
    def make(n, **changes):
        values = {
            "about": f"tests.object:{n}", "payer_id": payer.pk, "title": f"PBB {n}", "account": ACCOUNT, "amount": 1000 * n,
            "region": "16.07",
        }
        return RunRow(**values | changes)

    return make


def everything():
    return [model.objects.count() for model in (Bill, BillLine, BillRun, Entry, AuditRow, RevenueAccount)]


def test_each_row_becomes_a_bill_with_its_line_code_and_number(run, row, office, payer):
    made = run([row(n) for n in (3, 1, 2)])
    assert (made.issued, made.total, made.skipped) == (3, Decimal(6000), 0)
    assert (made.run.count, made.run.total, made.run.name) == (3, Decimal(6000), "PBB 2026")
    bills = list(Bill.objects.filter(run=made.run).order_by("pk"))
    assert [bill.about for bill in bills] == ["tests.object:3", "tests.object:1", "tests.object:2"]
    for bill in bills:
        assert codes.is_code(bill.payment_code) and bill.number.startswith("TGH-2026-") and len(bill.number) >= 15
        assert (bill.office, bill.payer, bill.due_on, bill.region, bill.issued_at) == (office, payer, DUE, "16.07", NOW)
        (line,) = bill.lines.all()
        assert (line.account_id, line.amount, line.description) == (ACCOUNT, bill.total, bill.title)
        assert billing.standing(bill).state == "open"


def test_numbers_go_on_where_single_bills_stopped(run, row, issue):
    before = issue()
    made = run([row(1)])
    after = issue(about="tests.thing:2")
    numbers = [int(bill.number.rsplit("-", 1)[1]) for bill in (before, made.run.bills.get(), after)]
    assert numbers == [numbers[0], numbers[0] + 1, numbers[0] + 2]


def test_a_run_is_one_entry_in_the_ledger_and_one_act_in_the_record(run, row, user):
    made = run([row(n) for n in (1, 2, 3)], by=user)
    entry = Entry.objects.get(kind="run")
    assert entry.source == made.run.pk
    sums = {posting.account_id: posting.amount for posting in entry.postings.all()}
    assert sums == {"receivable": Decimal(6000), "revenue": Decimal(-6000)}
    assert AuditRow.objects.filter(action="billing.issue_run", subject=f"billing.billrun:{made.run.pk}").count() == 1
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_rows_that_have_their_bill_already_are_skipped_and_counted(run, row, issue):
    there = issue(about="tests.object:2")
    made = run([row(n) for n in (1, 2, 3)])
    assert (made.issued, made.skipped, made.total) == (2, 1, Decimal(4000))
    assert Bill.objects.get(about="tests.object:2") == there


def test_the_same_rows_a_second_time_issue_nothing(run, row):
    rows = [row(n) for n in (1, 2)]
    run(rows)
    before = everything()
    again = run(rows)
    assert (again.run, again.issued, again.skipped) == (None, 0, 2)
    assert everything() == before


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"payer_id": 999_999_999}, "999999999"),
        ({"payer_id": None}, "None"),
        ({"account": "9.9.99"}, "9.9.99"),
        ({"amount": 0}, "0"),
        ({"amount": -5}, "-5"),
        ({"amount": Decimal("1.5")}, "1.5"),
        ({"amount": 1.0}, "1.0"),
        ({"amount": True}, "True"),
        ({"amount": Decimal("NaN")}, "NaN"),
        ({"amount": 10**12}, "1000000000000"),
        ({"about": ""}, ""),
        ({"about": "x" * 81}, ""),
        ({"title": "x" * 201}, ""),
        ({"title": "a\x00b"}, ""),
        ({"region": "x" * 14}, ""),
        ({"about": "tests.object:1"}, "1"),
    ],
)
def test_a_wrong_row_refuses_the_whole_run_by_its_number(run, row, changes, word):
    before = everything()
    with pytest.raises(RunRefused) as refusal:
        run([row(1), row(2), row(3, **changes), row(4)])
    assert refusal.value.row == 3 and word in str(refusal.value) and "3" in str(refusal.value)
    assert everything() == before


def test_an_unknown_kind_of_charge_refuses_the_run(run, row):
    before = everything()
    with pytest.raises(UnknownChargeKind):
        run([row(1)], kind="tidak-ada")
    assert everything() == before


def test_amounts_as_decimals_of_whole_rupiah_are_taken(run, row):
    assert run([row(1, amount=Decimal("1500"))]).total == 1500


def test_a_run_without_rows_issues_nothing(run):
    assert run([]).run is None and not BillRun.objects.exists()


def test_two_runs_in_one_transaction_do_not_meet(run, row):
    with transaction.atomic():
        one, two = run([row(1)]), run([row(2)])
    assert one.run != two.run and Bill.objects.count() == 2


def test_a_count_that_does_not_hold_is_refused_at_the_end_of_the_transaction(office):
    with pytest.raises(IntegrityError), transaction.atomic():
        BillRun.objects.create(name="x", office=office, count=1, total=5, at=NOW)
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert not BillRun.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_run_that_was_issued_takes_no_more_bills(run, row, payer, office):
    made = run([row(1)])
    with pytest.raises(IntegrityError), transaction.atomic():
        Bill.objects.create(
            number="X-1", payment_code="1", payer=payer, office=office, title="X", about="x", total=1, issued_at=NOW, due_on=DUE,
            run=made.run,
        )
    assert Bill.objects.count() == 1


def test_a_bill_of_a_run_is_paid_by_its_code_like_any_other(run, row, account):
    from dgs.core.billing.simulator import simulate_transfer

    bill = run([row(7)]).run.bills.get()
    file = simulate_transfer(bill, NOW)
    billing.take_statement(file.data, file_name="a.sta", account=None, by=None, now=NOW)
    assert billing.standing(bill).state == "paid"
