"""Tests of the pages of broadcasts: who may, what is refused, from writing to the report."""

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils import timezone

from dgs.core.messaging.actions.broadcasting import queue_messages, subscribe
from dgs.core.messaging.models import Broadcast, Message, Subscription, Topic

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(loaded_region):
    client = Client()
    client.force_login(get_user_model().objects.get(username="humas@dgs.example"))
    return client


@pytest.fixture
def flood(client):
    client.post("/siaran/topik", {"word": "banjir", "title_id": "Peringatan banjir", "title_en": "Flood warnings"})
    topic = Topic.objects.get(word="BANJIR")
    for n in range(3):
        subscribe(topic=topic, channel="sms", address=f"62812345678{n:02}", now=timezone.now())
    return topic


def form(**changes):
    return {
        "title": "Air naik", "kind": "news", "channels": ["sms"], "text_id": "Air sungai naik.", "text_en": "",
        "audiences": ["topic|BANJIR"],
    } | changes


def test_from_writing_to_the_report(client, flood):
    assert "Air naik" not in client.get("/siaran").content.decode()
    made = client.post("/siaran/baru", form(), follow=True)
    one = Broadcast.objects.get()
    page = made.content.decode()
    assert "Air sungai naik." in page and ">3<" in page and "Kirim ke 3 alamat" in page
    client.post(f"/siaran/{one.pk}/ubah", form(text_id="Air sungai turun."))
    client.post(f"/siaran/{one.pk}/kirim")
    assert client.post(f"/siaran/{one.pk}/kirim").status_code == 409
    assert client.get(f"/siaran/{one.pk}/ubah").status_code == 409
    queue_messages(broadcast_id=one.pk, now=timezone.now())
    Message.objects.filter(pk=Message.objects.first().pk).update(state="delivered")
    assert set(Message.objects.values_list("body", flat=True)) == {"Air sungai turun."}
    assert "1 dari 3 (33%)" in client.get(f"/siaran/{one.pk}").content.decode()
    part = client.get(f"/siaran/{one.pk}", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part and "33%" in part
    client.post(f"/siaran/{one.pk}/hentikan")
    assert "Dihentikan" in client.get(f"/siaran/{one.pk}").content.decode()
    text = b"".join(client.get(f"/siaran/{one.pk}/tidak-sampai.csv").streaming_content).decode()
    assert text.count("0812****") == 2 and "62812" not in text
    assert "Air naik" in client.get("/siaran").content.decode()


@pytest.mark.parametrize(
    "changes",
    [{"text_id": "Yth. {nama}"}, {"title": ""}, {"channels": []}, {"channels": ["surat"]}, {"audiences": ["topic|GEMPA"]},
     {"audiences": ["x"]}, {"kind": "code"}, {"regions": ["99"]}, {"text_id": "x" * 2000}, {"text_id": "\x00"}],
)
def test_what_cannot_be_sent_comes_back_with_its_sentence(client, flood, changes):
    reply = client.post("/siaran/baru", form(**changes))
    assert reply.status_code == 422
    assert not Broadcast.objects.exists()


def test_an_emergency_is_for_those_who_may(client, flood, users):
    made = client.post("/siaran/baru", form(kind="emergency"))
    assert made.status_code == 302
    from dgs.core.access.models import Role

    role = Role.objects.get(code="information")
    role.permissions = [one for one in role.permissions if one != "messaging.broadcast_emergency"]
    role.save()
    assert client.post("/siaran/baru", form(kind="emergency")).status_code == 422
    assert client.post(f"/siaran/{Broadcast.objects.get().pk}/kirim").status_code == 403


def test_others_may_not_even_look(users, client, flood):
    other = Client()
    other.force_login(users("clerk")[0])
    for address in ("/siaran", "/siaran/baru", "/siaran/topik", "/siaran/1"):
        assert other.get(address).status_code == 403
    assert client.get("/siaran/999999").status_code == 404
    assert client.get("/siaran?before=%00x").status_code == 200


@pytest.mark.parametrize("word", ["", "a", "x y", "BANJIR", "é1"])
def test_a_topic_has_one_word_of_its_own(client, flood, word):
    assert client.post("/siaran/topik", {"word": word, "title_id": "a", "title_en": "b"}).status_code == 422
    assert Topic.objects.count() == 1


def test_a_topic_that_was_closed_takes_no_one_new(client, flood):
    client.post("/siaran/topik", {"topic": flood.pk})
    flood.refresh_from_db()
    assert not flood.is_open
    assert Subscription.objects.filter(ended_at=None).count() == 3
    assert client.post("/siaran/topik", {"topic": "x"}).status_code == 404


ALL = ("messaging.broadcast", "messaging.broadcast_emergency")


def test_who_may_for_one_office_only_does_not_write_to_everybody(client, flood, enter):
    from dgs.core.organisations.api import office_of_kind

    client.post("/siaran/baru", form(kind="emergency"))
    one = Broadcast.objects.get()
    part = Client()
    enter(ALL, office=office_of_kind("transport"), client=part)
    for path in ("/siaran", "/siaran/baru", "/siaran/topik", *(f"/siaran/{one.pk}{end}" for end in ("", "/ubah"))):
        assert part.get(path).status_code == 403, path
    assert part.post("/siaran/baru", form()).status_code == 403
    for end in ("kirim", "hentikan"):
        assert part.post(f"/siaran/{one.pk}/{end}").status_code == 403
    assert part.get(f"/siaran/{one.pk}/tidak-sampai.csv").status_code == 403
    one.refresh_from_db()
    assert one.state == "draft" and Broadcast.objects.count() == 1


def test_an_emergency_is_stopped_only_by_who_may_send_one(client, flood, enter):
    client.post("/siaran/baru", form(kind="emergency"))
    one = Broadcast.objects.get()
    client.post(f"/siaran/{one.pk}/kirim")
    news = Client()
    enter(ALL[:1], client=news)
    assert news.post(f"/siaran/{one.pk}/hentikan").status_code == 403
    assert client.post(f"/siaran/{one.pk}/hentikan").status_code == 302


def test_no_address_is_a_formula_in_the_file(client, flood):
    subscribe(topic=flood, channel="email", address="=1+1@contoh.id", now=timezone.now())
    client.post("/siaran/baru", form(channels=["email"]))
    one = Broadcast.objects.get()
    client.post(f"/siaran/{one.pk}/kirim")
    queue_messages(broadcast_id=one.pk, now=timezone.now())
    text = b"".join(client.get(f"/siaran/{one.pk}/tidak-sampai.csv").streaming_content).decode()
    assert "'=***@contoh.id" in text
