"""Tests of the staff's pages about banks: who may, entering a bank, its keys shown once, and the list of calls."""

import json
import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from dgs.core.audit.models import AuditRow
from dgs.core.banking.models import AccessToken, Message, Partner, PartnerKey
from dgs.core.banking.tests.conftest import QRIS, SECRET
from dgs.core.banking.tests.keys import PRIVATE, PUBLIC
from dgs.core.banking.tests.test_arrivals import code, now
from dgs.core.billing.models import BankAccount

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(loaded_region):
    from dgs.core.accounts import api as accounts

    def signed_in(login):
        client = Client()
        client.force_login(accounts.user_by_login(f"{login}@dgs.example"))
        return client

    return signed_in


@pytest.fixture
def account(loaded_region):
    return BankAccount.objects.first()


@pytest.fixture
def admin(staff):
    return staff("admin")


def entered(**changes):
    return {
        "code": "bank-baru", "name": "Bank Baru", "account": BankAccount.objects.first().pk, "is_active": "on",
        "partner_id": "BARU", "client_key": "klien-baru", "signs": "symmetric", "signature_encoding": "base64",
        "clock_skew_seconds": 300, "networks": "203.0.113.7\n2001:db8::/32", "partner_service_id": "77788",
        "merchant_criteria": "URE", "merchant_category": "9399",
    } | changes


def test_a_bank_is_entered_given_keys_and_can_call(admin, client):
    answer = admin.post(reverse("banking:new"), entered(networks=""))
    assert answer.status_code == 302, answer.context["form"].errors
    partner = Partner.objects.get()
    told = admin.post(reverse("banking:add_key", args=["bank-baru"]), {"kind": "secret", "value": ""})
    secret = re.search(r"<pre[^>]*><code>([^<]+)</code>", told.content.decode())[1]
    assert len(secret) >= 43 and "no-store" in told["Cache-Control"]
    assert admin.post(reverse("banking:add_key", args=["bank-baru"]), {"kind": "public", "value": PUBLIC}).status_code == 302
    page = admin.get(reverse("banking:partner", args=["bank-baru"])).content.decode()
    assert secret not in page and "BEGIN" not in page and PartnerKey.objects.get(kind="secret").print in page
    from dgs.core.banking.simulator import Bank

    bank = Bank(partner_id="BARU", client_key="klien-baru", private_key=PRIVATE, secret=secret, service_id="77788")
    token = bank.token(now()).by(client).json()["accessToken"]
    assert code(bank.inquiry(token, "1", now()).by(client)) == "4042412"
    rows = AuditRow.objects.filter(subject=f"banking.partner:{partner.pk}")
    assert [row.action for row in rows.order_by("pk")] == ["banking.save_partner", "banking.new_key", "banking.new_key"]
    assert secret not in json.dumps([row.facts for row in rows])


def test_networks_are_kept_as_networks(admin):
    admin.post(reverse("banking:new"), entered())
    assert Partner.objects.get().allowed_networks == ["203.0.113.7/32", "2001:db8::/32"]
    admin.post(reverse("banking:change", args=["bank-baru"]), entered(networks="198.51.100.0/24", name="Bank Lama"))
    found = Partner.objects.get()
    assert (found.allowed_networks, found.name, found.code) == (["198.51.100.0/24"], "Bank Lama", "bank-baru")
    assert AuditRow.objects.filter(action="banking.save_partner").latest("pk").facts["changed"] == ["name", "allowed_networks"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"networks": "300.1.1.1"}, "networks"), ({"networks": "\n".join(f"10.0.0.{n}" for n in range(60))}, "networks"),
        ({"partner_service_id": "7778x"}, "partner_service_id"), ({"clock_skew_seconds": 5}, "clock_skew_seconds"),
        ({"base_url": "http://bank.example"}, "base_url"), ({"base_url": "https://a:b@bank.example"}, "base_url"),
        ({"nmid": "X1"}, "nmid"), ({"merchant_name": "É"}, "merchant_name"), ({"merchant_pan": "1"}, "merchant_pan"),
        ({"merchant_category": "99"}, "merchant_category"), ({"code": "a b"}, "code"), ({"account": "0"}, "account"),
    ],
)
def test_what_cannot_be_is_said_beside_the_field_and_nothing_is_saved(admin, changes, field):
    answer = admin.post(reverse("banking:new"), entered(**changes))
    assert answer.status_code == 422 and list(answer.context["form"].errors) == [field]
    assert not Partner.objects.exists()


def test_two_banks_without_tokens_cannot_share_a_partner_id(admin):
    admin.post(reverse("banking:new"), entered(signs="asymmetric"))
    answer = admin.post(reverse("banking:new"), entered(code="lain", client_key="lain", signs="asymmetric"))
    assert answer.status_code == 422 and Partner.objects.count() == 1


@pytest.mark.parametrize(
    "asked",
    [
        {"kind": "public", "value": "bukan kunci sama sekali"},
        {"kind": "public", "value": ""}, {"kind": "private", "value": PUBLIC},
        {"kind": "secret", "value": "short"}, {"kind": "given", "value": ""}, {"kind": "other", "value": SECRET},
        {"kind": "secret", "value": "x" * 600}, {"kind": "secret", "value": "rahasia dengan \u00e9 dan lain"},
    ],
)
def test_what_is_no_key_is_refused_and_not_sent_back(admin, connect, asked):
    connect()
    answer = admin.post(reverse("banking:add_key", args=["bank-contoh"]), asked)
    assert answer.status_code == 422 and PartnerKey.objects.count() == 2
    assert not asked["value"] or f">{asked['value']}" not in answer.content.decode()


