"""What the tests of banking share: a bank with its keys on both sides, an acquirer, and bills to pay; no rules."""

from datetime import date
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.utils import timezone

from dgs.core.banking.actions import new_key
from dgs.core.banking.models import AccessToken, Message, Partner
from dgs.core.banking.simulator import Bank
from dgs.core.banking.tests.keys import PRIVATE, PUBLIC
from dgs.core.billing import api as billing
from dgs.core.billing.models import BankAccount, Bill, Payment, Receipt

SECRET = "rahasia-klien-hanya-untuk-uji-1"
SERVICE = "88899"
QRIS = {
    "qris_domain": "ID.CO.BANKX.WWW", "merchant_pan": "936000080000012345", "merchant_id": "ID1020000000001",
    "nmid": "ID1020000000001", "merchant_criteria": "URE", "merchant_name": "PEMKAB BANYUASIN", "merchant_city": "BANYUASIN",
    "postal_code": "30911",
}


@pytest.fixture
def office(db):
    region, _new = apps.get_model("regions", "Region").objects.get_or_create(
        code="16.07", defaults={"name": "Kabupaten Banyuasin", "level": 2}
    )
    values = {"kind": "transport", "name": "Dinas Perhubungan", "short_name": "Dishub", "region": region}
    return apps.get_model("organisations", "Office").objects.get_or_create(slug="dishub", defaults=values)[0]


@pytest.fixture
def payer(db):
    return apps.get_model("parties", "Party").objects.create(kind="person", name="Siti Contohwati")


@pytest.fixture
def account(db):
    return BankAccount.objects.create(bank="Bank Contoh", number="1500000016071", holder="RKUD (contoh)")


@pytest.fixture
def issue(office, payer):
    def make(amount=150_000, about="tests.thing:1", **changes):
        line = SimpleNamespace(
            account="4.1.02.03.03.0001", account_name="", description="Retribusi izin trayek", quantity=1, unit=amount,
            amount=amount,
        )
        values = {
            "about": about, "payer": payer, "office": office, "title": "Izin Trayek", "lines": [line],
            "due_on": date(2099, 12, 23), "now": timezone.now(),
        } | changes
        return billing.issue_bill(**values)

    return make


@pytest.fixture
def bill(issue):
    return issue()


@pytest.fixture
def connect(account):
    """Connects a bank on our side and gives the bank's side."""

    def make(code="bank-contoh", *, sides=None, **changes):
        values = {
            "code": code, "name": "Bank Contoh", "account": account, "partner_id": "DGSCONTOH", "client_key": f"klien-{code}",
            "partner_service_id": SERVICE,
        } | changes
        partner = Partner.objects.create(**values)
        for kind, value in (("secret", SECRET), ("public", PUBLIC)):
            new_key(partner=partner, kind=kind, value=value, by=None, now=timezone.now())
        return Bank(
            partner_id=partner.partner_id, client_key=partner.client_key, private_key=PRIVATE, secret=SECRET,
            service_id=partner.partner_service_id, encoding=partner.signature_encoding,
            has_tokens=partner.signs == "symmetric", **(sides or {}),
        )

    return make


@pytest.fixture
def bank(connect):
    return connect()


@pytest.fixture
def acquirer(connect):
    return connect("akuirer", partner_service_id="", name="Akuirer Contoh", **QRIS)


@pytest.fixture
def token(bank, client):
    answer = bank.token(timezone.now()).by(client)
    assert answer.status_code == 200, answer.content
    return answer.json()["accessToken"]


def money():
    """Everything that a call about money may change, to see that it did not."""
    return (
        list(Receipt.objects.order_by("pk").values_list("pk", "amount", "unapplied")),
        list(Payment.objects.order_by("pk").values_list("pk", "amount")),
        list(Bill.objects.order_by("pk").values_list("pk", "derived__state")),
        AccessToken.objects.count(),
        Message.objects.filter(is_accepted=True).count(),
    )
