"""What a reviewer found and was mended: accounts, offices, years and days that were mixed up."""

import threading
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.apps import apps
from django.db import connection
from django.urls import reverse

from dgs.core.access.models import Grant, Role
from dgs.core.billing import actions
from dgs.core.billing import api as billing
from dgs.core.billing.models import BankAccount, StatementLine
from dgs.core.billing.simulator import Transfer, csv_text, mt940_text
from dgs.core.billing.tests.conftest import NOW, NUMBER, TODAY, take
from dgs.core.ledger.actions import close_period
from dgs.core.ledger.errors import YearFirst
from dgs.core.ledger.models import Entry, Posting
from dgs.kernel.spreadsheets import csv_lines


@pytest.mark.django_db
def test_a_file_put_to_the_wrong_account_can_be_put_to_the_right_one(account):
    right = BankAccount.objects.create(bank="Bank Lain", number="200000001", holder="RKUD 2")
    text = csv_text([Transfer(day=TODAY, amount=70_000, text="BUDI", reference="X1")], account=NUMBER)
    text = "\r\n".join(row for row in text.split("\r\n") if "Nomor Rekening" not in row)
    data = text.encode()
    billing.take_statement(data, file_name="a", account=account, by=None, now=NOW)
    billing.take_statement(data, file_name="a", account=right, by=None, now=NOW)
    assert StatementLine.objects.filter(account=right).count() == 1


def test_what_is_announced_as_paid_is_paid_a_confirmed_transfer(issue, account, user, paid_events):
    bill = issue(amount=1_000_000, kind="retribution", due_on=date(2026, 11, 20))
    # Booked on the 21st: a month of penalty has begun.
    take(Transfer(day=date(2026, 11, 21), amount=1_000_000, text="TRF FT26330ABC99 BUDI"))
    actions.confirm_transfer(
        bill=bill, transfer_number="FT26330ABC99", transferred_at=datetime(2026, 11, 20, 3, tzinfo=UTC),
        amount=Decimal(1_000_000), channel="web", now=NOW, by=user,
    )
    standing = billing.standing(bill)
    assert bool(paid_events) == (standing.state == "paid")


def test_the_same_facts_in_the_other_order_give_the_same(issue, account, user, paid_events):
    bill = issue(amount=1_000_000, kind="retribution", due_on=date(2026, 11, 20))
    actions.confirm_transfer(
        bill=bill, transfer_number="FT26330ABC99", transferred_at=datetime(2026, 11, 20, 3, tzinfo=UTC),
        amount=Decimal(1_000_000), channel="web", now=NOW, by=user,
    )
    take(Transfer(day=date(2026, 11, 21), amount=1_000_000, text="TRF FT26330ABC99 BUDI"))
    standing = billing.standing(bill)
    assert not paid_events and standing.state == "open"


