"""Tests of passkeys over HTTP: adding, signing in, second step, removing; other origins, replays and copies are refused."""

import json

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django.utils import timezone

from dgs.core.accounts.actions import close_account
from dgs.core.accounts.tests.conftest import PASSWORD
from dgs.core.accounts.tests.device import PRESENT, Device
from dgs.core.audit.models import AuditRow

pytestmark = pytest.mark.django_db
ADD, SIGN_IN, STEP = "/akun/keamanan/kunci-sandi", "/akun/masuk/kunci-sandi", "/akun/masuk/langkah-kedua"
JSON = {"HTTP_ACCEPT": "application/json"}


@pytest.fixture(autouse=True)
def site(settings):
    settings.BASE_URL = "https://layanan.contoh.example"


@pytest.fixture
def mine(siti):
    """Siti signed in by password, and confirmed a moment ago."""
    browser = Client()
    browser.post("/akun/masuk", {"login": siti.email, "password": PASSWORD})
    browser.get(ADD)
    browser.post("/akun/pastikan", {"password": PASSWORD})
    return browser


def add(browser, device, name="Telepon saya"):
    options = json.loads(browser.get(ADD).context["options"])
    return browser.post(ADD, {"name": name, "credential": device.create(options)})


@pytest.fixture
def device(mine):
    made = Device()
    assert add(mine, made)["Location"] == "/akun/keamanan/kode"
    return made


def challenge(browser):
    return browser.get(SIGN_IN, **JSON).json()["request_options"]


def enter(browser, device, **how):
    return browser.post(SIGN_IN, {"credential": device.get(challenge(browser), **how)})


def is_in(browser):
    return "_auth_user_id" in browser.session


def keys(user):
    return Authenticator.objects.filter(user=user, type="webauthn")


def test_adding_asks_for_the_password_first(siti):
    browser = Client()
    browser.post("/akun/masuk", {"login": siti.email, "password": PASSWORD})
    assert "/akun/pastikan" in browser.get(ADD)["Location"]
    assert "/akun/pastikan" in browser.post(ADD, {"name": "x", "credential": "{}"})["Location"]
    assert not keys(siti).exists()


def test_a_passkey_is_made_for_the_host_of_the_base_url_whatever_the_request_says(mine, settings):
    settings.ALLOWED_HOSTS = ["*"]
    options = json.loads(mine.get(ADD, HTTP_HOST="evil.example").context["options"])["publicKey"]
    assert options["rp"]["id"] == "layanan.contoh.example"
    assert options["authenticatorSelection"]["userVerification"] == "required"
    assert options["authenticatorSelection"]["residentKey"] == "required"


def test_a_passkey_signs_in_without_a_password_under_a_new_key(device, siti, browser):
    challenge(browser)
    before = browser.session.session_key
    enter(browser, device)
    assert int(browser.session["_auth_user_id"]) == siti.pk
    assert browser.session.session_key != before
    assert browser.session.get_expire_at_browser_close()
    assert AuditRow.objects.filter(action="accounts.add_passkey", actor=siti.pk).count() == 1


def test_a_passkey_leads_back_to_where_one_wanted_to_go(device, browser):
    answer = browser.post(SIGN_IN, {"credential": device.get(challenge(browser)), "next": "/akun/profil"})
    assert answer["Location"] == "/akun/profil"
    other = Client()
    assert "evil" not in other.post(
        SIGN_IN, {"credential": device.get(challenge(other)), "next": "https://evil.example/"}
    )["Location"]


def test_a_passkey_is_the_second_step_after_the_password(device, siti, browser):
    answer = browser.post("/akun/masuk", {"login": siti.email, "password": PASSWORD})
    assert answer["Location"].endswith(STEP)
    assert not is_in(browser)
    options = json.loads(browser.get(STEP).context["options"])
    browser.post(STEP, {"credential": device.get(options)})
    assert int(browser.session["_auth_user_id"]) == siti.pk


def test_a_passkey_confirms_once_more(device, siti, browser):
    enter(browser, device)
    assert "/akun/pastikan" in browser.get(ADD)["Location"]
    page = browser.get("/akun/pastikan/kunci-sandi")
    browser.post("/akun/pastikan/kunci-sandi", {"credential": device.get(json.loads(page.context["options"]))})
    assert browser.get(ADD).status_code == 200


def test_another_persons_passkey_is_not_the_second_step(device, siti, clerk, browser):
    other = Client()
    other.post("/akun/masuk", {"login": clerk.email, "password": PASSWORD})
    other.get(ADD)
    other.post("/akun/pastikan", {"password": PASSWORD})
    clerks = Device()
    add(other, clerks)
    browser.post("/akun/masuk", {"login": siti.email, "password": PASSWORD})
    browser.post(STEP, {"credential": clerks.get(json.loads(browser.get(STEP).context["options"]))})
    assert not is_in(browser)


@pytest.mark.parametrize(
    ("origin", "host"),
    [("https://evil.example", "layanan.contoh.example"), ("http://layanan.contoh.example", "layanan.contoh.example"),
     ("https://layanan.contoh.example:8443", "layanan.contoh.example"),
     ("https://layanan.contoh.example", "evil.example"), ("https://x.layanan.contoh.example", "layanan.contoh.example")],
)
def test_what_was_made_at_another_origin_is_refused(device, mine, siti, browser, origin, host):
    device.origin, device.host = origin, host
    enter(browser, device)
    assert not is_in(browser)
    assert add(mine, Device(origin, host)).status_code == 422
    assert keys(siti).count() == 1


