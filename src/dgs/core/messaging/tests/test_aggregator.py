"""Tests of SMS aggregators over HTTP: what is asked by which parameters, what each answer means, receipts, SMS, hostile ones."""

import base64
import json
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from dgs.core.messaging.actions.saying import say
from dgs.core.messaging.keys import key_of
from dgs.core.messaging.models import Inbound, Message, Receipt, Sender
from dgs.core.messaging.senders import talking
from dgs.core.messaging.senders.aggregator import Aggregator
from dgs.core.messaging.senders.talking import short
from dgs.core.messaging.tests.handing import hand
from dgs.core.messaging.tests.sinks import HttpSink

pytestmark = [pytest.mark.django_db, pytest.mark.server]
TRICKY = 'Kata "{id}" {to} \\ & = \n% ✓'


@pytest.fixture
def sink():
    made = HttpSink()
    yield made
    made.close()


def aggregator(sink, **parameters):
    row = Sender(name="agregator", title="Agregator", channel="sms", kind="http", created_at=timezone.now())
    row.parameters = {"url": sink.url, "gateway_id": "messages.0.id"} | parameters
    assert Aggregator.problems(row.parameters) == []
    row.save()
    return row


def message(body="Halo Siti", key="k"):
    return say(key=key, channel="sms", to="081234567890", body=body, now=timezone.now())


def call(sender="agregator", body=None, kind="application/json", **query):
    url = f"/pesan/kabar/{sender}"
    query = {"kunci": key_of(sender)} | query
    if body is None:
        return Client().get(url, query).status_code
    data = body if isinstance(body, bytes | str) else json.dumps(body)
    return Client().post(f"{url}?" + "&".join(f"{k}={v}" for k, v in query.items()), data, content_type=kind).status_code


def test_json_is_filled_without_letting_words_out_of_their_place(sink):
    aggregator(
        sink, body='{"to": "{plus}", "msg": [{"text": "{text}", "n": 1}], "ref": "{id}", "cb": "{callback}", "f": "{from}"}'
    )
    sink.answer = '{"messages": [{"id": "abc-1"}]}'
    found = message(TRICKY)
    assert hand(found) == ("handed", "")
    assert hand(found) == ("handed", "")
    attempt = found.attempts.get()
    asked, = sink.seen
    sent = json.loads(asked["body"])
    assert (sent["to"], sent["msg"], sent["ref"], sent["f"]) == (
        "+6281234567890", [{"text": found.body, "n": 1}], str(attempt.pk), "DGS",
    )
    assert sent["cb"].endswith(f"/pesan/kabar/agregator?kunci={key_of('agregator')}&kirim={attempt.pk}")
    assert attempt.gateway_id == "abc-1"
    assert (asked["method"], asked["headers"]["Content-Type"]) == ("POST", "application/json")


def test_forms_and_addresses_carry_the_same_words(sink):
    row = aggregator(sink, format="form", body="nomor={local}\nisi={text}\n\nkunci = x=y")
    hand(message(TRICKY))
    assert parse_qs(sink.seen[0]["body"]) == {"nomor": ["081234567890"], "isi": [TRICKY], "kunci": ["x=y"]}
    row.parameters = {"url": sink.url + "?a=1", "format": "query", "method": "GET", "body": "to={to}\ntext={text}"}
    row.save()
    hand(message(TRICKY + "!", key="k2"))
    assert parse_qs(urlsplit(sink.seen[1]["path"]).query) == {"a": ["1"], "to": ["6281234567890"], "text": [TRICKY + "!"]}
    assert (sink.seen[1]["method"], sink.seen[1]["body"]) == ("GET", "")


@pytest.mark.parametrize(
    ("parameters", "header"),
    [
        ({"auth": "bearer", "password": "rahasia"}, ("Authorization", "Bearer rahasia")),
        ({"auth": "basic", "username": "dgs", "password": "p:w"},
         ("Authorization", "Basic " + base64.b64encode(b"dgs:p:w").decode())),
        ({"headers": '{"X-Api-Key": "kunci-1"}'}, ("X-Api-Key", "kunci-1")),
    ],
)
def test_secrets_go_in_headers_and_stay_sealed(sink, parameters, header):
    row = aggregator(sink, **parameters)
    hand(message())
    assert sink.seen[0]["headers"][header[0]] == header[1]
    assert header[1] not in row.sealed


