"""Tests of PINs and codes that come where no PIN is expected: they do what was meant, or nothing, and are never kept."""

# ruff: noqa: F401, F811 - fixtures of other tests are asked for by name

import json

import pytest
from django.core import serializers

from dgs.core.cases.models import Case, CaseEvent, SmsReport
from dgs.core.cases.tests.test_sms_deciding import PIN, ask, code_sent, head, stands, waiting
from dgs.core.messaging.models import Conversation, Inbound


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
