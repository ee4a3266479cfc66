"""Counts by another person: a shift that its cashier cannot close, and cash of which the treasurer finds more or less."""

import threading
from datetime import date
from decimal import Decimal

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from dgs.core.access.models import Grant, Role
from dgs.core.audit.models import AuditRow
from dgs.core.billing import actions
from dgs.core.billing import api as billing
from dgs.core.billing.errors import DifferenceUnexplained, NoteMissing, OwnCash, OwnShift, RuleBroken, ShiftEnded
from dgs.core.billing.models import HandOver, ShiftClosing
from dgs.core.billing.queries.cash import treasurer_cash_of
from dgs.core.billing.tests.conftest import NOW, balance, person

TOKEN = "0123456789abcdef0123456789abcdef"
ILL = "Kasir sakit sejak Selasa"
PAGE = reverse("billing:counter_cash")
ALL_THERE = {100_000: 3, 50_000: 1}  # 200.000 of change and 150.000 taken


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)


@pytest.fixture
def cashier(db):
    return person("kasiran")


@pytest.fixture
def other(db):
    return person("bendahara-dua")


@pytest.fixture
def shift(issue, office, cashier):
    made = actions.open_shift(office=office, counter="Loket 1", float_amount=Decimal(200_000), by=cashier, now=NOW)
    bill = issue()
    actions.take_cash(bill_id=bill.pk, amount=bill.total, tendered=bill.total, token=TOKEN, by=cashier, now=NOW)
    return made


@pytest.fixture
def given(shift, cashier):
    actions.close_shift(notes=ALL_THERE, reason="", by=cashier, now=NOW)
    return actions.hand_over(shift_id=shift.pk, by=cashier, now=NOW)


def close_for(shift, by, notes=None, reason=ILL, seen=None):
    return actions.close_shift_for(
        shift_id=shift.pk, notes=ALL_THERE if notes is None else notes, reason=reason, seen=seen, by=by, now=NOW
    )


def accept(given, by, counted, note=""):
    return actions.accept_hand_over(hand_over_id=given.pk, counted=Decimal(counted), note=note, by=by, now=NOW)


def browser_of(user, permissions, office=None):
    role = Role.objects.create(code=f"r{user.pk}", title="Peran", permissions=permissions, is_staff=True)
    Grant.objects.create(user=user, role=role, office=office, valid_from=date(2026, 1, 1))
    client = Client()
    client.force_login(user)
    return client


def test_another_person_closes_the_shift_of_a_cashier_who_is_ill(shift, user, cashier, office):
    closing = close_for(shift, user)
    shift.refresh_from_db()
    assert shift.is_closed and (closing.by, closing.reason, closing.difference) == (user, ILL, 0)
    given = HandOver.objects.get()
    assert (given.given_by, given.amount, given.accepted_at) == (user, 150_000, None)
    assert treasurer_cash_of(office.pk) == 0 and balance("counter_cash") == 150_000
    acts = list(AuditRow.objects.filter(subject=f"billing.cashshift:{shift.pk}").order_by("pk").values_list("action", "actor"))
    assert acts[-2:] == [("billing.close_shift", user.pk), ("billing.hand_over", user.pk)]


def test_who_counted_alone_is_not_believed_alone(shift, user, other, office):
    close_for(shift, user)
    given = HandOver.objects.get()
    with pytest.raises(OwnCash):
        accept(given, user, 150_000)
    assert treasurer_cash_of(office.pk) == 0
    accept(given, other, 150_000)
    assert treasurer_cash_of(office.pk) == 150_000 and balance("counter_cash") == 0


def test_the_cashier_may_be_the_second_person_for_what_another_counted(shift, user, cashier, office):
    close_for(shift, user)
    accept(HandOver.objects.get(), cashier, 150_000)
    assert treasurer_cash_of(office.pk) == 150_000 and billing.check_money().ok


