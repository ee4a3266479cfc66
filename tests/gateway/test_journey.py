"""Whole transactions by telephone through a real Kannel: applying, paying, telling of the payment, and an officer who decides."""

import re

import pytest
from django.contrib.auth import get_user_model
from django.utils import timezone

from dgs.core.accounts import api as accounts
from dgs.core.billing import api as billing
from dgs.core.billing.models import Confirmation
from dgs.core.cases.models import Case
from dgs.core.cases.tests.conftest import Player
from dgs.core.messaging.models import Inbound, Message
from dgs.core.regions import api as regions
from tests.operator import wait

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.gateway, pytest.mark.server]

# What follows happens at the operator: everything a person sees of it is an SMS.


@pytest.fixture
def telephone(kannel, operator, pump):
    """A telephone: `telephone(number).says("…")` writes to us and answers with what comes back; `gets(words)` waits for one."""

    class Telephone:
        def __init__(self, number):
            self.number = number
            self.seen = 0

        def says(self, text):
            self.seen = len(self.inbox())
            known = Inbound.objects.filter(handled_at__isnull=False).count()
            operator.say(text, number=self.number)
            wait(lambda: Inbound.objects.filter(handled_at__isnull=False).count() > known, f"{text!r} did not come in")
            pump()
            return wait(lambda: " ".join(self.inbox()[self.seen :]), f"nothing answered {text!r}")

        def gets(self, words):
            pump()
            return wait(lambda: next((text for text in self.inbox() if re.search(words, text)), None), f"no SMS with {words!r}")

        def inbox(self):
            whole, parts = [], {}
            for one in operator.took:
                if one["to"] != self.number:
                    continue
                if not one["part"]:
                    whole.append(one["text"])
                    continue
                several = parts.setdefault(one["part"][:8], {})
                several[one["part"][8:]] = one["text"]
                if len(several) == int(one["part"][6:8], 16):
                    whole.append("".join(several[key] for key in sorted(several)))
                    parts.pop(one["part"][:8])
            return whole

    return Telephone


def test_apply_be_told_pay_tell_of_it_by_sms_and_hear_that_it_was_approved(telephone, users):
    player = Player(users, timezone.now())
    phone = telephone(player.budi.phone)
    case = player.make("izin-reklame")
    assert case.reference in phone.gets(case.reference)
    route = list(player.example("izin-reklame").acts)
    player.run(case, *route[: route.index("paid")])
    bill = billing.bill_for(f"cases.case:{case.pk}")
    phone.gets(bill.payment_code)
    assert bill.number in phone.says("TAGIHAN")
    today = timezone.localtime()
    answer = phone.says(f"BAYAR {bill.number} FT26330XYZ {today:%d-%m-%Y} {today:%H:%M}")
    assert "FT26330XYZ" in answer
    assert Confirmation.objects.get(bill=bill).channel == "sms"
    player.pay(case)
    case.refresh_from_db()
    phone.gets(r"(lunas|ditemukan|diterima)")
    assert case.reference in phone.says(f"STATUS {case.reference}")
    player.run(case, *route[route.index("paid") + 1 :], "issue")
    phone.gets("terbit")
    assert not Message.objects.filter(to=player.budi.phone).exclude(state__in=["handed", "delivered"]).exists()


def test_somebody_without_an_account_gets_one_and_applies_from_the_telephone(telephone, loaded_region):
    phone = telephone("6281377770001")
    village = regions.search("ta", level=4, within=regions.home_region().code, limit=1)[0]
    for text, said in (
        ("DAFTAR AKUN", "nama lengkap"), ("Rina Contohwati", "NIK"), ("1607016204959001", "22 Apr 1995"), ("ya", "lahir"),
        ("Palembang", "tinggal"), ("Jl. Contoh 1, RT 01/RW 02", "desa"), (village.name, "(privasi|1\\. )"),
    ):
        answer = phone.says(text)
        assert re.search(said, answer), answer
    if "1. " in answer:
        answer = phone.says("1")
    assert "privasi" in answer
    phone.says("YA")
    assert "Akun Anda siap" in phone.says(re.search(r"\b(\d{6})\b", phone.gets(r"\b\d{6}\b"))[1])
    assert get_user_model().objects.get(phone=phone.number).name == "Rina Contohwati"
    before = Case.objects.count()
    answer = phone.says("LAPOR Lampu jalan di depan balai desa padam sejak Senin")
    assert Case.objects.count() == before + 1
    assert Case.objects.latest("pk").reference in answer


def test_an_officer_decides_with_code_and_pin(telephone, users):
    player = Player(users, timezone.now())
    head = users("head", kind="civil-registration")[0]
    head.phone = "6281388880001"
    head.save()
    accounts.set_sms_pin(user=head, pin="482917", now=timezone.now())
    phone = telephone(head.phone)
    case = player.make("akta-kelahiran", name="late_at_home")
    player.act(case, "accept", name="late_at_home")
    code = re.search(r"SETUJU (\d{6}) PIN", phone.gets("SETUJU"))[1]
    assert "482918" not in phone.says(f"SETUJU {code} 482918")
    case.refresh_from_db()
    assert case.state == "late_decision"
    assert case.reference in phone.says(f"SETUJU {code} 482917")
    case.refresh_from_db()
    assert case.state == "approval"
    assert not Inbound.objects.exclude(text="").exists()
