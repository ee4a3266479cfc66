"""Payers are reminded of bills: as they fall due, with what is left to pay, and never of what is paid, cancelled or moved."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dgs.core.billing import api as billing
from dgs.core.billing import reminding
from dgs.core.billing.actions import adjusting
from dgs.core.billing.models import Bill
from dgs.core.billing.simulator import Transfer
from dgs.core.billing.tests.conftest import NOW, TODAY, adjust, take
from dgs.core.messaging import agenda
from dgs.core.messaging.actions.reminding import send_due
from dgs.core.messaging.models import Message, Reminder
from dgs.core.parties import api as parties

pytestmark = pytest.mark.django_db
ZONE = ZoneInfo("Asia/Jakarta")
DUE = date(2026, 12, 23)


def at(day):
    return datetime(day.year, day.month, day.day, 9, tzinfo=ZONE)


def before(days):
    return at(DUE - timedelta(days=days))


@pytest.fixture(autouse=True)
def reached(payer, django_user_model):
    return django_user_model.objects.create_user(
        username="siti@contoh.invalid", name="Siti Contohwati", phone="6281200000001", party=payer
    )


def said():
    return [one.body for one in Message.objects.filter(kind="reminder").order_by("pk")]


def plan(bill, *parts, now):
    rows = [(day, Decimal(amount)) for day, amount in parts]
    adjusting.plan_instalments(bill_id=bill.pk, parts=rows, decision_number="1", now=now)


def planned(day, today=TODAY):
    return sum(part.count for part in agenda.parts(day, today=today, scope=agenda.Scope(kind="bill_due")))


def test_a_bill_is_reminded_of_before_and_once_after(issue):
    bill = issue()
    for days in (8, 7, 7, 3, 1, 0, -1, -2, -9):
        send_due(now=before(days))
    assert len(said()) == 3
    assert bill.number in said()[0] and "Rp 150.000" in said()[0] and "7 hari lagi" in said()[0]
    assert bill.payment_code in said()[0]
    assert "besok" in said()[1] and "belum dibayar" in said()[2]
    assert Message.objects.filter(about=f"billing.bill:{bill.pk}", office="dishub").count() == 3


def test_nothing_is_written_for_a_bill_until_its_day_is_near(issue):
    issue()
    send_due(now=before(20))
    assert not Reminder.objects.exists()
    assert planned(DUE - timedelta(days=7)) == planned(DUE - timedelta(days=1)) == planned(DUE + timedelta(days=1)) == 1
    counts = agenda.month(date(2026, 12, 1), date(2026, 12, 31), today=TODAY, scope=agenda.Scope())
    assert {day.day: dict(one) for day, one in counts.items()} == {16: {"bill_due": 1}, 22: {"bill_due": 1}, 24: {"bill_due": 1}}
    send_due(now=before(7))
    assert Reminder.objects.get().due_on == DUE and planned(DUE - timedelta(days=7), today=DUE - timedelta(days=7)) == 0


def test_a_bill_paid_between_two_steps_is_not_spoken_of_again(issue, account):
    bill = issue()
    send_due(now=before(7))
    take(Transfer(day=TODAY, amount=150_000, text=bill.payment_code))
    assert planned(DUE - timedelta(days=1)) == 0
    send_due(now=before(1))
    assert len(said()) == 1 and Reminder.objects.get().ended_why == "over"


def test_a_bill_cancelled_or_set_to_nought_is_never_spoken_of(issue, user, other):
    gone, nought = issue(), issue(about="tests.thing:2")
    billing.cancel_bill(bill=gone, reason="alasan yang cukup", by=user, now=NOW)
    adjust(nought, user, other, kind="reduction", amount=Decimal(-150_000))
    send_due(now=before(7))
    assert not said() and not Reminder.objects.exists()


def test_what_is_left_is_asked_for(issue, user, other):
    bill = issue()
    adjust(bill, user, other, kind="reduction", amount=Decimal(-50_000))
    send_due(now=before(7))
    assert "Rp 100.000" in said()[0]


def test_a_bill_issued_three_days_before_it_is_due_is_reminded_of_the_day_before(issue):
    issue(now=before(3))
    send_due(now=before(3))
    send_due(now=before(1))
    assert len(said()) == 1 and "besok" in said()[0]


def test_bills_that_were_late_long_ago_are_let_be(issue):
    issue()
    send_due(now=before(-40))
    assert not said()


def test_the_next_instalment_takes_the_place_of_the_bills_day(issue, account):
    bill = issue()
    first, second = DUE + timedelta(days=30), DUE + timedelta(days=60)
    send_due(now=before(8))
    plan(bill, (first, 50_000), (second, 100_000), now=before(8))
    send_due(now=before(7))
    assert not said()
    send_due(now=at(first - timedelta(days=7)))
    assert "Rp 50.000" in said()[0]
    take(Transfer(day=TODAY, amount=50_000, text=bill.payment_code))
    send_due(now=at(first - timedelta(days=1)))
    assert len(said()) == 1
    send_due(now=at(second - timedelta(days=7)))
    assert len(said()) == 2 and "Rp 100.000" in said()[1]
    assert Reminder.objects.get().due_on == second


def test_a_new_plan_moves_a_reminder_that_was_near(issue):
    bill = issue()
    send_due(now=before(7))
    plan(bill, (DUE + timedelta(days=9), 50_000), (DUE + timedelta(days=40), 100_000), now=before(6))
    send_due(now=before(1))
    assert len(said()) == 1 and Reminder.objects.get().ended_at is not None  # of that day nothing is asked any more
    send_due(now=before(-2))
    assert len(said()) == 2 and "7 hari lagi" in said()[1]
    assert Reminder.objects.get().due_on == DUE + timedelta(days=9)


def test_those_who_act_for_a_paying_business_are_reminded(issue, django_user_model):
    acting, former = (
        parties.register_person(nik=f"160701550190000{n}", name=f"Wakil {name}", now=NOW)
        for n, name in ((1, "Contoh"), (2, "Lama"))
    )
    firm = parties.register_business(
        name="PT Contoh Rekaan", nib="8120001234567", now=NOW, representative=acting, capacity="Direktur"
    )
    parties.represent(
        business=firm, person=former, capacity="Direktur", valid_from=date(2026, 1, 1), valid_to=TODAY, by=None, now=NOW
    )
    for n, person in enumerate((acting, former)):
        django_user_model.objects.create_user(
            username=f"wakil{n}@contoh.invalid", name=person.party.name, party=person.party, email=f"wakil{n}@contoh.invalid"
        )
    issue(payer=firm.party, about="tests.thing:9")
    send_due(now=before(7))
    assert Message.objects.get(kind="reminder").to == "wakil0@contoh.invalid"


def test_many_bills_take_as_many_queries_as_few(issue):
    counts = []
    for size in (2, 12):
        bills = [issue(about=f"tests.many:{size}:{n}") for n in range(size)]
        rows = [Reminder(key=f"k{one.pk}", kind="bill_due", about=f"billing.bill:{one.pk}", due_on=one.due_on) for one in bills]
        with CaptureQueriesContext(connection) as seen:
            assert len(reminding._matters(rows, TODAY)) == size
        counts.append(len(seen))
    assert counts[0] <= counts[1] <= counts[0] + 1


def test_the_days_open_bills_are_found_by_their_index(issue):
    issue()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    bills = next(iter(reminding.dates())).filter(of_day__gte=DUE, of_day__lte=DUE)
    assert "bill_open" in bills.explain()
    assert Bill.objects.count() == 1 and apps.get_model("messaging", "Reminder").objects.count() == 0


def test_a_bill_that_is_open_again_is_reminded_of_again(issue, user, other):
    bill = issue()
    send_due(now=before(7))
    adjust(bill, user, other, kind="reduction", amount=Decimal(-150_000))
    send_due(now=before(1))
    assert Reminder.objects.get().ended_at is not None and len(said()) == 1
    adjust(bill, user, other, kind="correction", amount=Decimal(20_000), account="4.1.02.03.03.0001")
    send_due(now=before(1))
    send_due(now=before(1))
    assert len(said()) == 2 and "besok" in said()[1] and "Rp 20.000" in said()[1]
