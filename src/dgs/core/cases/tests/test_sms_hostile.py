"""Tests of PINs and codes that come where no PIN is expected: they do what was meant, or nothing, and are never kept."""

# ruff: noqa: F401, F811 - fixtures of other tests are asked for by name

import json
from datetime import timedelta

import pytest
from django.core import serializers
from django.utils import timezone

from dgs.core.cases.models import Case, CaseEvent, SmsReport
from dgs.core.cases.tests.test_sms_deciding import PIN, ask, code_sent, head, stands, waiting
from dgs.core.messaging.models import Conversation, Inbound
from dgs.core.services import api as services
from dgs.core.services.api import Field


def kept_anywhere():
    """What stands in the tables in which an SMS can end."""
    rows = [*SmsReport.objects.all(), *Case.objects.all(), *CaseEvent.objects.all(), *Inbound.objects.all()]
    return json.dumps(serializers.serialize("json", rows))


@pytest.mark.parametrize("before", ["LAPOR", "DAFTAR pengaduan", "BAYAR", "STATUS 7K3F-92MX-4ACD"])
def test_a_decision_in_the_middle_of_a_conversation_is_a_decision_and_no_answer(waiting, head, ask, before):
    code = code_sent(head)
    ask(before)
    assert waiting.reference in ask(f"SETUJU {code} {PIN}")
    assert stands(waiting) == "approval"
    assert PIN not in kept_anywhere()


MISTYPED = ["SETJU {} {}", "SETUJU{} {}", "SETUJU.{}.{}", "ya setuju {} {}", "{} {}", "Stuju kode {} pin {}"]


@pytest.mark.parametrize("text", MISTYPED)
@pytest.mark.parametrize("before", ["", "LAPOR"])
def test_a_mistyped_decision_is_not_kept(waiting, head, ask, text, before):
    if before and text == "{} {}":
        return  # a bank may print the number of a transfer so
    if before:
        ask(before)
    ask(text.format(code_sent(head), PIN))
    assert PIN not in kept_anywhere()
    assert not SmsReport.objects.exists()


def test_setuju_alone_is_still_an_answer(waiting, head, ask):
    ask("LAPOR")
    ask("SETUJU jalan ini diperbaiki")
    assert SmsReport.objects.get().text == "SETUJU jalan ini diperbaiki"
    assert not Conversation.objects.exists()


def test_the_four_digits_that_open_an_application_are_not_kept(player, sms):
    case = player.make()
    for text in (f"STATUS {case.reference} 4711", f"status {case.reference.replace('-', '')}4711", f"CEK {case.reference}#4711"):
        sms(text, number="6281399990009", now=timezone.now())
    assert not Inbound.objects.filter(text__contains="4711").exists()
    sms(f"STATUS {case.reference}", number="6281399990008", now=timezone.now())
    assert Inbound.objects.get(number="6281399990008").text == f"STATUS {case.reference}"


def test_personal_answers_stand_in_the_summary_by_their_end_only(player, sms, monkeypatch):
    number, now = "6281290000001", timezone.now()
    player.siti.phone = number
    player.siti.save()
    real = services.display
    monkeypatch.setattr(services, "display", lambda item, value: "3173051203900001" if item.id == "report" else real(item, value))
    kept = Field.__getattribute__
    monkeypatch.setattr(
        Field, "__getattribute__", lambda item, name: True if name == "personal" and item.id == "report" else kept(item, name)
    )
    for n, text in enumerate(("DAFTAR pengaduan", "Jalan berlubang", "1", "-", "-", "YA")):
        answer = sms(text, number=number, now=now + timedelta(seconds=10 * n))
    assert "...0001" in answer and "3173051203900001" not in answer
