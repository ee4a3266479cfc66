"""The books: entries that balance, closings, the page and the journal; what money facts post is tested in the billing room."""

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from dgs.core.access.models import Grant, Role
from dgs.core.ledger import queries
from dgs.core.ledger.actions import close_period
from dgs.core.ledger.api import entries_without_postings
from dgs.core.ledger.errors import CannotClose
from dgs.core.ledger.models import Account, Closing, Entry, Posting, Total

NOW = datetime(2027, 1, 5, 3, 0, tzinfo=UTC)
DAY = date(2026, 12, 30)


def post(number, *sides, day=DAY, **more):
    entry = Entry.objects.create(kind="test", source=number, booked_on=day, at=NOW)
    values = {"booked_on": day, "revenue": "", "region": "", "channel": ""} | more
    Posting.objects.bulk_create(Posting(entry=entry, account_id=account, amount=amount, **values) for account, amount in sides)
    return entry


@pytest.fixture
def reader(client, db, monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    user = apps.get_model("accounts", "User").objects.create_user(
        username="dua@contoh.invalid", name="Dua Orangwati", password="rahasia-sekali-1"
    )
    role = Role.objects.create(code="books", title="Buku", permissions=["ledger.view", "ledger.close"], is_staff=True)
    Grant.objects.create(user=user, role=role, valid_from=date(2026, 1, 1))
    client.force_login(user)
    return client


@pytest.mark.django_db
@pytest.mark.parametrize("sides", [[("treasury", 5)], [("treasury", 5), ("revenue", -4)]])
def test_an_entry_that_does_not_balance_is_refused(sides):
    with pytest.raises(IntegrityError, match="balance"), transaction.atomic():
        post(1, *sides)
    assert not Posting.objects.exists() and not Total.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_posting_of_an_unknown_account_or_entry_is_refused_and_a_used_account_stays():
    with pytest.raises(IntegrityError, match="ledger_total"), transaction.atomic():
        post(1, ("treasury", 5), ("nowhere", -5))
    lost = Entry(pk=999_999)
    with pytest.raises(IntegrityError, match="balance"), transaction.atomic():
        Posting.objects.bulk_create(
            Posting(entry=lost, account_id=account, amount=amount, booked_on=DAY)
            for account, amount in (("treasury", 5), ("revenue", -5))
        )
    post(1, ("treasury", 5), ("revenue", -5))
    with pytest.raises(IntegrityError, match="ledger_total"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM ledger_account WHERE code = 'treasury'")
    with pytest.raises(IntegrityError, match="ledger_total"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE ledger_account SET code = 'other' WHERE code = 'treasury'")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "after", ["DELETE FROM ledger_total", "UPDATE ledger_total SET account_id = 'treasury', lane = lane + 16"]
)
def test_no_posting_of_an_unknown_account_is_left_by_who_meddles_with_the_totals(after):
    with pytest.raises(IntegrityError, match="ledger_total"), transaction.atomic(), connection.cursor() as cursor:
        post(1, ("treasury", 5), ("nowhere", -5))
        cursor.execute(after)
    assert not Posting.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_an_account_with_postings_stays_also_without_totals():
    Account.objects.create(code="new", name="Baru", kind="asset")
    post(1, ("treasury", 5), ("new", -5))
    for act in ("DELETE FROM ledger_account WHERE code = 'new'", "UPDATE ledger_account SET code = 'other' WHERE code = 'new'"):
        with pytest.raises(IntegrityError, match="has postings"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("DELETE FROM ledger_total")
            cursor.execute(act)
    Account.objects.filter(code="new").update(chart_code="1.1")
    Account.objects.create(code="unused", name="Tak terpakai", kind="asset")
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM ledger_account WHERE code = 'unused'")
    assert not Account.objects.filter(code="unused").exists()


@pytest.mark.django_db
def test_a_fact_is_booked_once():
    post(1, ("treasury", 5), ("revenue", -5))
    with pytest.raises(IntegrityError, match="entry_once"), transaction.atomic():
        post(1, ("treasury", 5), ("revenue", -5))


@pytest.mark.django_db
def test_a_closed_day_takes_no_posting_of_an_entry_that_was_there_before():
    entry = Entry.objects.create(kind="test", source=1, booked_on=DAY, at=NOW)
    close_period(kind="day", through=DAY, note="", now=NOW, by=None)
    common = {"entry": entry, "booked_on": DAY, "revenue": "", "region": "", "channel": ""}
    with pytest.raises(IntegrityError, match="is closed"), transaction.atomic():
        Posting.objects.bulk_create(
            Posting(account_id=account, amount=amount, **common) for account, amount in (("treasury", 5), ("revenue", -5))
        )
    assert not Posting.objects.exists() and not Total.objects.exists()


@pytest.mark.django_db
def test_entries_without_postings_are_found():
    post(1, ("treasury", 5), ("revenue", -5))
    assert entries_without_postings() == []
    empty = [Entry.objects.create(kind="test", source=n, booked_on=DAY, at=NOW) for n in (2, 3)]
    assert entries_without_postings() == empty and entries_without_postings(limit=1) == empty[:1]


@pytest.mark.django_db
def test_a_closed_day_takes_no_entry_and_is_closed_once():
    post(1, ("treasury", 5), ("revenue", -5))
    made = close_period(kind="day", through=DAY, note="", now=NOW, by=None)
    assert made.figures["treasury"] == "5.00"
    with pytest.raises(IntegrityError, match="closed"), transaction.atomic():
        post(2, ("treasury", 5), ("revenue", -5))
    for through in (DAY, date(2026, 12, 1), date(2027, 1, 5), date(2099, 1, 1)):
        with pytest.raises(CannotClose):
            close_period(kind="day", through=through, note="", now=NOW, by=None)
    assert Closing.objects.count() == 1 and Entry.objects.count() == 1


@pytest.mark.django_db
def test_closing_a_year_brings_revenue_and_expense_to_equity():
    post(1, ("treasury", 500), ("revenue", -500))
    post(2, ("bank_charges", 20), ("treasury", -20))
    with pytest.raises(CannotClose):
        close_period(kind="year", through=DAY, note="", now=NOW, by=None)
    close_period(kind="year", through=date(2026, 12, 31), note="", now=NOW, by=None)
    after = {one.account.code: one.after for one in queries.balances(date(2026, 1, 1), date(2026, 12, 31))}
    assert (after["revenue"], after["bank_charges"], after["equity"], after["treasury"]) == (0, 0, Decimal(-480), Decimal(480))


def test_the_page_shows_balances_and_closes_a_day(reader):
    post(1, ("unidentified", 700), ("receivable", -700), channel="va", revenue="4.1.02.03.03.0001")
    text = reader.get(reverse("ledger:books"), {"dari": "2026-12-01", "sampai": "2026-12-31"}).content.decode()
    assert "Penerimaan belum teridentifikasi" in text and "4.1.02.03.03.0001" in text and "Rp\u00a0700" in text
    refused = reader.post(reverse("ledger:close"), {"kind": "day", "through": "2027-01-05"})
    assert refused.status_code == 409 and not Closing.objects.exists()
    assert reader.post(reverse("ledger:close"), {"kind": "day", "through": "bukan"}).status_code == 422
    assert reader.post(reverse("ledger:close"), {"kind": "day", "through": "2026-12-30"}).status_code == 302
    assert Closing.objects.get().through == date(2026, 12, 30)


def test_the_journal_balances_as_a_file(reader):
    post(1, ("treasury", 5), ("revenue", -5))
    answer = reader.get(reverse("ledger:journal", args=["csv"]), {"dari": "2026-12-01", "sampai": "2026-12-31"})
    rows = list(csv.reader(io.StringIO(answer.getvalue().decode("utf-8-sig")), delimiter=";"))
    assert len(rows) == 3 and sum(Decimal(row[10]) - Decimal(row[11]) for row in rows[1:]) == 0


@pytest.mark.parametrize(
    "asked", [{"dari": "x"}, {"dari": "0001-01-01", "sampai": "9999-12-31"}, {"sampai": "2020-01-01", "dari": "2026-01-01"}]
)
def test_strange_spans_do_not_break_the_page(reader, asked):
    assert reader.get(reverse("ledger:books"), asked).status_code == 200


def test_who_reaches_one_office_of_several_sees_its_postings_and_closes_nothing(reader, regions):
    from dgs.core.regions.models import Region

    offices = [
        apps.get_model("organisations", "Office").objects.create(
            slug=slug, kind="transport", name=slug, short_name=slug, region=Region.objects.get(code="16.07")
        )
        for slug in ("satu", "dua")
    ]
    post(1, ("treasury", 31), ("unidentified", -31))
    post(2, ("unidentified", 17), ("receivable", -17), office=offices[0], channel="va")
    post(3, ("unidentified", 19), ("receivable", -19), office=offices[1], channel="va")
    span = {"dari": "2026-12-01", "sampai": "2026-12-31"}
    assert "Rp\u00a031" in reader.get(reverse("ledger:books"), span).content.decode()
    Grant.objects.update(office=offices[0])
    text = reader.get(reverse("ledger:books"), span).content.decode()
    assert "Rp\u00a017" in text and "Rp\u00a031" not in text and "Rp\u00a019" not in text
    assert reader.post(reverse("ledger:close"), {"kind": "day", "through": "2026-12-31"}).status_code == 403
    Grant.objects.create(user=Grant.objects.get().user, role=Role.objects.get(code="books"), office=offices[1], valid_from=DAY)
    assert "Rp\u00a031" in reader.get(reverse("ledger:books"), span).content.decode()
    assert not Closing.objects.exists()
