"""A permit and a birth certificate from application to approval, with every SMS through a real Kannel to a handset and back."""

import re

import pytest
from django.contrib.auth import get_user_model
from django.utils import timezone

from dgs.core.accounts import api as accounts
from dgs.core.billing import api as billing
from dgs.core.billing.models import Confirmation
from dgs.core.cases.tests.conftest import Player
from dgs.core.messaging.models import Inbound
from tests.operator import wait

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.gateway, pytest.mark.server]
PIN = "482917"


@pytest.fixture
def player(users):
    return Player(users, timezone.now())


@pytest.fixture
def handset(operator, pump):
    """What telephones get and write.

    `handset(number, part)` waits until an SMS that holds it was sent there and answers with all that was;
    `handset.write(number, text)` sends one to us.
    """

    def shown(number, part):
        def found():
            # A long one comes part by part.
            text = "".join(one.get("text", "") for one in operator.took if one["to"] == number)
            return text if part in text else None

        pump()
        wait(found, f"no SMS with {part!r} reached {number}")
        return found()

    def write(number, text):
        before = Inbound.objects.count()
        operator.say(text, number=number)
        wait(lambda: Inbound.objects.exclude(handled_at=None).count() > before, f"{text!r} did not come in")

    shown.write = write
    return shown


def test_apply_pay_and_confirm_by_sms(kannel, operator, handset, player):
    phone = player.budi.phone
    case = player.make("izin-trayek")
    handset(phone, case.reference)
    player.run(case, "accept", "advise")
    assert case.state == "payment"
    bill = billing.bill_for(f"cases.case:{case.pk}")
    handset(phone, bill.payment_code)
    operator.took.clear()
    handset.write(phone, f"tagihan#{bill.number}")
    handset(phone, bill.number)
    day = timezone.localdate()
    handset.write(phone, f"BAYAR {bill.number} FT26330ABC {day:%d-%m-%Y} 00:01")
    handset(phone, "FT26330ABC")
    assert Confirmation.objects.get(bill=bill).channel == "sms"
    player.run(case, "paid")
    handset(phone, "Pembayaran izin trayek")
    player.run(case, "sign", "issue")
    assert case.outcome == "granted"
    handset(phone, "terbit")


def test_an_officer_approves_by_sms_and_the_applicant_follows_it(kannel, handset, player, users):
    head = users("head", kind="civil-registration")[0]
    get_user_model().objects.filter(pk=head.pk).update(phone="6281388880001")
    accounts.set_sms_pin(user=head, pin=PIN, now=timezone.now())
    case = player.make("akta-kelahiran", name="late_at_home")
    handset(player.siti.phone, case.reference)
    player.act(case, "accept", name="late_at_home")
    asked = handset("6281388880001", " PIN")
    code = re.search(r"SETUJU (\d{6}) PIN", asked)[1]
    handset.write("6281388880001", f"SETUJU {code} {PIN}")
    handset("6281388880001", "Selesai")
    case.refresh_from_db()
    assert case.state == "approval"
    assert not Inbound.objects.filter(text__contains=PIN).exists()
    handset.write(player.siti.phone, f"STATUS {case.reference}")
    handset(player.siti.phone, "Hari kerja")