@pytest.mark.parametrize(
    ("status", "answer", "parameters", "state", "reason"),
    [
        (200, "ok", {}, "handed", ""), (202, "", {"success": "200"}, "failed", "refused"),
        (202, "", {"success": "200, 202"}, "handed", ""),
        (200, '{"status": "ok"}', {"taken": '"status": "ok"'}, "handed", ""),
        (200, '{"status": "error"}', {"taken": '"status": "ok"'}, "failed", "refused"),
        (200, "saldo habis", {"again": "saldo"}, "held", "pause"), (402, "saldo habis", {"again": "saldo"}, "held", "pause"),
        (400, "bad number", {}, "failed", "refused"), (401, "", {}, "held", "pause"), (429, "", {}, "held", "pause"),
        (500, "", {}, "held", "pause"), (503, "", {}, "held", "pause"), (302, "", {}, "held", "pause"),
    ],
)
def test_the_answer_decides_by_the_parameters(sink, status, answer, parameters, state, reason):
    aggregator(sink, **parameters)
    sink.status, sink.answer = status, answer
    assert hand(message()) == (state, reason)


def test_no_answer_is_unsure_and_no_connection_is_later(sink, monkeypatch):
    aggregator(sink)
    monkeypatch.setattr(talking, "SECONDS", 0.3)
    sink.pause = 1
    assert hand(message()) == ("uncertain", "broken-off")
    sink.pause, sink.hang_up = 0, True
    assert hand(message("Lain", key="k2")) == ("uncertain", "broken-off")
    sink.close()
    assert hand(message("Lagi", key="k3")) == ("held", "pause")


@pytest.mark.parametrize(
    ("answer", "where", "gateway_id"),
    [
        ("ID:77 OK", r"re:ID:(\d+)", "77"), ("none", r"re:ID:(\d+)", ""), ('{"id": 12}', "id", "12"), ('{"id": {}}', "id", ""),
        ("[[[[", "id", ""), ("[" * 30000, "id", ""), ('{"id": true}', "id", ""), ('["a"]', "0", "a"), ('{"a": []}', "a.5.b", ""),
        ('{"id": "\\u0000x\\ud800"}', "id", "x?"), ('{"id": "' + "y" * 500 + '"}', "id", short("y" * 500, 100)),
    ],
)
def test_the_providers_number_is_found_or_left_out(sink, answer, where, gateway_id):
    aggregator(sink, gateway_id=where)
    sink.answer = answer
    found = message()
    assert hand(found) == ("handed", "")
    assert found.attempts.get().gateway_id == gateway_id


RECEIPTS = {"receipt_id": "data.id", "receipt_status": "data.status"}


def test_receipts_count_once_however_late_and_often_they_come(sink):
    aggregator(sink, **RECEIPTS)
    sink.answer = '{"messages": [{"id": "abc-1"}]}'
    found = message()
    hand(found)
    for _n in range(20):
        assert call(body={"data": {"id": "abc-1", "status": "Delivered"}}) == 200
    assert call(body={"data": {"id": "abc-1", "status": "UNDELIV"}}) == 200
    assert call(body={"data": {"id": "lain", "status": "DELIVRD"}}) == 200
    assert call(body={"data": {"id": "abc-1", "status": "SENT"}}) == 200
    found.refresh_from_db()
    assert found.state == "delivered"
    assert sorted(Receipt.objects.values_list("said", flat=True)) == ["delivered", "failed"]


def test_a_receipt_by_our_own_number_settles_what_was_unsure(sink):
    aggregator(sink, receipt_status="status")
    sink.hang_up = True
    found = message()
    assert hand(found)[0] == "uncertain"
    assert call(kirim=found.attempts.get().pk, status="DELIVRD") == 200
    found.refresh_from_db()
    assert found.state == "delivered"


def test_a_list_of_receipts_is_taken_apart(sink):
    aggregator(sink, each="results", receipt_id="messageId", receipt_status="status.name", receipt_words='{"X": "expired"}')
    for n in (1, 2):
        sink.answer = f'{{"messages": [{{"id": "m-{n}"}}]}}'
        hand(message(f"Halo {n}", key=f"k{n}"))
    assert call(body={"results": [{"messageId": f"m-{n}", "status": {"name": "x"}} for n in (1, 2)]}) == 200
    assert set(Message.objects.values_list("state", flat=True)) == {"expired"}
    assert call(body={"results": []}) == 400
    assert call(body={"results": [{"messageId": "m-1", "status": {"name": "x"}}] * 1001}) == 400


