"""What the tests of money share: people, an office, an account; issuing bills, taking statements, reading the books; no rules."""

from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import connection, transaction

from dgs.core.billing import api as billing
from dgs.core.billing.actions import adjusting
from dgs.core.billing.models import BankAccount
from dgs.core.billing.simulator import mt940_text

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
TODAY = date(2026, 11, 23)
NUMBER = "1500000016071"


def person(name):
    """Somebody of staff without any right."""
    return apps.get_model("accounts", "User").objects.create_user(username=f"{name}@contoh.invalid", name=name.title())


def take(*transfers, opening=0, name="a", now=NOW):
    """What became of a statement of the account with these bookings."""
    text = mt940_text(transfers, account=NUMBER, opening=opening)
    return billing.take_statement(text.encode(), file_name=name, account=None, by=None, now=now)


def adjust(bill, user, other, **more):
    """A change of a bill, decided by two."""
    with transaction.atomic():
        held = adjusting.hold_bill(bill.pk)
        values = {"reason": "alasan", "decided_on": TODAY, "now": NOW, "by": user, "approved_by": other} | more
        return adjusting.adjust(held, **values)


def balance(account, revenue=None, office=None):
    """What the ledger holds on an account, of one revenue account or office where it is named."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(amount), 0) FROM ledger_posting WHERE account_id = %s "
            "AND (%s::text IS NULL OR revenue = %s) AND (%s::bigint IS NULL OR office_id = %s)",
            [account, revenue, revenue, office, office],
        )
        return cursor.fetchone()[0]


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
    return BankAccount.objects.create(bank="Bank Contoh", number=NUMBER, holder="RKUD (contoh)")


@pytest.fixture
def user(db):
    return apps.get_model("accounts", "User").objects.create_user(
        username="bendahara@contoh.invalid", name="Budi Percobaan", password="rahasia-sekali-1"
    )


@pytest.fixture
def other(db):
    """The second person."""
    return person("kedua")


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
