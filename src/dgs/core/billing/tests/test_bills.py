"""Issuing, cancelling and the standing of bills."""

from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.db import IntegrityError, connection, transaction

from dgs.core.billing import api as billing
from dgs.core.billing import codes
from dgs.core.billing.errors import BillAlreadyPaid, BillAmountWrong, NoteMissing, UnknownRevenueAccount
from dgs.core.billing.models import Bill, BillLine, RevenueAccount, StatementLine
from dgs.core.billing.simulator import simulate_transfer
from dgs.core.billing.tests.conftest import NOW, fee


def test_a_bill_has_a_number_a_valid_code_and_lines_that_add_up(issue):
    bill = issue(lines=[fee(100_000), fee(50_000)])
    assert bill.total == 150_000
    assert bill.number.startswith("TGH-2026-")
    assert codes.is_code(bill.payment_code)
    assert sum(line.amount for line in bill.lines.all()) == 150_000
    assert billing.standing(bill).state == "open"


def test_the_same_about_twice_is_one_bill(issue):
    first, again = issue(), issue(amount=999_000)
    assert first == again
    assert again.total == 150_000
    assert Bill.objects.count() == 1


def test_the_revenue_account_is_entered_from_the_chart_with_its_source(issue):
    issue()
    account = RevenueAccount.objects.get(code="4.1.02.03.03.0001")
    assert account.name == "Retribusi Izin Trayek untuk Menyediakan Pelayanan Angkutan Umum"
    assert "050-5889" in account.source


def test_an_unknown_revenue_account_is_refused_and_nothing_is_left(issue):
    with pytest.raises(UnknownRevenueAccount):
        issue(lines=[fee(1000), fee(1000, account="9.9.99")])
    assert not Bill.objects.exists()
    assert not BillLine.objects.exists()


@pytest.mark.parametrize("amount", [-1, 1.5, Decimal("10.5"), True, "1000", None, 10**12, Decimal("NaN")])
def test_amounts_that_are_not_whole_rupiah_are_refused(issue, amount):
    line = SimpleNamespace(account="4.1.02.03.03.0001", description="x", quantity=1, unit=1000, amount=amount)
    with pytest.raises(BillAmountWrong):
        issue(lines=[line])
    assert not Bill.objects.exists()


@pytest.mark.parametrize("lines", [[], [fee(0)]])
def test_a_bill_over_nothing_is_refused(issue, lines):
    with pytest.raises(BillAmountWrong):
        issue(lines=lines)
    assert not Bill.objects.exists()


def test_cancelling_needs_a_reason_and_happens_once(issue, user):
    bill = issue()
    with pytest.raises(NoteMissing):
        billing.cancel_bill(bill=bill, reason="  ", by=user, now=NOW)
    assert billing.standing(bill).state == "open"
    billing.cancel_bill(bill=bill, reason="Permohonan dicabut", by=user, now=NOW)
    again = billing.cancel_bill(bill=bill, reason="Lain", by=user, now=NOW)
    assert again.cancelled_reason == "Permohonan dicabut"
    assert billing.standing(bill).state == "cancelled"


def test_a_part_paid_bill_is_cancelled_only_when_what_it_was_for_has_ended(issue, account, user):
    bill = issue()
    part = simulate_transfer(bill, NOW, amount=100_000)
    billing.take_statement(part.data, file_name="a.sta", account=account, by=None, now=NOW)
    line = StatementLine.objects.get()
    billing.assign_line(line_id=line.pk, bill=bill, note="Angsuran pertama", by=user, now=NOW)
    with pytest.raises(BillAlreadyPaid):
        billing.cancel_bill(bill=bill, reason="Salah", by=user, now=NOW)
    bill.refresh_from_db()
    assert (bill.cancelled_at, billing.standing(bill).state) == (None, "part")
    billing.cancel_bill(bill=bill, reason="Permohonan berakhir", now=NOW, part_paid=True)
    standing = billing.standing(bill)
    assert (standing.state, int(standing.paid)) == ("cancelled", 100_000)
    assert billing.check_money().problems == ()


def test_a_bill_for_which_money_came_cannot_be_cancelled(issue, account, user):
    bill = issue()
    billing.take_statement(simulate_transfer(bill, NOW).data, file_name="a.sta", account=account, by=None, now=NOW)
    with pytest.raises(BillAlreadyPaid):
        billing.cancel_bill(bill=bill, reason="Salah", by=user, now=NOW)
    bill.refresh_from_db()
    assert bill.cancelled_at is None


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE billing_bill SET total = 1",
        "DELETE FROM billing_bill",
        "UPDATE billing_billline SET amount = 1",
        "UPDATE billing_payment SET amount = 1",
        "DELETE FROM billing_payment",
        "DELETE FROM billing_statementline",
        "UPDATE billing_statementline SET amount = 1",
        "UPDATE billing_statement SET file_name = 'x'",
        "UPDATE billing_bill SET cancelled_at = now(), total = 2",
    ],
)
def test_the_database_keeps_facts_as_they_are(issue, account, sql):
    bill = issue()
    billing.take_statement(simulate_transfer(bill, NOW).data, file_name="a.sta", account=account, by=None, now=NOW)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
    assert billing.standing(bill).paid == 150_000


def test_lines_that_do_not_add_up_are_refused_by_the_database(issue):
    bill = issue()
    with pytest.raises(IntegrityError, match="add up"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO billing_bill (number, payment_code, payer_id, office_id, title, about, total, issued_at, due_on, "
            "cancelled_reason, region) VALUES ('X', '1', %s, %s, '', 'x', 5, now(), now(), '', '')",
            [bill.payer_id, bill.office_id],
        )
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert Bill.objects.count() == 1


@pytest.mark.django_db
def test_payment_codes_of_the_database_are_all_different_and_carry_good_check_digits():
    with connection.cursor() as cursor:
        cursor.execute("SELECT billing_payment_code(n) FROM generate_series(1, 20000) AS n")
        found = [row[0] for row in cursor.fetchall()]
    assert len(set(found)) == 20_000
    assert all(codes.is_code(code) for code in found)