def test_sms_come_by_json_by_form_and_in_the_address(sink):
    aggregator(sink, sms_number="dari", sms_text="isi", sms_id="id", sms_to="ke")
    assert call(body={"dari": "0812-3456-7890", "isi": "BANTUAN", "id": 5, "ke": "1234"}) == 200
    assert call(body={"dari": "0812-3456-7890", "isi": "STOP", "id": "5", "ke": "1234"}) == 200
    assert call(body="dari=6281234567890&isi=BANTUAN&id=6", kind="application/x-www-form-urlencoded") == 200
    assert call(dari="6281234567890", isi="BANTUAN", id="7") == 200
    assert list(Inbound.objects.order_by("pk").values_list("gateway_id", "number", "text", "outcome")) == [
        (pk, "6281234567890", "BANTUAN", "answered") for pk in ("5", "6", "7")
    ]


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"[" * 100_000, b"null", b"[]", b"3", b'"x"', b"\xff\xfe", b'{"data": []}',
        b'{"data": {"id": {}, "status": []}}', b'{"data": {"id": "", "status": "DELIVRD"}}', b"x" * 600_000,
        b'{"dari": "0812", "isi": "x"}', b'{"id": ' + b"9" * 5000 + b"}",
    ],
)
def test_hostile_bodies_are_refused_and_change_nothing(sink, body):
    aggregator(sink, **RECEIPTS, sms_number="dari", sms_text="isi", sms_id="id")
    assert call(body=body) == 400
    assert not Inbound.objects.exists() and not Receipt.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        {"dari": "\x00\ud800", "isi": "\x00\ud800🎉", "id": "\x00\ud800"},
        {"dari": "x" * 9999, "isi": "y" * 99999, "id": "z" * 9999},
        {"data": {"id": "\x00\ud800", "status": "delivrd"}}, {"kirim": "9" * 18, "data": {"status": "delivrd"}},
    ],
)
def test_hostile_values_are_taken_as_facts_and_harm_nothing(sink, body):
    aggregator(sink, **RECEIPTS, sms_number="dari", sms_text="isi", sms_id="id")
    assert call(body=body) == 200
    assert call(body=body) == 200
    assert Inbound.objects.count() <= 1


def test_without_the_key_nobody_is_heard(sink):
    aggregator(sink, **RECEIPTS)
    assert call(body={}, kunci="x") == 404


@pytest.mark.parametrize(
    "parameters",
    [
        {"url": ""}, {"url": "ftp://a.id"}, {"url": "https://dgs:pw@a.id"}, {"url": "https://a.id/\nX"}, {"url": "https://[/"},
        {"body": '{"to": "{to}"}'}, {"body": '{"text": "{text}"}'}, {"body": '{"to": "{to}", "t": "{text}", "x": "{password}"}'},
        {"body": '{"to": {to}, "text": "{text}"}'}, {"body": '{"{to}": "{text}"}'}, {"body": "to={to}&text={text}"},
        {"format": "form", "body": "{to}\n{text}"}, {"format": "form", "body": "{to}={text}"}, {"method": "GET"},
        {"method": "DELETE"}, {"headers": "X: y"}, {"headers": '{"X": "a\\nb"}'}, {"headers": '{"X y": "a"}'},
        {"headers": '{"X": 1}'}, {"headers": "[" * 9999},
        {"success": "ok"}, {"success": "200,"}, {"taken": "("}, {"again": "*"}, {"taken": "x" * 201}, {"gateway_id": "re:x"},
        {"gateway_id": "re:("}, {"receipt_words": '{"X": "perhaps"}'}, {"receipt_words": "x"}, {"auth": "bearer"},
        {"auth": "bearer", "password": "a\nb"}, {"auth": "digest"}, {"sms_text": "isi"}, {"callback": "dgs"},
    ],
)
def test_parameters_that_cannot_work_are_named_in_a_sentence(parameters):
    found = Aggregator.problems({"url": "https://a.id/sms"} | parameters)
    assert found
    assert all(sentence.endswith(".") for sentence in found), found


@pytest.mark.parametrize(
    "parameters",
    [
        {}, {"format": "query", "method": "GET", "body": "to={to}\ntext={text}"}, {"taken": "ok|OK"},
        {"gateway_id": r"re:ID:(\w+)"},
        {"format": "form", "body": "to={plus}\ntext={text}\nkey=a=b"},
    ],
)
def test_parameters_that_can_work_have_no_problem(parameters):
    assert Aggregator.problems({"url": "https://a.id/sms"} | parameters) == []
