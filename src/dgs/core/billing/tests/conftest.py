"""What the tests of money share: an office, a payer, an account and a way to issue bills; no rules."""

from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest
from django.apps import apps

from dgs.core.billing import api as billing
from dgs.core.billing.models import BankAccount

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
TODAY = date(2026, 11, 23)


@pytest.fixture
def office(db):
    region, _new = apps.get_model("regions", "Region").objects.get_or_create(
        code="16.07", defaults={"name": "Kabupaten Banyuasin", "level": 2}
    )
    return apps.get_model("organisations", "Office").objects.create(
        slug="dishub", kind="transport", name="Dinas Perhubungan", short_name="Dishub", region=region
    )


@pytest.fixture
def payer(db):
    return apps.get_model("parties", "Party").objects.create(kind="person", name="Siti Contohwati")


@pytest.fixture
def account(db):
    return BankAccount.objects.create(bank="Bank Contoh", number="1500000016071", holder="RKUD (contoh)")


@pytest.fixture
def user(db):
    return apps.get_model("accounts", "User").objects.create_user(
        username="bendahara@contoh.invalid", name="Budi Percobaan", password="rahasia-sekali-1"
    )


def fee(amount, account="4.1.02.03.03.0001", quantity=1):
    return SimpleNamespace(
        account=account, account_name="", description="Retribusi izin trayek", quantity=quantity, unit=amount // quantity,
        amount=amount,
    )


@pytest.fixture
def issue(office, payer):
    def make(amount=150_000, about="tests.thing:1", **changes):
        values = {
            "about": about, "payer": payer, "office": office, "title": "Izin Trayek", "lines": [fee(amount)],
            "due_on": date(2026, 12, 23), "now": NOW,
        } | changes
        return billing.issue_bill(**values)

    return make


@pytest.fixture
def paid_events(monkeypatch):
    heard = []
    from dgs.core.billing.api import BillPaid
    from dgs.kernel import registry

    real = registry.handlers
    monkeypatch.setattr(registry, "handlers", lambda event: [heard.append] if event is BillPaid else real(event))
    return heard


@pytest.fixture(autouse=True)
def empty_cache():
    from django.core.cache import cache

    cache.clear()
