"""Tests of SMS through a real Kannel and an operator that speaks SMPP, with the faults of both."""

import pytest
from django.db import transaction
from django.utils import timezone

from dgs.core.messaging.actions.saying import say
from dgs.core.messaging.models import Inbound, Message, Receipt
from tests.operator import wait

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.gateway, pytest.mark.server]

NUMBER = "6281234567890"


def tell(pump, body="Berkas Anda diterima.", to=NUMBER, **more):
    with transaction.atomic():
        message = say(key=more.pop("key", body[:80] + to), channel="sms", to=to, body=body, now=timezone.now(), **more)
    pump()
    return message


def becomes(message, state):
    def is_so():
        message.refresh_from_db()
        return message.state == state
    wait(is_so, f"the message is {message.state}, not {state}")


@pytest.mark.parametrize(
    "body", ["Berkas Anda diterima.", "Biaya €5 @ [x] {y} ~ |", "Nama: Ā Ω 你好", "Selamat 🎉🎉", "x" * 450, "Ā" * 200]
)
def test_every_alphabet_and_length_arrives_whole(kannel, operator, pump, body):
    message = tell(pump, body)
    becomes(message, "delivered")
    parts = sorted(operator.took, key=lambda one: one["part"])
    assert "".join(one.get("text", "") for one in parts) == body
    assert {one["to"] for one in parts} == {NUMBER}
    attempt = message.attempts.get()
    assert attempt.parts == len(parts)


def test_an_sms_of_ten_parts_is_one_message(kannel, operator, pump):
    message = tell(pump, "0123456789" * 150)
    becomes(message, "delivered")
    assert message.attempts.get().parts == len(operator.took) == 10


@pytest.mark.parametrize(("stat", "state"), [("UNDELIV", "failed"), ("EXPIRED", "expired"), ("REJECTD", "failed")])
def test_what_the_network_says_is_what_is_known(kannel, operator, pump, stat, state):
    operator.set(receipts=stat)
    becomes(tell(pump), state)


def test_a_number_that_the_operator_refuses_is_known_as_not_delivered(kannel, operator, pump):
    operator.set(refuse="62899")
    message = tell(pump, to="6289912345678")
    becomes(message, "failed")
    assert message.reason == "undeliverable"
    assert not operator.took


def test_the_same_receipt_twenty_times_is_written_once(kannel, operator, pump):
    operator.set(repeat=20, delay=50)
    message = tell(pump)
    becomes(message, "delivered")
    assert Receipt.objects.filter(attempt__message=message).count() == 1


def test_an_operator_that_is_too_busy_gets_it_later(kannel, operator, pump):
    operator.set(throttle=1)
    becomes(tell(pump), "delivered")
    assert len(operator.took) == 1


def test_a_gateway_that_is_down_loses_nothing(kannel, operator, pump):
    kannel.kill()
    message = tell(pump)
    message.refresh_from_db()
    assert (message.state, message.reason) == ("held", "pause")
    kannel.start()
    Message.objects.update(not_before=timezone.now())
    pump()
    becomes(message, "delivered")
    assert len(operator.took) == 1


def test_what_a_telephone_writes_is_answered_to_it(kannel, operator, pump):
    operator.say("bantuan stop", number=NUMBER)
    wait(lambda: Inbound.objects.filter(outcome="answered").exists(), "the SMS did not come in")
    pump()
    wait(lambda: operator.took, "no answer went out")
    answer, = operator.took
    assert answer["to"] == NUMBER
    assert answer["text"].startswith("STOP")


@pytest.mark.parametrize("said", [{"text": ""}, {"text": "x", "hex": "0001ff80"}, {"text": "x", "hex": "d83cdf89", "ucs2": True}])
def test_empty_binary_and_emoji_are_answered_with_help(kannel, operator, pump, said):
    operator.say(said.pop("text"), number=NUMBER, **said)
    wait(lambda: Inbound.objects.filter(outcome="unknown").exists(), "the SMS did not come in")
    pump()
    wait(lambda: operator.took, "no answer went out")
    assert "BANTUAN" in operator.took[0]["text"]


def test_a_forged_sender_is_kept_and_not_answered(kannel, operator, pump):
    operator.say("BANTUAN", number="BANKKITA")
    wait(lambda: Inbound.objects.filter(outcome="no-number").exists(), "the SMS did not come in")
    pump()
    assert not operator.took
    assert not Message.objects.exists()