@pytest.mark.parametrize("reason", ["", "  ", "ab", "\x00\x00\x00\x00"])
def test_closing_for_another_needs_a_reason(shift, user, reason):
    with pytest.raises(NoteMissing):
        close_for(shift, user, reason=reason)
    assert not ShiftClosing.objects.exists() and not HandOver.objects.exists()


def test_a_difference_is_said_before_it_is_booked(shift, user):
    short = {100_000: 3, 20_000: 2}
    for seen in (None, Decimal(-9_000)):
        with pytest.raises(DifferenceUnexplained) as refused:
            close_for(shift, user, short, seen=seen)
    assert refused.value.values["exactly"] == -10_000 and not ShiftClosing.objects.exists() and balance("cash_difference") == 0
    close_for(shift, user, short, seen=Decimal(-10_000))
    assert HandOver.objects.get().amount == 140_000 and balance("cash_difference") == 10_000


@pytest.mark.parametrize(("notes", "difference"), [({}, -350_000), ({100_000: 2}, -150_000), ({100_000: 1}, -250_000)])
def test_an_empty_drawer_is_looked_at_by_a_second_person_too(shift, user, other, notes, difference):
    close_for(shift, user, notes, seen=Decimal(difference))
    given = HandOver.objects.get()
    assert given.amount == 0 and given.accepted_at is None
    accept(given, other, 0)
    assert treasurer_cash_of(shift.office_id) == 0 and billing.check_money().ok


def test_a_cashier_does_not_close_the_own_shift_in_this_way(shift, cashier):
    with pytest.raises(OwnShift):
        close_for(shift, cashier)
    assert not ShiftClosing.objects.exists()


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_of_the_cashier_and_the_treasurer_who_close_at_once_one_does(shift, user, cashier):
    done, refused = [], []

    def run(act):
        try:
            done.append(act())
        except RuleBroken as broken:
            refused.append(broken.code)
        finally:
            connection.close()

    own = lambda: actions.close_shift(notes=ALL_THERE, reason="", by=cashier, now=NOW)  # noqa: E731
    threads = [threading.Thread(target=run, args=(act,)) for act in (own, lambda: close_for(shift, user))]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(done) == len(refused) == 1 and ShiftClosing.objects.count() == 1


def test_a_shift_is_closed_once(shift, user, other):
    close_for(shift, user)
    with pytest.raises(ShiftEnded):
        close_for(shift, other)
    assert ShiftClosing.objects.get().by == user and HandOver.objects.count() == 1


# What is counted at the acceptance.


@pytest.mark.parametrize(("counted", "difference"), [(140_000, 10_000), (151_000, -1_000), (0, 150_000)])
def test_what_is_counted_at_the_acceptance_is_the_treasurers_and_the_rest_a_difference(given, user, office, counted, difference):
    accept(given, user, counted, "satu lembar kurang")
    given.refresh_from_db()
    assert (given.counted, given.note) == (counted, "satu lembar kurang")
    assert treasurer_cash_of(office.pk) == counted and balance("counter_cash") == 0
    assert balance("cash_difference") == difference and billing.check_money().ok
    facts = AuditRow.objects.filter(action="billing.accept_hand_over").get().facts
    assert facts == {"amount": 150_000, "counted": counted, "note": "satu lembar kurang"}


def test_a_difference_at_the_acceptance_needs_its_reason(given, user, office):
    with pytest.raises(DifferenceUnexplained):
        accept(given, user, 140_000, " ")
    given.refresh_from_db()
    assert given.accepted_at is None and treasurer_cash_of(office.pk) == 0 and balance("cash_difference") == 0


@pytest.mark.parametrize(
    ("values", "rule"),
    [
        ({"counted": 140_000}, "handover_difference_explained"),
        ({"counted": None}, "handover_counted"),
        ({"counted": -1, "note": "kurang"}, "handover_counted"),
    ],
)
def test_the_database_refuses_an_acceptance_without_a_count_or_a_reason(given, user, values, rule):
    with pytest.raises(IntegrityError, match=rule), transaction.atomic():
        HandOver.objects.filter(pk=given.pk).update(accepted_by=user, accepted_at=NOW, **values)
    assert HandOver.objects.get().accepted_at is None


