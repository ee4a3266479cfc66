"""Tests of broadcasts: whom they reach, that each gets one, what waits and what is stopped."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.apps import apps
from django.contrib.auth import get_user_model
from django.utils import timezone

from dgs.core.audit.models import AuditRow
from dgs.core.messaging.actions.broadcasting import (
    BroadcastGone,
    BroadcastInvalid,
    queue_messages,
    send_broadcast,
    stop_broadcast,
    subscribe,
    unsubscribe,
    write_broadcast,
)
from dgs.core.messaging.actions.dead import came_back
from dgs.core.messaging.actions.wishes import fall_silent
from dgs.core.messaging.audiences import count_of
from dgs.core.messaging.models import Broadcast, Message, Subscription, Topic
from dgs.core.messaging.reports import with_progress
from dgs.core.regions import api as regions

pytestmark = pytest.mark.django_db


@pytest.fixture
def clerk(django_user_model):
    return django_user_model.objects.create_user(username="p@contoh.id", name="Petugas Percobaan", is_active=False)


@pytest.fixture
def flood():
    topic = Topic.objects.create(word="BANJIR", title_id="Peringatan banjir", title_en="Flood warnings")
    for n in range(5):
        subscribe(topic=topic, channel="sms", address=f"62812345678{n:02}", language="en" if n == 4 else "id", now=timezone.now())
    return topic


def write(clerk, **changes):
    values = {
        "title": "Air naik", "text_id": "Air sungai naik. Mengungsi sekarang.", "text_en": "The river rises. Leave now.",
        "channels": ["sms"], "audiences": [["topic", "BANJIR"]], "regions": [], "by": clerk,
        "now": timezone.now(),
    }
    return write_broadcast(**(values | changes))


def send(clerk, **changes):
    one = write(clerk, **changes)
    send_broadcast(broadcast_id=one.pk, by=clerk, now=timezone.now())
    queue_messages(broadcast_id=one.pk, now=changes.get("now", timezone.now()))
    one.refresh_from_db()
    return one


def test_each_subscriber_gets_one_in_his_language(clerk, flood):
    one = send(clerk)
    assert one.total == 5
    assert queue_messages(broadcast_id=one.pk, now=timezone.now()) == 5
    found = Message.objects.filter(about=one.about)
    assert found.count() == 5
    assert found.get(language="en").body.startswith("The river")
    assert {m.state for m in found} == {"queued"}
    assert AuditRow.objects.filter(action="messaging.broadcast").count() == 1
    with pytest.raises(BroadcastGone):
        send_broadcast(broadcast_id=one.pk, by=clerk, now=timezone.now())


def test_who_is_in_two_audiences_gets_one(clerk, flood, django_user_model):
    django_user_model.objects.create_user(username="6281234567801", name="Siti Contoh", phone="6281234567801")
    budi = {"phone": "6281299999999", "email": "b@contoh.id"}
    django_user_model.objects.create_user(username="6281299999999", name="Budi Contoh", **budi)
    one = write(clerk, audiences=[["topic", "BANJIR"], ["everyone", ""]], channels=["sms", "email"])
    assert count_of(one) == {"sms": 6, "email": 1}


def test_news_wait_for_the_morning_and_skip_who_said_stop_and_an_emergency_does_not(clerk, flood, settings):
    settings.DGS_QUIET_HOURS = "21:00-06:00"
    night = datetime(2026, 11, 28, 23, 0, tzinfo=ZoneInfo("Asia/Jakarta"))
    fall_silent(address="6281234567800", now=night)
    news = Message.objects.filter(about=send(clerk, now=night).about)
    assert sorted(news.values_list("state", "reason")) == [("held", "quiet")] * 4 + [("stopped", "unwanted")]
    assert news.filter(state="held").first().not_before == night + timedelta(hours=7)
    alarm = Message.objects.filter(about=send(clerk, kind="emergency", now=night).about)
    assert set(alarm.values_list("state", "urgency")) == {("queued", 0)}


def test_nothing_goes_to_an_e_mail_address_that_sent_everything_back(clerk, flood, django_user_model, now):
    for name in ("mati", "sekali"):
        address = f"{name}@contoh.id"
        django_user_model.objects.create_user(username=address, name="Budi Contoh", email=address)
        came_back(address, detail="5.1.1", now=now)
    came_back("mati@contoh.id", detail="5.1.1", now=now)
    one = send(clerk, channels=["email"], audiences=[["everyone", ""]], kind="emergency")
    found = Message.objects.filter(about=one.about).order_by("to").values_list("to", "state", "reason")
    assert list(found) == [("mati@contoh.id", "failed", "dead"), ("sekali@contoh.id", "queued", "")]
    assert [row.percent for row in with_progress([one])] == [50]


def test_stopping_keeps_what_has_not_begun(clerk, flood):
    one = send(clerk)
    going = Message.objects.filter(about=one.about).first()
    Message.objects.filter(pk=going.pk).update(state="going")
    assert stop_broadcast(broadcast_id=one.pk, by=clerk, now=timezone.now()) == 4
    assert Message.objects.filter(about=one.about, state="stopped", reason="withdrawn").count() == 4
    with pytest.raises(BroadcastGone):
        stop_broadcast(broadcast_id=one.pk, by=clerk, now=timezone.now())


def test_one_stopped_before_the_worker_came_queues_nothing(clerk, flood):
    one = write(clerk)
    send_broadcast(broadcast_id=one.pk, by=clerk, now=timezone.now())
    stop_broadcast(broadcast_id=one.pk, by=clerk, now=timezone.now())
    assert queue_messages(broadcast_id=one.pk, now=timezone.now()) == 0
    assert not Message.objects.exists()


def test_a_subscription_counts_once_and_ends(clerk, flood):
    assert not subscribe(topic=flood, channel="sms", address="6281234567800", now=timezone.now())
    assert unsubscribe(address="6281234567800", topic=flood, now=timezone.now()) == 1
    assert count_of(write(clerk)) == {"sms": 4}
    assert subscribe(topic=flood, channel="sms", address="6281234567800", now=timezone.now())


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"text_id": "Yth. {nama}"}, "text_id"), ({"text_id": ""}, "text_id"), ({"text_id": "x" * 500}, "text_id"),
        ({"text_en": "{"}, "text_en"), ({"title": ""}, "title"), ({"title": "x" * 121}, "title"), ({"channels": []}, "channels"),
        ({"channels": ["sms", "surat"]}, "channels"), ({"audiences": []}, "audiences"),
        ({"audiences": [["topic", "GEMPA"]]}, "audiences"), ({"audiences": [["semua", "'; --"]]}, "audiences"),
        ({"kind": "code"}, "kind"),
    ],
)
def test_what_cannot_be_sent_is_refused_when_it_is_written(clerk, flood, changes, field):
    with pytest.raises(BroadcastInvalid) as refused:
        write(clerk, **changes)
    assert field in refused.value.errors
    assert not Broadcast.objects.exists()


def test_only_those_in_the_chosen_regions(clerk, flood, loaded_region):
    from dgs.core.regions.models import Region

    district = Region.objects.filter(level=3).first()
    village = Region.objects.filter(parent=district).first()
    Subscription.objects.filter(address__endswith="00").update(region=village)
    Subscription.objects.filter(address__endswith="01").update(region=district)
    Subscription.objects.filter(address__endswith="02").update(region=Region.objects.exclude(code__startswith=district.code).last())
    # Two named no place and hear of every one; who asked for the district hears of its village.
    assert count_of(write(clerk, regions=[district.code])) == {"sms": 4}
    assert count_of(write(clerk, regions=[village.code])) == {"sms": 4}
    # Who subscribed without saying where lives where their record says.
    party = apps.get_model("parties", "Party").objects.create(kind="person", name="Siti Contohwati", region=village)
    Subscription.objects.filter(address__endswith="03").update(party=party)
    elsewhere = village.parent.children.exclude(pk=village.pk).first()
    assert count_of(write(clerk, regions=[elsewhere.code])) == {"sms": 2}
    everyone = write(clerk, regions=[village.code], audiences=[["everyone", ""]])
    assert count_of(everyone) == {}


def test_people_subscribe_and_leave_by_sms_for_one_place_or_all(sms, flood, loaded_region):
    assert "Peringatan banjir" in sms("langganan banjir", number="6281299990000")
    one = Subscription.objects.get(address="6281299990000")
    assert one.region is None
    district = regions.home_region().children.first()
    assert district.name in sms(f"LANGGANAN BANJIR {district.name}", number="6281299990000")
    one.refresh_from_db()
    assert one.region == district
    assert "Kami tidak" in sms("LANGGANAN BANJIR Zzyzx", number="6281299990000")
    assert "BANJIR" in sms("LANGGANAN", number="6281299990000")
    assert "BANJIR" in sms("LEPAS GEMPA", number="6281299990000")
    assert "Berakhir: Peringatan banjir" in sms("LEPAS BANJIR", number="6281299990000")
    assert Subscription.objects.get(address="6281299990000").ended_at


def test_who_said_stop_and_subscribes_hears_that_nothing_will_come(sms, flood, loaded_region):
    sms("STOP", number="6281299990000")
    assert "MULAI" in sms("LANGGANAN BANJIR", number="6281299990000")
    assert Subscription.objects.get(address="6281299990000").ended_at is None


def test_with_an_account_topics_are_ticked(flood, loaded_region, client):
    siti = get_user_model().objects.get(username="siti@dgs.example")
    client.force_login(siti)
    assert "Peringatan banjir" in client.get("/akun/pesan/pilihan").content.decode()
    client.post("/akun/pesan/pilihan/topik", {"BANJIR": "1"})
    one = Subscription.objects.get(address=siti.phone)
    assert (one.channel, one.region, one.party) == ("sms", siti.party.region, siti.party)
    client.post("/akun/pesan/pilihan/topik", {})
    one.refresh_from_db()
    assert one.ended_at
