"""How far the treasurer's page of counter cash reaches: the cash, hand-overs and deposits of one's own offices, no others."""

from datetime import date
from decimal import Decimal
from urllib.parse import quote

import pytest
from django.apps import apps
from django.test import Client
from django.urls import reverse

from dgs.core.access.models import Grant, Role
from dgs.core.billing import actions
from dgs.core.billing.models import HandOver, Receipt
from dgs.core.billing.queries.cash import treasurer_cash_of
from dgs.core.billing.tests.conftest import NOW

TOKEN = "0123456789abcdef0123456789abcdef"
PAGE = reverse("billing:counter_cash")


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)


@pytest.fixture
def theirs(office):
    return apps.get_model("organisations", "Office").objects.create(
        slug="capil", kind="civil", name="Dinas Capil", short_name="Capil", region=office.region
    )


@pytest.fixture
def cashier(db):
    return apps.get_model("accounts", "User").objects.create_user(username="kasir@contoh.invalid", name="Kasir")


def hand_over(issue, office, cashier, amount):
    """Cash of an office that was counted and is given to the treasurer, who has not accepted it."""
    bill = issue(about=f"tests.thing:{office.slug}", office=office, amount=amount)
    actions.open_shift(office=office, counter="Loket", float_amount=Decimal(0), by=cashier, now=NOW)
    actions.take_cash(bill_id=bill.pk, amount=Decimal(amount), tendered=Decimal(amount), token=TOKEN, by=cashier, now=NOW)
    closing = actions.close_shift(notes={100_000: amount // 100_000}, reason="", by=cashier, now=NOW)
    return actions.hand_over(shift_id=closing.shift_id, by=cashier, now=NOW)


def treasurer(office=None, region=None):
    user = apps.get_model("accounts", "User").objects.create_user(username="b@contoh.invalid", name="Bendahara")
    role = Role.objects.create(code="r", title="Peran", permissions=["billing.take_statement"], is_staff=True)
    Grant.objects.create(user=user, role=role, office=office, region=region, valid_from=date(2026, 1, 1))
    client = Client()
    client.force_login(user)
    return client


def deposit(client, office, account, amount=100_000):
    values = {"deposit": 1, "office": office.slug, "amount": amount, "account": account.pk, "token": TOKEN}
    return client.post(PAGE, values)


def accept(client, key, counted):
    return client.post(f"{PAGE}/serah/{key}", {"counted": counted})


def test_only_cash_of_ones_own_offices_is_seen_accepted_and_deposited(issue, account, office, theirs, cashier, user):
    mine, hidden = hand_over(issue, office, cashier, 300_000), hand_over(issue, theirs, cashier, 700_000)
    client = treasurer(office)
    text = client.get(PAGE).content.decode()
    assert "300.000" in text and "700.000" not in text and "Dinas Capil" not in text
    assert accept(client, hidden.pk, 700_000).status_code == 404
    assert accept(client, mine.pk, 300_000).status_code == 302
    hidden.refresh_from_db()
    assert hidden.accepted_at is None and treasurer_cash_of(office.pk) == 300_000
    actions.accept_hand_over(hand_over_id=hidden.pk, counted=hidden.amount, by=user, now=NOW)
    text = client.get(PAGE).content.decode()
    assert "300.000" in text and "700.000" not in text
    assert deposit(client, theirs, account).status_code == 404 and not Receipt.objects.filter(channel="deposit").exists()
    assert deposit(client, office, account).status_code == 302
    actions.deposit(office=theirs, amount=Decimal(500_000), account=account, token=TOKEN, by=user, now=NOW)
    text = client.get(PAGE).content.decode()
    assert "STS-2026-00001" in text and "STS-2026-00002" not in text and "500.000" not in text


def test_a_treasurer_of_a_part_of_the_region_reaches_no_cash(issue, account, office, cashier):
    given = hand_over(issue, office, cashier, 300_000)
    client = treasurer(office, region=office.region)
    text = client.get(PAGE).content.decode()
    assert "300.000" not in text and "sebagian wilayah" in text
    assert accept(client, given.pk, 300_000).status_code == 404 and deposit(client, office, account).status_code == 404
    assert HandOver.objects.get().accepted_at is None


@pytest.mark.parametrize("key", ["", "x", "0", "9" * 40, "1\x00", "-1", "1.5"])
def test_a_hand_over_that_is_none_is_not_found(issue, account, office, cashier, key):
    hand_over(issue, office, cashier, 300_000)
    assert accept(treasurer(), quote(key), 300_000).status_code == 404 and HandOver.objects.get().accepted_at is None