# The pages.


def form(notes, **changes):
    return {f"n{value}": count for value, count in notes.items()} | {"reason": ILL, "difference": ""} | changes


def test_the_treasurer_finds_the_open_shift_and_closes_it_on_its_page(shift, user, cashier, other, office):
    treasurer = browser_of(user, ["billing.take_statement"], office)
    address = reverse("billing:close_for", args=[shift.pk])
    text = treasurer.get(PAGE).content.decode()
    assert address in text and "Kasiran" in text and "150.000" in text
    assert treasurer.post(address, form(ALL_THERE, reason="")).status_code == 422 and not ShiftClosing.objects.exists()
    short = {100_000: 3}
    refused = treasurer.post(address, form(short))
    assert refused.status_code == 422 and not ShiftClosing.objects.exists()
    assert 'name="difference" value="-50000"' in refused.content.decode()
    assert treasurer.post(address, form(short, difference=-50_000)).url == PAGE
    given = HandOver.objects.get()
    text = treasurer.get(PAGE).content.decode()
    assert address not in text and reverse("billing:accept", args=[given.pk]) not in text and "menunggu orang kedua" in text
    assert treasurer.post(reverse("billing:accept", args=[given.pk]), {"counted": 100_000}).status_code == 409
    assert treasurer.post(address, form(short)).url == PAGE and HandOver.objects.get().accepted_at is None
    second = browser_of(other, ["billing.take_statement"], office)
    accepting = reverse("billing:accept", args=[given.pk])
    assert accepting in second.get(PAGE).content.decode() and "Bendahara" in second.get(accepting).content.decode()
    assert second.post(accepting, {"counted": "99.000"}).status_code == 422 and HandOver.objects.get().accepted_at is None
    assert second.post(accepting, {"counted": "99.000", "note": "satu lembar palsu"}).url == PAGE
    assert treasurer_cash_of(office.pk) == 99_000 and second.get(accepting).url == PAGE


def test_the_cashier_who_comes_back_accepts_on_the_page_of_the_shift(shift, user, cashier, office):
    close_for(shift, user)
    mine = browser_of(cashier, ["billing.take_cash"], office)
    address = reverse("billing:shift", args=[shift.pk])
    assert "menghitung isi laci" in mine.get(address).content.decode()
    assert mine.post(address, {"counted": "x"}).status_code == 422 and HandOver.objects.get().accepted_at is None
    assert mine.post(address, {"counted": "150.000"}).url == address
    assert HandOver.objects.get().accepted_by == cashier and mine.get(address).status_code == 200


def test_a_shift_of_another_office_is_not_found(shift, user, office):
    theirs = apps.get_model("organisations", "Office").objects.create(
        slug="capil", kind="civil", name="Dinas Capil", short_name="Capil", region=office.region
    )
    client = browser_of(user, ["billing.take_statement"], theirs)
    address = reverse("billing:close_for", args=[shift.pk])
    assert address not in client.get(PAGE).content.decode() and client.get(address).status_code == 404
    assert client.post(address, form(ALL_THERE)).status_code == 404 and not ShiftClosing.objects.exists()


def test_a_cashier_who_is_treasurer_too_closes_at_the_counter_only(shift, cashier, office):
    client = browser_of(cashier, ["billing.take_cash", "billing.take_statement"], office)
    address = reverse("billing:close_for", args=[shift.pk])
    assert address not in client.get(PAGE).content.decode()
    assert client.post(address, form(ALL_THERE)).status_code == 409 and not ShiftClosing.objects.exists()


@pytest.mark.parametrize("changes", [{"difference": "x"}, {"n100000": "9" * 30}, {"n100": "-1"}])
def test_nonsense_closes_nothing(shift, user, changes):
    address = reverse("billing:close_for", args=[shift.pk])
    assert browser_of(user, ["billing.take_statement"]).post(address, form(ALL_THERE, **changes)).status_code == 422
    assert not ShiftClosing.objects.exists()
