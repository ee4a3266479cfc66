"""Tests of the figures: by time, network, office and month, within reach; the file; daily caps."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from dgs.core.audit.models import AuditRow
from dgs.core.messaging.actions.saying import say
from dgs.core.messaging.models import Message, OfficeCap, Sender, Usage

pytestmark = pytest.mark.django_db


@pytest.fixture
def sender():
    return Sender.objects.create(name="uji", title="Uji", channel="sms", kind="handset", created_at=timezone.now())


def tell(n=1, state="handed", **changes):
    values = {"channel": "sms", "to": "081234567801", "body": f"Kabar {n}.", "now": timezone.now(), "office": "dishub"}
    said = say(key=f"k{n}", **(values | changes))
    Message.objects.filter(pk=said.pk).update(state=state)
    return said


def test_messages_are_counted_by_day_and_by_hour(client, enter):
    now = timezone.now()
    tell(1, "delivered"), tell(2, "failed"), tell(3, "queued"), tell(4, now=now - timedelta(days=5)), tell(5, "stopped")
    enter()
    for query, last, all_ in (("", 3, 4), ("?rentang=jam", 3, 3)):
        series = client.get("/pesan/angka" + query).context["series"]
        assert sum(one["values"][-1] for one in series) == last
        assert sum(sum(one["values"]) for one in series) == all_


def test_what_arrived_is_told_by_network(client, enter):
    tell(1, "delivered"), tell(2, "handed"), tell(3, "expired"), tell(4, "delivered", to="087812345678")
    enter()
    rows = client.get("/pesan/angka").context["arrivals"]
    found = {one.operator: (one.taken, one.delivered, one.lost, one.rate) for one in rows}
    assert found == {"telkomsel": (3, 1, 1, 33), "xl": (1, 1, 0, 100)}


def test_costs_are_told_by_office_and_month_within_reach(client, enter, offices, sender):
    spent = (("dishub", date(2026, 11, 3), 900), ("dukcapil", date(2026, 11, 30), 300), ("dishub", date(2026, 10, 1), 50))
    for office, day, cost in spent:
        Usage.objects.create(day=day, office=office, sender=sender, operator="telkomsel", messages=2, parts=3, cost=cost)
    enter()
    page = client.get("/pesan/angka?bulan=2026-11")
    assert [(row["office"], row["rupiah"]) for row in page.context["costs"]] == [("dishub", 900), ("dukcapil", 300)]
    assert page.context["total"]["rupiah"] == 1200
    assert client.get("/pesan/angka?bulan=2026-10").context["total"]["rupiah"] == 50
    enter(office=offices[1])
    assert client.get("/pesan/angka").context["total"]["rupiah"] == 300
    lines = b"".join(client.get("/pesan/angka/biaya.csv?bulan=2026-11").streaming_content).decode().splitlines()
    assert len(lines) == 2 and "dukcapil" in lines[1] and lines[1].endswith(";300")


def test_a_cap_is_set_changed_and_taken_away_with_todays_use(client, enter, offices, sender):
    Usage.objects.create(day=timezone.localdate(), office="dishub", sender=sender, messages=30, parts=30)
    enter()
    for per_day in (100, 60):
        assert client.post("/pesan/angka/batas", {"office": "dishub", "channel": "sms", "per_day": per_day}).status_code == 302
    cap = client.get("/pesan/angka").context["caps"][0]
    assert (cap.per_day, cap.used, cap.percent) == (60, 30, 50)
    client.post("/pesan/angka/batas", {"hapus": "dishub:sms"})
    assert not OfficeCap.objects.exists()
    assert [row.facts["is"] for row in AuditRow.objects.filter(action="messaging.cap_set").order_by("pk")] == [100, 60, None]


@pytest.mark.parametrize("values", [
    {"office": "tidak-ada", "channel": "sms", "per_day": 1}, {"office": "dishub", "channel": "x", "per_day": 1},
    {"office": "dishub", "channel": "sms", "per_day": -1}, {"office": "\x00", "channel": "sms", "per_day": "9" * 30},
])
def test_what_is_no_cap_is_refused(client, enter, offices, values):
    enter()
    assert client.post("/pesan/angka/batas", values).status_code == 422
    assert not OfficeCap.objects.exists()


def test_caps_are_set_by_whom_senders_are(client, enter, offices):
    for values in ({"permissions": ("messaging.view_outbox",)}, {"office": offices[0]}):
        enter(**values)
        assert client.post("/pesan/angka/batas", {"office": "dishub", "channel": "sms", "per_day": 5}).status_code == 403
    assert not OfficeCap.objects.exists()


@pytest.mark.parametrize("rows", [1, 12])
def test_the_page_asks_as_often_for_many_as_for_few(client, enter, offices, sender, assert_queries, rows):
    for n in range(rows):
        tell(n)
        Usage.objects.create(day=date(2026, 11, n + 1), office="dishub", sender=sender, operator="xl", messages=1, parts=1)
        OfficeCap.objects.create(office=f"kantor-{n}", channel="sms", per_day=5)
    enter()
    with assert_queries("messaging:figures", rows):
        client.get("/pesan/angka")


@pytest.mark.parametrize("query", ["?bulan=%00", "?bulan=2026-99", "?rentang=%27"])
def test_hostile_and_empty_figures_are_answered(client, enter, query):
    enter()
    assert client.get("/pesan/angka" + query).status_code == 200
    assert client.get("/pesan/angka/biaya.csv" + query).status_code == 404
