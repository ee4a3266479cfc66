"""Tests of WhatsApp: text within the day and a template outside of it, Meta's errors, its signed calls, hostile ones."""

import hashlib
import hmac
import json
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from dgs.core.messaging.actions.saying import say
from dgs.core.messaging.keys import key_of
from dgs.core.messaging.models import Attempt, Inbound, Message, Receipt, Sender, Silence
from dgs.core.messaging.senders import program_of, talking
from dgs.core.messaging.senders.whatsapp import Whatsapp
from dgs.core.messaging.tests.sinks import HttpSink

pytestmark = [pytest.mark.django_db, pytest.mark.server]
NUMBER, PHONE_ID, SECRET = "6281234567890", "109876543210", "rahasia-aplikasi"


@pytest.fixture
def meta():
    made = HttpSink()
    made.answer = '{"messages": [{"id": "wamid.ABC="}]}'
    yield made
    made.close()


def whatsapp(meta, **parameters):
    row = Sender(name="wa", title="WhatsApp", channel="whatsapp", kind="whatsapp", created_at=timezone.now())
    row.parameters = {
        "url": f"http://127.0.0.1:{meta.port}/v21.0", "phone_id": PHONE_ID, "token": "EAAG", "app_secret": SECRET,
        "template": "kabar_dinas", "code_template": "kode_masuk",
    } | parameters
    assert Whatsapp.problems(row.parameters) == []
    row.save()
    return row


def message(body="Halo Siti", **changes):
    values = {"key": "k", "channel": "whatsapp", "to": NUMBER, "body": body, "now": timezone.now()}
    return say(**(values | changes))


def hand(row, found):
    return program_of(row).hand(found, 1)


def wrote(row, ago=timedelta(hours=1), number=NUMBER):
    Inbound.objects.create(sender=row, gateway_id=str(ago), number=number, text="halo", received_at=timezone.now() - ago)


def call(body, secret=SECRET, **headers):
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    signed = {"X-Hub-Signature-256": "sha256=" + hmac.new(secret.encode(), data, hashlib.sha256).hexdigest()} | headers
    url = f"/pesan/kabar/wa?kunci={key_of('wa')}"
    return Client().post(url, data, content_type="application/json", headers=signed).status_code