def test_an_officer_of_one_office_cannot_take_back_what_paid_a_bill_of_another(issue, account, user, office, client, monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    mine = apps.get_model("organisations", "Office").objects.create(
        slug="dinkes", kind="health", name="Dinas Kesehatan", short_name="Dinkes", region=office.region
    )
    bill = issue()
    take(Transfer(day=TODAY, amount=150_000, text="BUDI"))
    line = StatementLine.objects.get()
    payment = billing.assign_line(line_id=line.pk, bill=bill, note="sesuai bukti", by=user, now=NOW)
    role = Role.objects.create(code="r", title="r", permissions=["billing.resolve_line"], is_staff=True)
    person = apps.get_model("accounts", "User").objects.create_user(
        username="x@contoh.invalid", name="X", password="rahasia-sekali-1"
    )
    Grant.objects.create(user=person, role=role, office=mine, valid_from=date(2026, 1, 1))
    client.force_login(person)
    page = client.get(reverse("billing:line", args=[line.pk]))
    client.post(reverse("billing:line", args=[line.pk]), {"undo": f"payment:{payment.pk}", "reason": "iseng saja"})
    assert billing.standing(bill).state == "paid" and bill.number not in page.content.decode()


@pytest.mark.django_db(transaction=True)
def test_a_channels_message_does_not_wait_for_a_statement_that_is_being_taken(issue, account, monkeypatch):
    bill = issue()
    BankAccount.objects.update(has_virtual_accounts=True)
    inside, go = threading.Event(), threading.Event()
    from dgs.core.billing.actions import statements

    real = statements.new_lines

    def slow(*args):
        inside.set()
        go.wait(8)
        return real(*args)

    monkeypatch.setattr(statements, "new_lines", slow)
    text = mt940_text([Transfer(day=TODAY, amount=11_000, text="LAIN")], account=NUMBER).encode()

    def importing():
        try:
            billing.take_statement(text, file_name="a", account=None, by=None, now=NOW)
        finally:
            connection.close()

    thread = threading.Thread(target=importing)
    thread.start()
    assert inside.wait(5)
    try:
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '2s'")
        billing.receive(
            channel="va", source="t:1", bill_id=bill.pk, amount=Decimal(150_000), reference="R1", happened_at=NOW, now=NOW,
            account=account,
        )
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET lock_timeout")
        go.set()
        thread.join()


def test_a_negative_number_in_a_csv_is_a_number():
    lines = list(csv_lines(["a"], [[-150_000]], delimiter=";"))
    assert lines[1].strip() == "-150000"


@pytest.mark.django_db
def test_the_last_day_of_a_year_is_closed_with_its_year_so_that_each_year_brings_its_own():
    for n, day in ((1, date(2026, 6, 1)), (2, date(2027, 6, 1))):
        entry = Entry.objects.create(kind="t", source=n, booked_on=day, at=NOW)
        common = {"entry": entry, "booked_on": day, "revenue": "", "region": "", "channel": ""}
        Posting.objects.bulk_create(
            Posting(account_id=a, amount=x, **common) for a, x in (("receivable", 100), ("revenue", -100))
        )
        new_year = datetime(day.year + 1, 1, 1, 3, tzinfo=UTC)
        with pytest.raises(YearFirst):
            close_period(kind="day", through=date(day.year, 12, 31), note="", now=new_year, by=None)
        if n == 2:
            close_period(kind="day", through=date(2027, 12, 30), note="", now=new_year, by=None)
        close_period(kind="year", through=date(day.year, 12, 31), note="", now=new_year, by=None)
    assert list(Posting.objects.filter(account_id="equity").values_list("amount", flat=True)) == [-100, -100]


@pytest.mark.django_db
def test_a_year_is_not_closed_over_one_that_is_open():
    entry = Entry.objects.create(kind="t", source=1, booked_on=date(2026, 6, 1), at=NOW)
    Posting.objects.bulk_create(
        Posting(entry=entry, account_id=a, amount=x, booked_on=date(2026, 6, 1), revenue="", region="", channel="")
        for a, x in (("receivable", 100), ("revenue", -100))
    )
    with pytest.raises(YearFirst):
        close_period(kind="year", through=date(2027, 12, 31), note="", now=datetime(2028, 1, 5, 3, tzinfo=UTC), by=None)


def test_an_objection_to_a_bill_that_is_cancelled_gets_its_answer(issue, account, user, other):
    bill = issue()
    actions.object_to_bill(bill=bill, text="bukan saya", now=NOW, by=user)
    actions.cancel_bill(bill=bill, reason="salah terbit", now=NOW, by=user)
    assert not billing.standing(bill).is_disputed


def test_the_audit_notices_a_wrong_sum_of_refunds_and_penalty_adjustments(issue, account):
    bill = issue()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE billing_bill DISABLE TRIGGER billing_bill_kept")
        cursor.execute("UPDATE billing_bill SET penalty_adjusted = -77 WHERE id = %s", [bill.pk])
    assert not billing.check_money().ok


def test_whole_rupiah_have_no_decimals_in_a_file_for_a_spreadsheet():
    rows = [[Decimal("475000.00"), Decimal("0"), Decimal("-12.50"), Decimal("1E+3")]]
    assert list(csv_lines(["a", "b", "c", "d"], rows, delimiter=";"))[1] == "475000;0;-12.50;1000\r\n"