def test_our_own_pair_is_made_here_and_only_its_public_half_is_told(admin, connect):
    connect()
    answer = admin.post(reverse("banking:add_key", args=["bank-contoh"]), {"kind": "private", "value": ""})
    text = answer.content.decode()
    assert "BEGIN PUBLIC KEY" in text and "PRIVATE" not in text


def test_a_new_secret_gives_the_old_one_a_week_unless_it_is_urgent(admin, connect):
    connect()
    old = PartnerKey.objects.get(kind="secret")
    admin.post(reverse("banking:add_key", args=["bank-contoh"]), {"kind": "secret", "value": ""})
    old.refresh_from_db()
    assert 6 < (old.valid_until - now()).days + 1 <= 7
    admin.post(reverse("banking:add_key", args=["bank-contoh"]), {"kind": "secret", "value": "", "is_urgent": "on"})
    old.refresh_from_db()
    assert old.valid_until <= now() and PartnerKey.objects.filter(kind="secret", valid_until=None).count() == 1


def test_a_key_is_ended_once(admin, connect):
    connect()
    key = PartnerKey.objects.get(kind="public")
    address = reverse("banking:end_key", args=["bank-contoh", key.pk])
    assert admin.post(address).status_code == 302
    key.refresh_from_db()
    ended = key.valid_until
    assert admin.post(address).status_code == 409
    key.refresh_from_db()
    assert key.valid_until == ended <= now()
    assert admin.post(reverse("banking:end_key", args=["bank-contoh", 0])).status_code == 404


def test_a_bank_that_is_switched_off_loses_its_tokens(admin, connect, client):
    bank = connect()
    assert code(bank.token(now()).by(client)) == "2007300"
    partner = Partner.objects.get()
    answer = admin.post(
        reverse("banking:change", args=["bank-contoh"]),
        entered(name=partner.name, partner_id=partner.partner_id, client_key=partner.client_key, is_active=""),
    )
    assert answer.status_code == 302 and not AccessToken.objects.exists() and not Partner.objects.get().is_active


def test_the_treasurer_sees_and_changes_nothing(staff, connect):
    connect()
    treasurer = staff("bendahara")
    page = treasurer.get(reverse("banking:partners"))
    assert page.status_code == 200 and reverse("banking:new") not in page.content.decode()
    assert treasurer.get(reverse("banking:partner", args=["bank-contoh"])).status_code == 200
    for address in (reverse("banking:new"), reverse("banking:add_key", args=["bank-contoh"])):
        assert treasurer.post(address, entered()).status_code == 403
    key = PartnerKey.objects.get(kind="public")
    assert treasurer.post(reverse("banking:end_key", args=["bank-contoh", key.pk])).status_code == 403
    assert Partner.objects.count() == 1 and PartnerKey.objects.filter(valid_until=None).count() == 2


def test_others_see_none_of_it(staff, connect):
    connect()
    for login in ("siti", "verifikator.capil", "auditor"):
        assert staff(login).get(reverse("banking:partners")).status_code == 403
        assert staff(login).get(reverse("banking:partner", args=["bank-contoh"])).status_code == 403


def test_the_list_of_calls_is_filtered_and_turned_and_names_nobody(admin, connect, client, issue, monkeypatch):
    from dgs.core.banking.views import partners

    bank, acquirer = connect(), connect("akuirer", partner_service_id="", **QRIS)
    token, other = (one.token(now()).by(client).json()["accessToken"] for one in (bank, acquirer))
    bill = issue()
    for _time in range(3):
        bank.inquiry(token, bill.payment_code, now()).by(client)
    acquirer.notify(other, "x", 1000, now(), has_wrong_signature=True).by(client)
    client.post("/snap/v1.0/transfer-va/payment")

    def shown(query=""):
        return admin.get(reverse("banking:partners") + query)

    assert len(shown().context["rows"]) == 7 and "Siti Contohwati" not in shown().content.decode()
    assert [row.response_code for row in shown("?tampil=refused").context["rows"]] == ["4002502", "4015200"]
    assert len(shown("?bank=bank-contoh").context["rows"]) == 4 and len(shown("?bank=-").context["rows"]) == 1
    assert len(shown("?kode=2002400").context["rows"]) == 3 and not shown("?tampil=out&before=x&kode=%00").context["rows"]
    monkeypatch.setattr(partners, "PAGE", 4)
    first = shown()
    second = shown(f"?before={first.context['older']}")
    assert [len(page.context["rows"]) for page in (first, second)] == [4, 3] and second.context["older"] is None


def test_a_call_is_opened_whole_and_that_is_audited(admin, connect, client, issue):
    bank = connect()
    token = bank.token(now()).by(client).json()["accessToken"]
    bank.inquiry(token, issue().payment_code, timezone.now()).by(client)
    found = Message.objects.latest("pk")
    page = admin.get(reverse("banking:message", args=[found.pk]))
    assert "Siti Contohwati" in page.content.decode() and token not in page.content.decode()
    assert AuditRow.objects.filter(kind="read", subject=f"banking.message:{found.pk}").count() == 1
    assert admin.get(reverse("banking:message", args=[0])).status_code == 404


def test_the_list_takes_as_many_queries_for_many_calls_as_for_few(admin, connect, client, assert_queries):
    bank = connect()
    for count in (5, 50):
        for _call in range(count):
            bank.token(now()).by(client)
        with assert_queries("banking:partners", count):
            assert admin.get(reverse("banking:partners")).status_code == 200
