"""Tests of the bank of the demo: keys made anew, both channels open, and every fault of its calls answered as it should be."""

import pytest
from django.utils import timezone

from dgs.core.banking import api, channels
from dgs.core.banking.models import Message, Partner, PartnerKey
from dgs.core.billing import api as billing
from dgs.kernel import registry
from dgs.kernel.errors import NotAllowed


@pytest.fixture
def demo(settings, db):
    settings.DEMO = True
    return api.load_demo_partner("banyuasin")


def owed(bill):
    return billing.owed_by_code(bill.payment_code, timezone.localdate())


def test_outside_the_demo_there_is_no_such_bank(db):
    assert api.load_demo_partner("banyuasin") is None
    assert not Partner.objects.exists() and not PartnerKey.objects.exists()
    with pytest.raises(NotAllowed):
        api.demo_bank()


def test_a_demo_bank_is_entered_once_with_keys_of_its_own(demo, settings):
    before = list(PartnerKey.objects.order_by("pk").values_list("kind", "value"))
    assert sorted(kind for kind, _value in before) == ["private", "public", "secret"]
    assert api.load_demo_partner("banyuasin") == demo
    assert list(PartnerKey.objects.order_by("pk").values_list("kind", "value")) == before
    demo.full_clean()
    assert demo.has_qris and str(demo.account) == "Bank Sumsel Babel 1500000016071"


@pytest.mark.parametrize("region", ["banyuasin", "medan", "banten"])
def test_each_region_of_the_demo_gets_a_bank(settings, db, region):
    settings.DEMO = True
    partner = api.load_demo_partner(region)
    partner.full_clean()
    assert partner.has_qris and partner.merchant_city == region.upper()


def test_a_region_without_an_account_gets_none(settings, db):
    settings.DEMO = True
    assert api.load_demo_partner("nowhere") is None


def test_both_channels_of_a_bill_are_open_in_the_demo_and_closed_without_it(bill, settings):
    now = timezone.now()

    def ways():
        return [way for channel in registry.payment_channels() for way in channel.ways(bill, owed(bill), now)]

    assert ways() == []
    settings.DEMO = True
    partner = api.load_demo_partner("banyuasin")
    assert len(ways()) == 2
    partner.is_active = False
    partner.save()
    assert ways() == []


def test_the_simulated_bank_pays_a_bill_of_the_demo_by_both_channels(demo, issue, client):
    now, bank = timezone.now(), api.demo_bank()
    token = bank.token(now).by(client).json()["accessToken"]
    first, second = issue(), issue(about="tests.thing:2")
    (way,) = channels.virtual_accounts(first, owed(first), now)
    number = way.copies[0][2]
    assert number == f"88899{first.payment_code}"
    answer = bank.inquiry(token, number[5:], now).by(client).json()
    assert answer["virtualAccountData"]["totalAmount"]["value"] == "150000.00"
    assert bank.payment(token, number[5:], 150_000, now).by(client).json()["responseCode"] == "2002500"
    (way,) = channels.qr_codes(second, owed(second), now)
    assert way.picture.startswith("<svg")
    reference = demo.qr_codes.get().reference
    assert bank.notify(token, reference, 150_000, now).by(client).json()["responseCode"] == "2005200"
    assert {billing.standing(bill).state for bill in (first, second)} == {"paid"}
    assert channels.virtual_accounts(first, owed(first), now) == () == channels.qr_codes(second, owed(second), now)


def test_the_simulated_bank_can_break_its_calls_on_purpose(demo, bill, client):
    now, bank = timezone.now(), api.demo_bank()
    token = bank.token(now).by(client).json()["accessToken"]

    def code(**options):
        amount = options.pop("amount", 150_000)
        return bank.payment(token, bill.payment_code, amount, now, **options).by(client).json()["responseCode"]

    assert code(has_wrong_signature=True) == code(is_stale=True) == "4012500"
    assert code(amount=150_001) == "4042513"
    assert code(request_id="p1", external_id="1") == "2002500"
    assert code(request_id="p1", external_id="1") == "4042518"
    assert code(request_id="p1", external_id="2", changes={"flagAdvise": "Y"}) == "2002500"
    assert code(request_id="p2", external_id="1") == "4092500"
    assert code(request_id="p3") == "4042514"
    assert bank.token(now, is_stale=True).by(client).json()["responseCode"] == "4017300"
    assert Message.objects.filter(is_decision=True, outcome="00").count() == 1


@pytest.mark.parametrize("way", ["virtual_account", "qris"])
def test_the_payer_of_the_demo_pays_by_a_channel_with_one_button(demo, client, issue, payer, way):
    from django.apps import apps
    from django.urls import reverse

    bill = issue(amount=47_250)
    user = apps.get_model("accounts", "User").objects.create_user(username="s@contoh.invalid", name="Siti", party=payer)
    client.force_login(user)
    page = client.get(reverse("billing:bill", args=[bill.number])).content.decode()
    assert f'value="{way}"' in page
    address = reverse("billing:simulate", args=[bill.number])
    assert client.post(address, {"lewat": way}).status_code == 302
    assert billing.standing(bill).state == "paid"
    assert Message.objects.filter(direction="in", http_status=200).count() == 2
    assert client.post(address, {"lewat": way}).status_code == 409
    assert client.post(reverse("billing:simulate", args=[issue(about="x.y:2").number]), {"lewat": "tidak-ada"}).status_code == 404


def test_outside_the_demo_no_payment_is_simulated(demo, settings, client, issue, payer):
    from django.apps import apps
    from django.urls import reverse

    bill = issue()
    user = apps.get_model("accounts", "User").objects.create_user(username="s@contoh.invalid", name="Siti", party=payer)
    client.force_login(user)
    settings.DEMO = False
    assert client.post(reverse("billing:simulate", args=[bill.number]), {"lewat": "qris"}).status_code == 404
    assert billing.standing(bill).state == "open"
