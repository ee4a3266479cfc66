"""Tests of the lock after bursts of wrong passwords: it grows, tells the owner once, shuts nobody out, betrays nobody."""

from datetime import timedelta

import pytest
from django.contrib.auth.hashers import get_hasher
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dgs.core.accounts.actions import close_account
from dgs.core.accounts.lockout import QUIET, STEPS, check_lock, lock_after_burst
from dgs.core.accounts.models import AttemptCount
from dgs.core.accounts.tests.conftest import PASSWORD
from dgs.core.accounts.throttle import TooManyAttempts, throttle
from dgs.core.messaging.models import Message

pytestmark = pytest.mark.django_db
WRONG = "salah-sekali-1"


def post(browser, login, password=WRONG):
    return browser.post("/akun/masuk", {"login": login, "password": password})


def is_in(browser):
    return "_auth_user_id" in browser.session


def burst(name, at):
    for _try in range(6):
        throttle(kind="sign-in", key=name, limit=6, seconds=300, now=at)
    return lock_after_burst(name=name, now=at)


def age(seconds):
    for row in AttemptCount.objects.all():
        AttemptCount.objects.filter(pk=row.pk).update(began_at=row.began_at - timedelta(seconds=seconds))


def test_the_wait_grows_with_each_burst_and_ends_when_it_is_over():
    at = timezone.now()
    for number, seconds in enumerate([*STEPS, STEPS[-1]], start=1):
        assert burst("siti@contoh.example", at) == number
        with pytest.raises(TooManyAttempts) as refusal:
            check_lock(name="siti@contoh.example", now=at + timedelta(seconds=seconds - 1))
        assert refusal.value.wait == 1
        at += timedelta(seconds=seconds)
        check_lock(name="siti@contoh.example", now=at)
    assert burst("siti@contoh.example", at + QUIET) == 1


def test_a_burst_while_locked_does_not_lock_longer():
    at = timezone.now()
    assert burst("siti@contoh.example", at) == 1
    assert burst("siti@contoh.example", at + timedelta(seconds=60)) == 0
    check_lock(name="siti@contoh.example", now=at + timedelta(seconds=STEPS[0]))


def test_a_right_password_after_the_lock_begins_anew(siti):
    for _ in range(6):
        post(Client(), siti.email)
    browser = Client()
    post(browser, siti.email, PASSWORD)
    assert not is_in(browser)
    age(STEPS[0])
    post(browser, siti.email, PASSWORD)
    assert is_in(browser)
    assert burst(siti.username, timezone.now()) == 1


def test_the_owner_is_told_once_at_the_second_burst_and_nobody_else(siti, run_jobs):
    for times in range(3):
        for _ in range(6):
            post(Client(), siti.email)
            post(Client(), "siapa@contoh.example")
        run_jobs()
        assert Message.objects.filter(key__startswith="guessing:", channel="email").count() == (1 if times else 0)
        age(STEPS[times])
    assert set(Message.objects.filter(key__startswith="guessing:").values_list("to", flat=True)) == {siti.email, str(siti.pk)}


def test_a_code_lets_the_owner_in_while_passwords_are_locked(siti, code_for):
    for _ in range(6):
        post(Client(), siti.email)
    browser = Client()
    browser.post("/akun/masuk/kode", {"address": siti.email})
    browser.post("/akun/masuk/kode/isi", {"code": code_for(siti.email)})
    assert is_in(browser)
    other = Client()
    post(other, siti.email, PASSWORD)
    assert not is_in(other)


def test_known_unknown_and_closed_accounts_cost_the_same_and_read_the_same(siti, clerk, monkeypatch):
    close_account(user=clerk, by=siti, now=timezone.now())
    hasher, hashed = type(get_hasher()), []
    encode = hasher.encode

    def counted(self, password, salt, *more):
        hashed.append(password)
        return encode(self, password, salt, *more)

    monkeypatch.setattr(hasher, "encode", counted)
    seen = []
    for login in (siti.email, "siapa@contoh.example", clerk.email):
        mine = []
        for _try in range(14):
            hashed.clear()
            with CaptureQueriesContext(connection) as asked:
                answer = post(Client(), login)
            mine.append((len(hashed), len(asked.captured_queries), answer.status_code, str(answer.context["form"].errors)))
        seen.append(mine)
    assert [one[0] for one in seen[1]] == [1] * 6 + [0] * 8
    assert seen[0] == seen[1] == seen[2]
