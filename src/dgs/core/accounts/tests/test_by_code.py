"""Tests of signing in with a one-time code: alike for everybody, once, for a while, and never past a second step."""

from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dgs.core.accounts import by_code
from dgs.core.accounts.actions import close_account
from dgs.core.accounts.codes import CodeGone
from dgs.core.accounts.contact import Address
from dgs.core.accounts.models import OneTimeCode, User
from dgs.core.audit.models import AuditRow
from dgs.core.messaging.models import Message
from dgs.kernel.protection import encrypt

pytestmark = pytest.mark.django_db
ASK, TYPE = "/akun/masuk/kode", "/akun/masuk/kode/isi"


def is_in(browser):
    return "_auth_user_id" in browser.session


def ask(browser, to, **more):
    return browser.post(ASK, {"address": to, **more})


def test_a_code_signs_in_under_a_new_key_and_is_audited(siti, browser, code_for):
    browser.get("/akun/masuk")
    assert ask(browser, siti.email)["Location"] == TYPE
    before = browser.session.session_key
    answer = browser.post(TYPE, {"code": code_for(siti.email)})
    assert answer.status_code == 302
    assert int(browser.session["_auth_user_id"]) == siti.pk
    assert browser.session.session_key != before
    assert browser.session.get_expire_at_browser_close()
    assert AuditRow.objects.filter(action="accounts.sign_in", actor=siti.pk).count() == 1


def test_a_mobile_number_gets_its_code_by_sms(siti, browser, code_for):
    User.objects.filter(pk=siti.pk).update(phone="6281290000009")
    ask(browser, "0812 9000 0009")
    assert Message.objects.get(to="6281290000009").channel == "sms"
    browser.post(TYPE, {"code": code_for("6281290000009")})
    assert is_in(browser)


def test_the_code_leads_back_to_where_one_wanted_to_go_and_never_to_another_site(siti, code_for):
    for wanted in ("/akun/profil", "https://evil.example/", "//evil.example"):
        browser = Client()
        ask(browser, siti.email, next=wanted)
        where = browser.post(TYPE, {"code": code_for(siti.email)})["Location"]
        assert is_in(browser)
        assert (where == wanted) is (wanted == "/akun/profil")
        assert "evil" not in where


def test_an_unknown_a_closed_and_a_known_address_are_answered_alike(siti, clerk):
    close_account(user=clerk, by=siti, now=timezone.now())
    pages, queries = [], []
    for to in (siti.email, clerk.email, "siapa@contoh.example"):
        browser = Client()
        with CaptureQueriesContext(connection) as asked:
            answer = ask(browser, to)
        queries.append(len([one for one in asked.captured_queries if "SAVEPOINT" not in one["sql"]]))
        wrong = browser.post(TYPE, {"code": "000000"})
        pages.append((answer.status_code, answer["Location"], wrong.status_code))
    assert pages[0] == pages[1] == pages[2] == (302, TYPE, 422)
    assert queries[0] == queries[1] == queries[2]
    assert [one.to for one in Message.objects.all()] == [siti.email]


def test_a_code_signs_in_once(siti, browser, code_for):
    ask(browser, siti.email)
    code = code_for(siti.email)
    second = Client()
    ask(second, "siapa@contoh.example")
    browser.post(TYPE, {"code": code})
    assert is_in(browser)
    with pytest.raises(CodeGone):
        by_code.prove_sign_in(address=Address("email", siti.email), typed=code, now=timezone.now())
    second.post(TYPE, {"code": code})
    assert not is_in(second)


def test_a_code_is_good_for_ten_minutes_and_five_tries(siti, browser, code_for):
    ask(browser, siti.email)
    code = code_for(siti.email)
    with pytest.raises(CodeGone):
        by_code.prove_sign_in(
            address=Address("email", siti.email), typed=code, now=timezone.now() + timedelta(minutes=10, seconds=1)
        )
    wrong = "000000" if code != "000000" else "111111"
    for _try in range(5):
        assert browser.post(TYPE, {"code": wrong}).status_code == 422
    assert browser.post(TYPE, {"code": code}).status_code == 422
    assert not is_in(browser)


def test_the_sixth_code_within_an_hour_is_refused_for_known_and_unknown_alike(siti):
    answers = []
    for to in (siti.email, "siapa@contoh.example"):
        for _time in range(5):
            assert ask(Client(), to).status_code == 302
        answers.append(ask(Client(), to).status_code)
    assert answers == [422, 422]
    assert OneTimeCode.objects.count() == 10


def test_a_code_does_not_pass_by_the_second_step(siti, browser, code_for):
    Authenticator.objects.create(user=siti, type="totp", data={"secret": encrypt("JBSWY3DPEHPK3PXP")})
    ask(browser, siti.email)
    answer = browser.post(TYPE, {"code": code_for(siti.email)})
    assert answer["Location"].endswith("/akun/masuk/langkah-kedua")
    assert not is_in(browser)
    assert browser.get("/akun/profil").status_code == 302


def test_an_account_that_closes_after_the_code_was_sent_stays_closed(siti, clerk, browser, code_for):
    ask(browser, siti.email)
    close_account(user=siti, by=clerk, now=timezone.now())
    assert browser.post(TYPE, {"code": code_for(siti.email)}).status_code == 422
    assert not is_in(browser)


def test_the_code_page_leads_to_the_first_when_nothing_was_asked(browser):
    assert browser.get(TYPE)["Location"] == ASK
