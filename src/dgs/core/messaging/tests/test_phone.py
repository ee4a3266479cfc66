"""Tests of the demo's telephone: what is written on it comes in as from a gateway, once, and is answered on its screen."""

import pytest
from django.utils import timezone

from dgs.core.messaging.actions.saying import say
from dgs.core.messaging.models import Inbound, Message

pytestmark = pytest.mark.django_db
NUMBER = "6281234567801"


@pytest.fixture(autouse=True)
def demo(settings):
    settings.DEMO = True


def write(client, text="BANTUAN", **changes):
    return client.post("/pesan/telepon", {"nomor": "0812-3456-7801", "teks": text, "sekali": "a1"} | changes)


def test_an_sms_written_on_the_telephone_is_answered_on_its_screen(client):
    assert write(client)["Location"] == f"/telepon?nomor={NUMBER}#telepon"
    assert Inbound.objects.get().number == NUMBER
    text = client.get("/pesan", {"nomor": NUMBER}).content.decode()
    answer = Message.objects.get(to=NUMBER)
    assert "BANTUAN" in text and f'data-message="{answer.pk}"' in text and f'data-to="{NUMBER}"' in text


def test_the_same_form_sent_twice_is_one_sms_and_another_text_is_another(client):
    write(client), write(client), write(client, "STOP"), write(client, kata="MULAI")
    assert sorted(Inbound.objects.values_list("text", flat=True)) == ["BANTUAN", "MULAI", "STOP"]


def test_the_screen_is_drawn_anew_only_when_something_changed(client):
    write(client)
    drawn = client.get(f"/pesan/telepon/{NUMBER}")
    shown = drawn.context["mark"]
    assert client.get(f"/pesan/telepon/{NUMBER}", {"tampil": shown}).status_code == 204
    Message.objects.update(state="handed")
    assert client.get(f"/pesan/telepon/{NUMBER}", {"tampil": shown}).status_code == 200


def test_outside_a_demo_there_is_no_telephone(client, settings):
    settings.DEMO = False
    assert write(client).status_code == 404
    assert client.get(f"/pesan/telepon/{NUMBER}").status_code == 404
    assert not Inbound.objects.exists()


@pytest.mark.parametrize("changes", [{"nomor": ""}, {"nomor": "abc"}, {"nomor": "\x00"}, {"teks": ""}, {"teks": "\x00 "}])
def test_what_is_no_sms_comes_to_nothing(client, changes):
    assert write(client, **changes).status_code == 302
    assert not Inbound.objects.exists()


def test_a_real_gateway_is_not_played(client, settings):
    settings.DGS_SMS_URL = "http://127.0.0.1:1/"
    assert write(client).status_code == 302
    assert not Inbound.objects.exists()


def test_long_conversations_are_read_page_by_page_without_losing_one(client):
    now = timezone.now()
    for n in range(50):
        say(key=f"k{n}", channel="sms", to=NUMBER, body=f"Kabar {n}.", now=now)
    first = client.get("/pesan", {"nomor": NUMBER})
    second = client.get("/pesan", {"nomor": NUMBER, "sejak": first.context["older"]})
    shown = [said.row.pk for page in (second, first) for said in page.context["texts"]]
    assert shown == list(Message.objects.order_by("pk").values_list("pk", flat=True)) and not second.context["older"]


@pytest.mark.parametrize(
    "query",
    ["?nomor=%00", "?before=x&surat=%00", "?nomor=081234567801&sejak=1-2", "?q=%3Cscript%3E&surat=999999999999999999999",
     "?nomor=081234567801&sejak=99999999999999999-1-1"],
)
def test_hostile_addresses_are_answered(client, query):
    assert client.get("/pesan" + query).status_code == 200
