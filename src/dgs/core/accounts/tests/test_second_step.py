"""Tests of the second step: switching on, signing in with it, recovery codes, switching off."""

import time
from types import SimpleNamespace

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.test import Client

from dgs.core.accounts.tests.conftest import PASSWORD
from dgs.kernel.protection import decrypt

pytestmark = pytest.mark.django_db
ON, OFF, CODES = "/akun/keamanan/aktifkan", "/akun/keamanan/matikan", "/akun/keamanan/kode"


def app_code(secret, step=1):
    """What the app shows; step 0, 1, 2 = the codes before, now and after."""
    return format_hotp_value(hotp_value(secret, list(yield_hotp_counters_from_time())[step]))


@pytest.fixture(autouse=True)
def no_tick(monkeypatch):
    """The app and the server look at one clock that stands still: a code must not grow old in the middle of a test."""
    moment = time.time()
    monkeypatch.setattr("allauth.mfa.totp.internal.auth.time", SimpleNamespace(time=lambda: moment))


@pytest.fixture
def mine(siti):
    """Siti signed in by password, a moment ago."""
    browser = Client()
    browser.post("/akun/masuk", {"login": siti.email, "password": PASSWORD})
    return browser


def confirm(browser):
    browser.get(ON)
    return browser.post("/akun/pastikan", {"password": PASSWORD})


@pytest.fixture
def secret(mine):
    """The second step switched on; answers its secret."""
    confirm(mine)
    page = mine.get(ON)
    secret = page.context["form"].secret
    answer = mine.post(ON, {"code": app_code(secret, 0)})
    assert answer.status_code == 302, answer.content.decode()
    return secret


def sign_in(siti):
    browser = Client()
    answer = browser.post("/akun/masuk", {"login": siti.email, "password": PASSWORD})
    assert answer["Location"].endswith("/akun/masuk/langkah-kedua")
    return browser


def is_in(browser):
    return "_auth_user_id" in browser.session


def test_switching_on_asks_for_the_password_first(mine):
    answer = mine.get(ON)
    assert answer.status_code == 302
    assert "/akun/pastikan" in answer["Location"]
    assert mine.post("/akun/pastikan", {"password": "salah-sekali-1"}).status_code == 200
    assert mine.get(ON).status_code == 302
    confirm(mine)
    assert mine.get(ON).status_code == 200


def test_a_wrong_code_does_not_switch_it_on(mine, siti):
    confirm(mine)
    mine.get(ON)
    assert mine.post(ON, {"code": "000000"}).status_code == 200
    assert not Authenticator.objects.filter(user=siti).exists()


def test_the_secret_lies_sealed_in_the_database(secret, siti):
    kept = Authenticator.objects.get(user=siti, type="totp").data["secret"]
    assert secret not in kept
    assert decrypt(kept) == secret


def test_the_password_alone_no_longer_signs_in(secret, siti):
    browser = sign_in(siti)
    assert not is_in(browser)
    assert browser.get("/akun/profil").status_code == 302


def test_the_code_of_the_app_signs_in_and_is_taken_once(secret, siti):
    code = app_code(secret)
    browser = sign_in(siti)
    assert browser.get("/akun/masuk/langkah-kedua").status_code == 200
    browser.post("/akun/masuk/langkah-kedua", {"code": code})
    assert is_in(browser)
    second = sign_in(siti)
    second.post("/akun/masuk/langkah-kedua", {"code": code})
    assert not is_in(second)


def test_guessing_codes_is_throttled_over_all_sessions(secret, siti):
    for _ in range(3):
        browser = sign_in(siti)
        for _try in range(2):
            browser.post("/akun/masuk/langkah-kedua", {"code": "000000"})
    browser = sign_in(siti)
    browser.post("/akun/masuk/langkah-kedua", {"code": app_code(secret)})
    assert not is_in(browser)


def test_a_recovery_code_signs_in_once(secret, mine, siti):
    codes = mine.get(CODES).context["unused_codes"]
    assert len(codes) == 10
    browser = sign_in(siti)
    browser.post("/akun/masuk/langkah-kedua", {"code": codes[0]})
    assert is_in(browser)
    second = sign_in(siti)
    second.post("/akun/masuk/langkah-kedua", {"code": codes[0]})
    assert not is_in(second)
    assert len(mine.get(CODES).context["unused_codes"]) == 9


def test_recovery_codes_can_be_saved_and_made_anew(secret, mine):
    codes = mine.get(CODES).context["unused_codes"]
    assert codes[0] in mine.get(f"{CODES}/unduh").content.decode()
    assert mine.get(f"{CODES}/baru").status_code == 200
    mine.post(f"{CODES}/baru")
    assert codes[0] not in mine.get(CODES).content.decode()


def test_switching_off_ends_it(secret, mine, siti):
    assert mine.get(OFF).status_code == 200
    assert mine.post(OFF)["Location"] == "/akun/profil"
    assert not Authenticator.objects.filter(user=siti).exists()
    browser = Client()
    browser.post("/akun/masuk", {"login": siti.email, "password": PASSWORD})
    assert is_in(browser)


def test_the_profile_says_whether_it_is_on(mine, siti):
    assert not mine.get("/akun/profil").context["has_second_step"]
    confirm(mine)
    page = mine.get(ON)
    mine.post(ON, {"code": app_code(page.context["form"].secret)})
    assert mine.get("/akun/profil").context["has_second_step"]


def test_a_new_password_does_not_pass_by_the_second_step(secret, siti, code_for):
    browser = Client()
    browser.post("/akun/lupa", {"address": siti.email})
    browser.post("/akun/lupa/kode", {"code": code_for(siti.email)})
    browser.post("/akun/lupa/sandi", {"password": "bakau-layar-7310"})
    browser.post("/akun/masuk", {"login": siti.email, "password": "bakau-layar-7310"})
    assert not is_in(browser)


def test_the_second_step_of_nobody_leads_to_the_sign_in_page(browser):
    assert browser.get("/akun/masuk/langkah-kedua")["Location"] == "/akun/masuk"