def test_an_answer_is_taken_once(device, browser):
    options = challenge(browser)
    sent = device.get(options)
    browser.post(SIGN_IN, {"credential": sent})
    assert is_in(browser)
    browser.post("/akun/keluar")
    assert not is_in(browser)
    browser.post(SIGN_IN, {"credential": sent})
    assert not is_in(browser)
    challenge(browser)
    browser.post(SIGN_IN, {"credential": sent})
    assert not is_in(browser)


def test_an_answer_to_the_challenge_of_another_browser_is_refused(device, browser):
    sent = device.get(challenge(Client()))
    challenge(browser)
    browser.post(SIGN_IN, {"credential": sent})
    assert not is_in(browser)


def test_a_counter_that_does_not_go_up_is_refused_and_written_down(device, siti):
    first, second, third = Client(), Client(), Client()
    enter(first, device)
    enter(second, device, counts=False)
    device.counter = 0
    enter(third, device, counts=False)
    assert (is_in(first), is_in(second), is_in(third)) == (True, False, False)
    assert AuditRow.objects.filter(action="accounts.passkey_copied").count() == 2
    assert keys(siti).get().data["sign_count"] == 1


def test_a_device_that_never_counts_goes_on_signing_in(device):
    for browser in (Client(), Client()):
        enter(browser, device, counts=False)
        assert is_in(browser)


def test_a_passkey_without_finger_face_or_pin_is_refused(device, mine, siti, browser):
    device.flags = PRESENT
    enter(browser, device)
    assert not is_in(browser)
    careless = Device()
    careless.flags = PRESENT
    assert add(mine, careless).status_code == 422
    assert keys(siti).count() == 1


@pytest.mark.parametrize("junk", ["", "{}", "[]", "1", "null", "{", '{"response": 5}',
                                  '{"id": "x", "rawId": "x", "response": {}}',
                                  '{"id":"AA","rawId":"AA","type":"public-key","response":{"clientDataJSON":"AA"}}'])
def test_junk_in_place_of_an_answer_is_refused_in_words(device, mine, siti, browser, junk):
    challenge(browser)
    assert browser.post(SIGN_IN, {"credential": junk})["Location"] == "/akun/masuk"
    assert not is_in(browser)
    mine.get(ADD)
    assert mine.post(ADD, {"name": "x", "credential": junk}).status_code == 422
    assert keys(siti).count() == 1


def test_a_forged_signature_is_refused(device, browser):
    forger = Device()
    forger.id, forger.owner = device.id, device.owner
    enter(browser, forger)
    assert not is_in(browser)


def test_a_closed_account_answers_like_an_unknown_passkey(device, siti, clerk, browser):
    close_account(user=siti, by=clerk, now=timezone.now())
    closed = browser.post(SIGN_IN, {"credential": device.get(challenge(browser))}, follow=True).content
    stranger, other = Device(), Client()
    stranger.owner = device.owner
    unknown = other.post(SIGN_IN, {"credential": stranger.get(challenge(other))}, follow=True).content
    assert not is_in(browser)
    assert b"kunci" in closed
    assert len(closed) == len(unknown)


def test_a_passkey_is_renamed_and_removed_by_its_owner_alone(device, mine, siti, clerk):
    pk = keys(siti).get().pk
    other = Client()
    other.post("/akun/masuk", {"login": clerk.email, "password": PASSWORD})
    other.get(ADD)
    other.post("/akun/pastikan", {"password": PASSWORD})
    for page in (f"/akun/profil/kunci-sandi/{pk}", f"/akun/profil/kunci-sandi/{pk}/hapus"):
        assert other.post(page, {"name": "milikku"}).status_code == 404
    assert keys(siti).get().data["name"] == "Telepon saya"
    mine.post(f"/akun/profil/kunci-sandi/{pk}", {"name": "Telepon lama"})
    assert "Telepon lama" in mine.get("/akun/profil").content.decode()
    assert mine.get(f"/akun/profil/kunci-sandi/{pk}/hapus").status_code == 200
    mine.post(f"/akun/profil/kunci-sandi/{pk}/hapus")
    assert not Authenticator.objects.filter(user=siti).exists()


def test_removing_asks_to_confirm_first(device, siti, browser):
    enter(browser, device)
    pk = keys(siti).get().pk
    assert "/akun/pastikan" in browser.post(f"/akun/profil/kunci-sandi/{pk}/hapus")["Location"]
    assert keys(siti).count() == 1


def test_an_account_has_ten_passkeys_at_most(device, mine, siti):
    for number in range(9):
        add(mine, Device(), f"kunci {number}")
    assert add(mine, Device()).status_code >= 400
    assert keys(siti).count() == 10


def test_where_browsers_make_no_passkeys_none_are_offered(settings, mine, browser):
    settings.BASE_URL = "http://127.0.0.1:8000"
    assert "kunci-sandi" not in browser.get("/akun/masuk").content.decode()
    assert mine.get(ADD).status_code == 404
