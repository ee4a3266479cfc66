"""Tests of the PIN for SMS: set on the profile by staff after the password once more, refused when it is trivial."""

import pytest

from dgs.core.accounts import pins
from dgs.core.accounts.models import SmsPin

PAGE = "/akun/profil/pin"


@pytest.fixture
def officer(users):
    found = users("head", kind="civil-registration")[0]
    found.set_password("rahasia-sekali-1")
    found.save()
    return found


@pytest.fixture
def browser(client, officer):
    client.force_login(officer)
    client.post("/akun/pastikan", {"password": "rahasia-sekali-1"})
    return client


@pytest.mark.parametrize(
    "pin", ["", "12345", "1234567", "123456", "654321", "890123", "111111", "121212", "123123", "112112", "abcdef", "١٢٣٤٥٦",
            "050572", "720505", "197205"],
)  # fmt: skip
def test_a_trivial_pin_is_refused(browser, officer, pin):
    answer = browser.post(PAGE, {"pin": pin, "again": pin})
    assert answer.status_code == 422
    assert not SmsPin.objects.exists()


def test_a_pin_is_kept_as_a_hash_and_shown_nowhere(browser, officer, now):
    assert browser.post(PAGE, {"pin": "482917", "again": "482916"}).status_code == 422
    assert browser.post(PAGE, {"pin": "482917", "again": "482917"}).status_code == 302
    row = SmsPin.objects.get()
    assert "482917" not in row.pin_hash
    page = browser.get("/akun/profil").content.decode()
    assert "PIN untuk SMS" in page and "482917" not in page
    pins.check_sms_pin(user=officer, pin="482917", now=now)


def test_a_lock_is_shown_and_taken_off_by_setting_the_pin_again(browser, officer, now):
    pins.set_sms_pin(user=officer, pin="482917", now=now)
    for _n in range(5):
        with pytest.raises((pins.PinWrong, pins.PinLocked)):
            pins.check_sms_pin(user=officer, pin="482918", now=now)
    assert "terkunci" in browser.get("/akun/profil").content.decode()
    assert "terkunci" in browser.get(PAGE).content.decode()
    browser.post(PAGE, {"pin": "482917", "again": "482917"})
    pins.check_sms_pin(user=officer, pin="482917", now=now)


def test_a_pin_may_be_removed(browser, officer, now):
    pins.set_sms_pin(user=officer, pin="482917", now=now)
    browser.get(f"{PAGE}/hapus")
    assert SmsPin.objects.exists()
    browser.post(f"{PAGE}/hapus")
    with pytest.raises(pins.PinMissing):
        pins.check_sms_pin(user=officer, pin="482917", now=now)


def test_it_needs_the_password_once_more_and_is_for_staff(client, officer, users, django_user_model):
    client.force_login(officer)
    assert client.post(PAGE, {"pin": "482917", "again": "482917"}).status_code == 302
    assert not SmsPin.objects.exists()
    citizen = django_user_model.objects.get(username="siti@dgs.example")
    citizen.set_password("rahasia-sekali-1")
    citizen.save()
    client.force_login(citizen)
    client.post("/akun/pastikan", {"password": "rahasia-sekali-1"})
    assert client.get(PAGE).status_code == 404
    assert "PIN untuk SMS" not in client.get("/akun/profil").content.decode()
