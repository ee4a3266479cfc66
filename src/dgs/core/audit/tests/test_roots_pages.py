"""What everybody may see of the audit record, and what its page tells the auditor of the chain."""

import csv
import io
import json
from datetime import UTC, date, datetime, timedelta

import pytest
from django.conf import settings as given

from dgs.core.audit import api, queries, tasks
from dgs.core.audit.models import Batch, DayRoot, TimeStamp
from dgs.core.audit.permissions import Permission
from dgs.core.audit.tests.test_batches import NOW, live
from dgs.core.audit.tests.test_chain import write
from dgs.core.audit.tests.test_pages import sign_in

PAGES = ("/akar-audit", "/akar-audit.json", "/akar-audit.csv")


@pytest.fixture
def town(db):
    """Three published days; the second has a time stamp."""
    live()
    root = DayRoot.objects.order_by("day")[1]
    TimeStamp.objects.create(root=root, token=b"token", authority="Waktu Contoh", stamped_at=NOW, received_at=NOW)


def test_everybody_sees_the_roots_in_both_languages(client, town):
    for language, title in (("id", "Bukti catatan audit"), ("en", "Proof of the audit record")):
        client.cookies[given.LANGUAGE_COOKIE_NAME] = language
        text = client.get("/akar-audit").content.decode()
        assert title in text and all(root.digest in text for root in DayRoot.objects.all())


def test_before_the_first_root_the_page_says_when_it_comes(client, db):
    assert client.get("/akar-audit").status_code == 200
    assert json.loads(client.get("/akar-audit.json").content)["roots"] == []


def test_the_open_data_hold_all_days_and_nothing_of_anybody(client, town):
    told = json.loads(client.get("/akar-audit.json").content)["roots"]
    assert [root["day"] for root in told] == ["2026-11-23", "2026-11-24", "2026-11-25"]
    assert [bool(root["time_stamp"]) for root in told] == [False, True, False]
    text = client.get("/akar-audit.csv").content.decode()
    rows = list(csv.DictReader(io.StringIO(text.lstrip("\ufeff"))))
    assert [row["digest"] for row in rows] == [root["digest"] for root in told]
    for page in PAGES:
        body = client.get(page).content
        assert b"Percobaan" not in body and b"cases.case" not in body


def test_what_is_published_may_be_kept_by_caches_and_is_asked_for_again_cheaply(client, town):
    for page in PAGES[1:]:
        first = client.get(page)
        assert "public" in first["Cache-Control"] and "max-age=300" in first["Cache-Control"]
        assert client.get(page, headers={"If-None-Match": first["ETag"]}).status_code == 304
    api.seal(now=NOW + timedelta(days=3))
    api.publish_day(now=NOW + timedelta(days=4))
    assert client.get(PAGES[1], headers={"If-None-Match": first["ETag"]}).status_code == 200


def test_a_time_stamp_can_be_had_as_it_came(client, town):
    answer = client.get("/akar-audit/2026-11-24.tst")
    assert answer.content == b"token" and "attachment" in answer["Content-Disposition"]
    for day in ("2026-11-23", "2026-01-01", "x", "2026-99-99"):
        assert client.get(f"/akar-audit/{day}.tst").status_code == 404


@pytest.mark.parametrize("page", PAGES)
def test_nothing_is_changed_by_a_post(client, town, page):
    assert client.post(page).status_code == 405
    assert DayRoot.objects.count() == 3


def test_the_auditor_reads_where_the_chain_stands(client, town):
    text = sign_in(client, Permission.VIEW_LOG).get("/audit").content.decode()
    assert DayRoot.objects.order_by("-day").first().digest[:16] in text


def test_the_auditor_is_warned_when_nobody_seals(db):
    write(2, now=NOW)
    api.seal(now=NOW)
    write(1, now=NOW)
    assert not queries.standing(now=NOW + timedelta(minutes=10)).is_late
    late = queries.standing(now=NOW + timedelta(minutes=31))
    assert late.is_late and late.unsealed == 1


def test_the_auditor_reads_why_no_time_stamp_came(client, town, settings):
    settings.DGS_TSA_URL = "http://127.0.0.1:9/"
    api.record(action="audit.stamp_refused", by=None, subject="audit.dayroot:2026-11-25", now=NOW + timedelta(days=9),
               facts={"why": "the authority does not answer"})
    assert queries.standing(now=NOW).refusal == "the authority does not answer"
    assert "the authority does not answer" in sign_in(client, Permission.VIEW_LOG).get("/audit").content.decode()


def test_no_root_is_published_for_a_day_before_the_record_began(db):
    write(1, now=NOW)
    api.seal(now=NOW)
    assert api.publish_day(now=NOW) is None and not DayRoot.objects.exists()
    assert api.publish_day(now=NOW + timedelta(days=1)).day == date(2026, 11, 23)


def test_the_worker_seals_and_publishes_yesterday_once(db, monkeypatch):
    write(3)
    monkeypatch.setattr(tasks.timezone, "now", lambda: datetime(2026, 11, 23, 17, 2, tzinfo=UTC))  # 00.02 WIB of the 24th
    tasks.seal(0)
    tasks.seal(0)
    assert [root.day for root in DayRoot.objects.all()] == [date(2026, 11, 23)]
    assert Batch.objects.count() == 2 and api.verify().ok
