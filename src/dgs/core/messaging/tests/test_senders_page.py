"""Tests of the pages about senders: how each does, setting one up without ever showing its secrets, a test through it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from dgs.core.audit.models import AuditRow
from dgs.core.messaging.actions.saying import say
from dgs.core.messaging.keys import key_of
from dgs.core.messaging.models import Message, Sender, SenderMinute

pytestmark = pytest.mark.django_db
KANNEL = {
    "name": "kannel-satu", "title": "Kannel satu", "weight": "20", "window": "4", "is_on": "on", "price_": "350",
    "price_telkomsel": "300.5", "p_url": "http://127.0.0.1:13013/cgi-bin/sendsms", "p_username": "dgs",
    "p_password": "sangat-rahasia", "p_from": "PEMDA", "p_smsc": "", "p_callback": "",
}


@pytest.fixture
def kannel(client, enter):
    enter(phone="6281290000009")
    assert client.post("/pesan/pengirim/baru?jenis=kannel", KANNEL).status_code == 302
    return Sender.objects.get(name="kannel-satu")


def test_a_sender_is_set_up_by_its_kind_and_its_parameters_are_sealed(client, kannel):
    assert kannel.parameters["password"] == "sangat-rahasia" and "rahasia" not in kannel.sealed
    assert kannel.prices == {"": 350, "telkomsel": 300.5} and kannel.channel == "sms" and kannel.weight == 20
    row = AuditRow.objects.get(action="messaging.sender_added")
    assert "rahasia" not in str(row.facts)


def test_secrets_are_never_shown_and_an_empty_one_keeps_what_is_stored(client, kannel):
    page = client.get("/pesan/pengirim/atur/kannel-satu").content.decode()
    assert "sangat-rahasia" not in page and "kunci=" in page
    client.post("/pesan/pengirim/atur/kannel-satu", KANNEL | {"p_password": "", "p_from": "DAERAH", "weight": "5"})
    kannel.refresh_from_db()
    assert kannel.parameters["password"] == "sangat-rahasia" and kannel.parameters["from"] == "DAERAH" and kannel.weight == 5
    assert AuditRow.objects.get(action="messaging.sender_changed").facts == {"changed": ["weight", "from"]}
    refused = client.post("/pesan/pengirim/atur/kannel-satu", KANNEL | {"p_password": "lain-lagi", "weight": "101"})
    assert refused.status_code == 422 and "lain-lagi" not in refused.content.decode()


def test_saving_leaves_alone_what_the_pump_keeps(client, kannel):
    Sender.objects.update(share=0.4, failures=3)
    client.post("/pesan/pengirim/atur/kannel-satu", KANNEL | {"title": "Nama lain"})
    kannel.refresh_from_db()
    assert (kannel.share, kannel.failures, kannel.title) == (0.4, 3, "Nama lain")


@pytest.mark.parametrize("changes", [
    {"name": "kannel-satu"}, {"name": "settings-sms"}, {"name": "a b"}, {"weight": "-1"}, {"window": "65"}, {"price_": "-3"},
    {"title": ""}, {"price_": "NaN"},
])
def test_what_cannot_be_a_sender_is_refused_and_nothing_is_made(client, kannel, changes):
    before = Sender.objects.count()
    assert client.post("/pesan/pengirim/baru?jenis=kannel", KANNEL | {"name": "baru"} | changes).status_code == 422
    assert Sender.objects.count() == before


def test_a_programs_own_objections_are_shown(client, kannel, monkeypatch):
    from dgs.core.messaging.senders import KINDS

    monkeypatch.setattr(KINDS["kannel"], "problems", classmethod(lambda cls, known: ["Alamatnya tidak ada."]), raising=False)
    refused = client.post("/pesan/pengirim/baru?jenis=kannel", KANNEL | {"name": "baru"})
    assert refused.status_code == 422 and "Alamatnya tidak ada." in refused.content.decode()
    assert not Sender.objects.filter(name="baru").exists()


def test_what_the_environment_names_is_shown_and_changed_only_in_its_wishes(client, enter, settings):
    settings.DGS_SMS_URL, settings.DGS_SMS_USER, settings.DGS_SMS_PASSWORD = "http://gw.contoh.id/", "dgs", "rahasia-lingkungan"
    enter()
    assert client.get("/pesan/pengirim").status_code == 200
    page = client.get("/pesan/pengirim/atur/settings-sms").content.decode()
    assert "http://gw.contoh.id/" in page and "rahasia-lingkungan" not in page and 'name="p_url"' not in page
    client.post("/pesan/pengirim/atur/settings-sms", {"title": "Gateway", "weight": "3", "window": "2", "p_url": "http://jahat.id/"})
    row = Sender.objects.get(name="settings-sms")
    assert (row.weight, row.window, row.is_on, row.sealed) == (3, 2, False, "")


def test_the_list_tells_how_each_does(client, kannel, assert_queries):
    now = timezone.now()
    for n in range(5):
        SenderMinute.objects.create(
            sender=kannel, minute=now.replace(second=0, microsecond=0) - timedelta(minutes=n + 1), handed=9, troubled=1,
            milliseconds=2000,
        )
    Sender.objects.filter(pk=kannel.pk).update(shut_until=now + timedelta(minutes=5))
    row = next(one for one in client.get("/pesan/pengirim").context["rows"] if one.pk == kannel.pk)
    assert (row.health.success, row.health.mean, sum(row.health.hours), row.is_shut) == (90, 200, 45, True)
    for n in range(20):
        Sender.objects.create(name=f"s{n}", title=f"S {n}", channel="sms", kind="kannel", created_at=now)
    with assert_queries("messaging:senders", 20):
        client.get("/pesan/pengirim")


@pytest.mark.parametrize(
    ("kind", "parameters"),
    [
        ("http", {"url": "https://contoh.id/", "body": "to={to}\ntext={text}", "format": "form"}),
        ("whatsapp", {"phone_id": "109876543210", "token": "EAAG", "app_secret": "rahasia"}),
    ],
)
def test_each_kind_says_what_is_set_up_at_its_provider(client, enter, kind, parameters):
    enter()
    asked = {f"p_{name}": value for name, value in parameters.items()} | {
        "name": "satu", "title": "Satu", "weight": 1, "window": 1, "is_on": "on"
    }
    if kind == "http":
        asked |= {"p_method": "POST", "p_success": "2xx"}
    assert client.post(f"/pesan/pengirim/baru?jenis={kind}", asked).status_code == 302
    assert Sender.objects.get(name="satu").parameters.get("body") == parameters.get("body")
    page = client.get("/pesan/pengirim/atur/satu").content.decode()
    assert f"/pesan/kabar/satu?kunci={key_of('satu')}" in page
    if kind == "http":
        assert "to={to}\ntext={text}</textarea>" in page


def test_switching_off_lets_go_of_what_was_to_go_through_it(client, kannel):
    say_to(kannel)
    client.post("/pesan/pengirim/atur/kannel-satu/pakai", {"pakai": "0"})
    kannel.refresh_from_db()
    assert not kannel.is_on and Message.objects.get().sender_id is None
    client.post("/pesan/pengirim/atur/kannel-satu/pakai", {"pakai": "1"})
    assert AuditRow.objects.filter(action="messaging.sender_switched").count() == 2


def say_to(sender):
    return say(key="k", channel="sms", to="081234567801", body="Jawaban.", kind="reply", sender_id=sender.pk, now=timezone.now())


def test_a_test_goes_to_ones_own_number_through_that_sender_once(client, kannel):
    for _twice in range(2):
        client.post("/pesan/pengirim/atur/kannel-satu/uji", {"sekali": "a"})
    said = Message.objects.get()
    assert (said.to, said.sender_id, said.kind) == ("6281290000009", kannel.pk, "reply")
    Sender.objects.update(is_on=False)
    assert client.post("/pesan/pengirim/atur/kannel-satu/uji", {"sekali": "b"}).status_code == 409
    assert Message.objects.count() == 1


def test_a_test_needs_an_address_of_ones_own(client, kannel, enter):
    enter()
    assert client.post("/pesan/pengirim/atur/kannel-satu/uji").status_code == 409
    assert not Message.objects.exists()


def test_only_who_may_for_the_whole_region_sees_senders(client, kannel, enter, offices):
    for values in ({"permissions": ("messaging.view_outbox",)}, {"office": offices[0]}):
        enter(**values)
        for address in ("/pesan/pengirim", "/pesan/pengirim/baru", "/pesan/pengirim/atur/kannel-satu"):
            assert client.get(address).status_code == 403
        assert client.post("/pesan/pengirim/atur/kannel-satu/pakai", {"pakai": "0"}).status_code == 403
        assert client.post("/pesan/pengirim/atur/kannel-satu/uji").status_code == 403
    kannel.refresh_from_db()
    assert kannel.is_on


@pytest.mark.parametrize(
    "address", ["/pesan/pengirim/atur/tidak-ada", "/pesan/pengirim/baru?jenis=%00", "/pesan/pengirim/baru?jenis=handset"]
)
def test_hostile_addresses_are_answered(client, enter, address):
    enter()
    assert client.get(address).status_code in {200, 404}


def test_kinds_are_named_where_one_is_chosen_and_where_it_is_set_up(client, enter):
    enter()
    page = client.get("/pesan/pengirim/baru").content.decode()
    for words in ("Kannel", "Gammu", "WhatsApp", "SMTP"):
        assert words in page
    assert "<h1>Kannel" in client.get("/pesan/pengirim/baru?jenis=kannel").content.decode()