def change(phone_id=PHONE_ID, **value):
    value = {"metadata": {"phone_number_id": phone_id, "display_phone_number": "62711000"}} | value
    return {"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [{"field": "messages", "value": value}]}]}


def test_who_wrote_within_the_day_gets_the_text(meta):
    row = whatsapp(meta)
    wrote(row)
    ended = hand(row, message("Baris satu\nBaris dua", subject="Kabar"))
    assert (ended.outcome, ended.gateway_id) == ("handed", "wamid.ABC=")
    asked, = meta.seen
    assert asked["path"] == f"/v21.0/{PHONE_ID}/messages"
    assert asked["headers"]["Authorization"] == "Bearer EAAG"
    sent = json.loads(asked["body"])
    assert (sent["to"], sent["type"], sent["text"]["body"]) == (NUMBER, "text", "*Kabar*\n\nBaris satu\nBaris dua")


@pytest.mark.parametrize("ago", [None, timedelta(hours=24), timedelta(days=9)])
def test_others_get_the_template_with_the_text_in_one_line(meta, ago):
    row = whatsapp(meta)
    if ago:
        wrote(row, ago)
    wrote(row, number="6281200000001")
    assert hand(row, message("Baris satu\n\n  Baris dua", language="en")).outcome == "handed"
    sent = json.loads(meta.seen[0]["body"])
    assert (sent["type"], sent["template"]["name"], sent["template"]["language"]) == ("template", "kabar_dinas", {"code": "en"})
    assert sent["template"]["components"][0]["parameters"] == [{"type": "text", "text": "Baris satu Baris dua"}]


def test_a_code_goes_by_its_own_template_even_within_the_day(meta):
    row = whatsapp(meta)
    wrote(row)
    hand(row, message("Kode Anda 482913, berlaku 10 menit", is_secret=True))
    template = json.loads(meta.seen[0]["body"])["template"]
    assert template["name"] == "kode_masuk"
    assert [one["parameters"][0]["text"] for one in template["components"]] == ["482913", "482913"]


def test_without_a_template_nothing_is_asked_of_meta(meta):
    row = whatsapp(meta, template="", code_template="")
    assert hand(row, message()).outcome == "refused"
    assert hand(row, message("Kode 482913", key="k2", is_secret=True)).outcome == "refused"
    assert not meta.seen


@pytest.mark.parametrize(
    ("status", "code", "outcome"),
    [
        (400, 131026, "refused"), (400, 100, "refused"), (400, 132001, "refused"), (400, 130429, "later"), (400, 131056, "later"),
        (401, 190, "later"), (403, 10, "later"), (429, 80007, "later"), (500, 131000, "later"), (503, 2, "later"),
        (400, "x", "refused"), (404, None, "refused"), (302, None, "later"), (400, 10**20, "refused"),
    ],
)
def test_metas_errors_decide(meta, status, code, outcome):
    row = whatsapp(meta)
    meta.status, meta.answer = status, json.dumps({"error": {"code": code, "message": f"about {NUMBER}"}})
    ended = hand(row, message())
    assert ended.outcome == outcome
    assert NUMBER not in ended.detail


def test_no_answer_is_unsure_and_no_connection_is_later(meta, monkeypatch):
    row = whatsapp(meta)
    monkeypatch.setattr(talking, "SECONDS", 0.3)
    meta.pause = 1
    assert hand(row, message()).outcome == "unsure"
    meta.pause, meta.hang_up = 0, True
    assert hand(row, message()).outcome == "unsure"
    meta.close()
    assert hand(row, message()).outcome == "later"


@pytest.mark.parametrize("answer", ["", "[" * 30000, "null", '{"messages": {}}', '{"messages": [{"id": {}}]}', "\x00"])
def test_an_answer_without_an_identity_was_taken_all_the_same(meta, answer):
    row = whatsapp(meta)
    meta.answer = answer
    assert (hand(row, message()).outcome, hand(row, message()).gateway_id) == ("handed", "")


def handed(row):
    found = message()
    found.attempts.create(
        number=1, sender=row, provider="wa", began_at=timezone.now(), ended_at=timezone.now(), outcome="handed",
        gateway_id="wamid.ABC=",
    )
    Message.objects.update(state="handed")
    return found


def test_states_count_once_in_whatever_order_they_come(meta):
    row = whatsapp(meta)
    found = handed(row)
    for status in ["read", "sent", "delivered", "failed", "delivered", "deleted", "warning"] * 3:
        assert call(change(statuses=[{"id": "wamid.ABC=", "status": status, "errors": [{"code": 131026}]}])) == 200
    assert call(change(statuses=[{"id": "wamid.LAIN", "status": "failed"}])) == 200
    assert call(change(phone_id="1", statuses=[{"id": "wamid.ABC=", "status": "failed"}])) == 200
    found.refresh_from_db()
    assert found.state == "delivered"
    assert set(Receipt.objects.values_list("said", flat=True)) == {"read", "accepted", "delivered", "failed"}


def test_a_state_that_comes_before_metas_number_is_written_down_counts(meta):
    row, found = whatsapp(meta), message()
    mine = Attempt.objects.create(message=found, number=1, sender=row, provider="wa", began_at=timezone.now())
    Message.objects.update(state="going")
    program_of(row).hand(found, mine.pk)
    said = json.loads(meta.seen[0]["body"])["biz_opaque_callback_data"]
    status = {"id": "wamid.ABC=", "status": "delivered", "biz_opaque_callback_data": said}
    assert call(change(statuses=[status])) == 200
    found.refresh_from_db()
    assert (found.state, mine.receipts.get().said) == ("delivered", "delivered")


def test_what_was_not_delivered_has_failed_with_metas_code(meta):
    found = handed(whatsapp(meta))
    call(change(statuses=[{"id": "wamid.ABC=", "status": "failed", "errors": [{"code": 131047}]}]))
    found.refresh_from_db()
    assert (found.state, found.reason, Receipt.objects.get().detail) == ("failed", "undeliverable", "131047")


def test_what_people_write_is_answered_by_whatsapp_once(meta):
    row = whatsapp(meta)
    for _n in range(3):
        assert call(change(messages=[{"id": "wamid.1", "from": NUMBER, "type": "text", "text": {"body": "STOP"}}])) == 200
    answer = Message.objects.get()
    assert (answer.channel, answer.sender, answer.to, answer.kind) == ("whatsapp", row, NUMBER, "reply")
    assert Silence.objects.get().address == NUMBER
    call(change(messages=[
        {"id": "wamid.2", "from": NUMBER, "type": "button", "button": {"text": "BANTUAN"}},
        {"id": "wamid.3", "from": NUMBER, "type": "reaction", "reaction": {"emoji": "👍"}},
        {"id": "wamid.4", "from": NUMBER, "type": "image", "image": {}},
    ]))
    assert list(Inbound.objects.order_by("pk").values_list("text", flat=True)) == ["STOP", "BANTUAN", ""]


def test_only_meta_is_heard(meta):
    found = handed(whatsapp(meta))
    body = change(statuses=[{"id": "wamid.ABC=", "status": "failed"}])
    assert call(body, secret="lain") == 400
    for signature in ("", "sha256=", "sha1=00", "sha256=" + "0" * 64, "é"):
        assert call(body, **{"X-Hub-Signature-256": signature}) == 400
    assert Client().post("/pesan/kabar/wa", json.dumps(body), content_type="application/json").status_code == 404
    found.refresh_from_db()
    assert found.state == "handed" and not Receipt.objects.exists()


def test_meta_is_answered_when_it_asks_whether_the_address_is_ours(meta):
    program = program_of(whatsapp(meta))
    asked = {"kunci": key_of("wa"), "hub.mode": "subscribe", "hub.challenge": "1158201444"}
    asked["hub.verify_token"] = program.given()[1][1]
    reply = Client().get("/pesan/kabar/wa", asked)
    assert (reply.status_code, reply.content, reply["Content-Type"]) == (200, b"1158201444", "text/plain; charset=utf-8")
    for wrong in ({"hub.verify_token": "x"}, {"hub.challenge": "<script>"}, {"hub.mode": "other"}, {"hub.challenge": ""}):
        assert Client().get("/pesan/kabar/wa", asked | wrong).status_code == 400


@pytest.mark.parametrize("body", [b"", b"{", b"[" * 100_000, b"\xff", b"x" * 600_000])
def test_signed_bodies_that_are_none_are_refused(meta, body):
    whatsapp(meta)
    assert call(body) == 400


@pytest.mark.parametrize(
    "body",
    [
        [], 3, None, {"entry": {}}, {"entry": [1, {"changes": 5}, {"changes": [{"value": []}, {}]}]}, change(statuses={"a": 1}),
        change(statuses=[5, {}, {"id": [], "status": {}}]), change(messages=[{"id": "\x00", "from": "\x00"}]),
        change(messages=[{"id": "a\ud800", "from": "\ud800", "text": {"body": "\ud800\x00"}}]),
        change(statuses=[{"id": "\x00\ud800" + "x" * 999, "status": "read"}]),
    ],
)
def test_hostile_bodies_change_nothing(meta, body):
    whatsapp(meta)
    assert call(body) == 200
    assert not Receipt.objects.exists() and not Message.objects.exists()


@pytest.mark.parametrize(
    "parameters",
    [
        {"phone_id": ""}, {"phone_id": "+62 711"}, {"token": ""}, {"token": "a b"}, {"token": "a\nb"}, {"app_secret": ""},
        {"template": "Kabar Dinas"}, {"code_template": "../x"}, {"url": "graph"}, {"callback": "x"},
    ],
)
def test_parameters_that_cannot_work_are_named_in_a_sentence(parameters):
    found = Whatsapp.problems({"phone_id": PHONE_ID, "token": "EAAG", "app_secret": "x"} | parameters)
    assert found and all(sentence.endswith(".") for sentence in found)
