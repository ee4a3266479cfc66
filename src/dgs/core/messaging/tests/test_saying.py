"""Tests of writing messages: once per key, in the caller's transaction, with addresses in one form."""

import pytest
from django.db import transaction
from django.utils import timezone

from dgs.core.messaging import api
from dgs.core.messaging.addresses import mask_address, normalise_email
from dgs.core.messaging.models import Message

pytestmark = pytest.mark.django_db


def say(**changes):
    values = {"key": "k1", "channel": "sms", "to": "0812-3456-7890", "body": "Halo", "now": timezone.now()}
    return api.say(**(values | changes))


def test_a_message_is_written_into_the_line():
    message = say()
    assert (message.to, message.state) == ("6281234567890", "queued")
    assert 0 <= message.draw < 1


def test_the_same_key_twice_is_one_message():
    first, second = say(), say(body="Lain")
    assert first.pk == second.pk
    assert Message.objects.get().body == "Halo"


@pytest.mark.django_db(transaction=True)
def test_saying_outside_a_transaction_is_refused():
    with pytest.raises(RuntimeError):
        say()
    assert not Message.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_transaction_rolled_back_leaves_no_message():
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        say()
        raise ZeroDivisionError
    assert not Message.objects.exists()


@pytest.mark.parametrize("to", ["", "12", "0215551234", "+1 202 555 0100", "08123", "٠٨١٢٣٤٥٦٧٨٩٠", "0812345678901234"])
def test_an_impossible_number_is_kept_as_failed_and_queues_nothing(to):
    message = say(to=to)
    assert (message.state, message.reason) == ("failed", "address")


def test_hostile_text_is_made_storable_and_subjects_stay_on_one_line():
    message = say(channel="email", to="a@contoh.id", subject="Halo\r\nBcc: x@y.id\x00", body="a\x00b\n\u202eنص 🎉")
    assert message.subject == "Halo Bcc: x@y.id"
    assert message.body == "ab\n\u202eنص 🎉"


@pytest.mark.parametrize("to", ["a@b@c", "a b@contoh.id", "x@contoh.id\nBcc: y@contoh.id", "a" * 300 + "@contoh.id"])
def test_an_impossible_mail_address_is_kept_as_failed(to):
    assert say(channel="email", to=to).reason == "address"


def test_addresses_are_masked_for_strangers():
    assert mask_address("6281234567890") == "0812****890"
    assert mask_address("siti@contoh.id") == "s***@contoh.id"
    assert normalise_email(" Siti@Contoh.ID ") == "Siti@contoh.id"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ("GSM-7", 0, 1)),
        ("a" * 160, ("GSM-7", 160, 1)),
        ("a" * 161, ("GSM-7", 161, 2)),
        ("a" * 306, ("GSM-7", 306, 2)),
        ("a" * 307, ("GSM-7", 307, 3)),
        ("€" * 80, ("GSM-7", 160, 1)),
        ("€" * 81, ("GSM-7", 162, 2)),
        ("a" * 152 + "€" + "a" * 152, ("GSM-7", 306, 3)),
        ("ā" * 70, ("UCS-2", 70, 1)),
        ("ā" * 71, ("UCS-2", 71, 2)),
        ("🎉" * 35, ("UCS-2", 70, 1)),
        ("🎉" * 67, ("UCS-2", 134, 3)),
        ("🎉" * 66, ("UCS-2", 132, 2)),
    ],
)
def test_parts_are_counted_as_the_standard_says(text, expected):
    assert api.segments(text) == expected
