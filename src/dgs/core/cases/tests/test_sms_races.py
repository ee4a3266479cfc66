"""Tests of SMS at the same moment: the last one of an application twice, a decision twice, a report twice."""

import re
import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from dgs.core.accounts import api as accounts
from dgs.core.cases.models import Case, SmsReport
from dgs.core.messaging.models import Inbound, Message

pytestmark = pytest.mark.django_db(transaction=True)
PIN = "482917"


def at_once(sms, text, number, now, count=4):
    """Send the same text through the gateway several times at once, each under an id of its own."""
    start, answers = threading.Barrier(count), []

    def run(name):
        try:
            start.wait(10)
            answers.append(sms(text, number=number, now=now, gateway_id=name))
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[f"same-{n}"]) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return answers


def test_the_last_sms_of_an_application_at_once_is_one_case(player, sms):
    siti, now = player.siti, timezone.now()
    type(siti).objects.filter(pk=siti.pk).update(phone="6281290000001")
    for n, text in enumerate(("DAFTAR pengaduan", "Jalan berlubang", "-", "-", "-", "YA")):
        answer = sms(text, number="6281290000001", now=now + timedelta(seconds=10 * n))
    code = re.search(r"YA (\d{4})", answer)[1]
    assert len(at_once(sms, f"YA {code}", "6281290000001", now + timedelta(minutes=3))) == 4
    assert Case.objects.count() == 1
    assert not Inbound.objects.filter(outcome="broken").exists()


def test_a_decision_at_once_is_one_act(player, users, sms):
    now = timezone.now()
    officer = users("head", kind="civil-registration")[0]
    officer.phone = "6281388880001"
    officer.save()
    accounts.set_sms_pin(user=officer, pin=PIN, now=now)
    case = player.make("akta-kelahiran", name="late_at_home", now=now)
    player.act(case, "accept", name="late_at_home", now=now)
    code = re.search(r"SETUJU (\d{6})", Message.objects.get(to=officer.phone).body)[1]
    answers = at_once(sms, f"SETUJU {code} {PIN}", officer.phone, now + timedelta(minutes=1))
    assert sum(case.reference in answer for answer in answers) == 1
    assert case.events.filter(action="allow").count() == 1


def test_a_report_at_once_is_one_report(player, sms):
    answers = at_once(sms, "LAPOR Lampu jalan mati", "6281399990099", timezone.now())
    assert len(set(answers)) == 1
    assert SmsReport.objects.count() == 1
