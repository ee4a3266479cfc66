"""Tests of open sessions: listed to their owner alone, ended at the next request; a browser that is new is told once."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from dgs.core.accounts.actions import end_other_sessions
from dgs.core.accounts.browsers import TOLD_A_DAY, named, shortened
from dgs.core.accounts.models import Session
from dgs.core.accounts.tests.conftest import PASSWORD
from dgs.core.audit.models import AuditRow
from dgs.core.messaging.models import Message

pytestmark = pytest.mark.django_db
LIST = "/akun/profil/perangkat/terbuka"
PHONE = "Mozilla/5.0 (Linux; Android 14; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36"
DESK = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:127.0) Gecko/20100101 Firefox/127.0"


def signed_in(user, agent=PHONE, address="103.28.12.77"):
    browser = Client(HTTP_USER_AGENT=agent, REMOTE_ADDR=address)
    browser.post("/akun/masuk", {"login": user.email, "password": PASSWORD})
    return browser


def listed(browser):
    return browser.get(LIST).context["sessions"]


def told(user):
    return Message.objects.filter(to=user.email, key__startswith="browser:")


def test_each_browser_is_listed_in_words_with_the_one_at_hand_first(siti):
    signed_in(siti, DESK, "36.80.1.2")
    phone = signed_in(siti)
    found = listed(phone)
    assert [(one.browser, one.address, one.is_this) for one in found] == [
        ("Chrome di Android", "103.28.…", True), ("Firefox di Windows", "36.80.…", False)
    ]
    assert all(one.opened_at and one.seen_at for one in found)
    page = phone.get(LIST).content.decode()
    assert all(key not in page for key in Session.objects.values_list("pk", flat=True))


def test_a_session_that_is_ended_is_nobodys_at_its_next_request(siti):
    desk, phone = signed_in(siti, DESK), signed_in(siti)
    other = next(one for one in listed(phone) if not one.is_this)
    phone.post(f"/akun/profil/perangkat/{other.name}/akhiri")
    assert desk.get("/akun/profil").status_code == 302
    assert phone.get("/akun/profil").status_code == 200
    assert AuditRow.objects.filter(action="accounts.end_session", actor=siti.pk).count() == 1


def test_nobody_ends_the_session_of_another(siti, clerk):
    mine, theirs = signed_in(siti), signed_in(clerk)
    name = listed(mine)[0].name
    assert theirs.post(f"/akun/profil/perangkat/{name}/akhiri").status_code == 404
    assert mine.get("/akun/profil").status_code == 200
    assert len(listed(theirs)) == 1


def test_all_others_end_and_are_no_longer_listed(siti):
    desk, phone = signed_in(siti, DESK), signed_in(siti)
    phone.post("/akun/profil/perangkat")
    assert desk.get("/akun/profil").status_code == 302
    assert [one.browser for one in listed(phone)] == ["Chrome di Android"]
    end_other_sessions(user=siti, now=timezone.now())
    assert phone.get("/akun/profil").status_code == 302


def test_being_in_use_is_written_down_every_five_minutes_at_most(siti, django_assert_max_num_queries):
    browser = signed_in(siti)
    row = Session.objects.filter(user=siti)
    first = row.get().seen_at
    browser.get(LIST)
    assert row.get().seen_at == first
    row.update(seen_at=first - timedelta(minutes=6))
    browser.get(LIST)
    assert row.get().seen_at >= first


def test_what_is_known_of_a_session_outlives_that_it_is_saved_or_gets_a_new_key(siti):
    browser = signed_in(siti)
    opened = Session.objects.get(user=siti).opened_at
    session = browser.session
    session["x"] = 1
    session.save()
    session.cycle_key()
    row = Session.objects.get(user=siti)
    assert (row.opened_at, row.address, row.agent) == (opened, "103.28.…", PHONE)


def test_a_browser_never_seen_is_told_once_and_the_first_of_an_account_is_not(siti):
    phone = signed_in(siti)
    assert not told(siti).exists()
    phone.post("/akun/keluar")
    phone.post("/akun/masuk", {"login": siti.email, "password": PASSWORD})
    assert not told(siti).exists()
    desk = signed_in(siti, DESK)
    assert told(siti).count() == 1
    assert "Firefox di Windows" in told(siti).get().body
    assert Message.objects.filter(channel="app", to=str(siti.pk), key__startswith="browser:").count() == 1
    desk.post("/akun/keluar")
    desk.post("/akun/masuk", {"login": siti.email, "password": PASSWORD})
    assert told(siti).count() == 1


def test_signing_in_again_and_again_without_a_cookie_sends_no_message_without_end(siti):
    for _n in range(TOLD_A_DAY + 3):
        signed_in(siti)
    assert told(siti).count() == TOLD_A_DAY


def test_a_wrong_password_from_a_new_browser_tells_nothing(siti):
    signed_in(siti)
    Client().post("/akun/masuk", {"login": siti.email, "password": "salah-sekali-1"})
    assert not told(siti).exists()


@pytest.mark.parametrize(("agent", "words"), [(PHONE, "Chrome di Android"), ("curl/8", "Peramban yang tidak menyebut namanya"),
                                              ("", "Peramban yang tidak menyebut namanya")])
def test_browsers_are_named_in_words(agent, words):
    assert named(agent) == words


def test_addresses_are_shortened():
    assert shortened("103.28.12.77") == "103.28.…"
    assert shortened("2001:db8:1:2::5") == "2001:db8:1:…"
    assert shortened("unknown") == "unknown"
