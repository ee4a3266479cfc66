"""Tests of outside identity providers with a real one on loopback: linking, signing in, registering, every fault it can have."""

import time

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django.utils import timezone

from dgs.core.accounts import external, oidc
from dgs.core.accounts.actions import close_account
from dgs.core.accounts.models import ExternalIdentity, User
from dgs.core.accounts.tests.conftest import NIK, PASSWORD
from dgs.core.accounts.tests.provider import SECRET, OpenIdProvider
from dgs.core.audit.models import AuditRow
from dgs.kernel.protection import encrypt

pytestmark = [pytest.mark.django_db, pytest.mark.server]
START, BACK, LINK = "/akun/masuk/luar/inapas", "/akun/masuk/luar/inapas/kembali", "/akun/profil/luar/inapas"


@pytest.fixture
def outside(settings):
    made = OpenIdProvider()
    settings.DGS_IDENTITY_PROVIDERS = [{
        "slug": "inapas", "title": "INApas Percobaan", "issuer": made.issuer, "client_id": "dgs", "client_secret": SECRET,
        "nik_claim": "nik",
    }]
    yield made
    made.close()


@pytest.fixture
def trusted(outside, settings):
    settings.DGS_IDENTITY_PROVIDERS[0]["is_trusted_for_nik"] = True
    return outside


def enter(browser, outside, **first):
    there = browser.get(START, first)["Location"]
    assert there.startswith(f"{outside.issuer}/authorize?")
    return browser.get(BACK, outside.approve(there))


def is_in(browser):
    return "_auth_user_id" in browser.session


def confirmed(user):
    browser = Client()
    browser.post("/akun/masuk", {"login": user.email, "password": PASSWORD})
    browser.get(LINK)
    browser.post("/akun/pastikan", {"password": PASSWORD})
    return browser


def link(browser, outside):
    there = browser.post(LINK).context["there"]
    return browser.get(BACK, outside.approve(there))


@pytest.fixture
def linked(siti, outside):
    browser = confirmed(siti)
    assert link(browser, outside)["Location"] == "/akun/profil"
    return browser


@pytest.mark.parametrize("alg", ["RS256", "ES256"])
def test_a_linked_identity_signs_in_under_a_new_key_and_leads_on(linked, outside, siti, browser, alg):
    outside.alg = alg
    browser.get(START)
    before = browser.session.session_key
    answer = enter(browser, outside, next="/akun/profil")
    assert answer["Location"] == "/akun/profil"
    assert int(browser.session["_auth_user_id"]) == siti.pk
    assert browser.session.session_key != before
    assert AuditRow.objects.filter(action="accounts.link_identity", actor=siti.pk).count() == 1


def test_the_second_step_is_asked_all_the_same(linked, outside, siti, browser):
    Authenticator.objects.create(user=siti, type="totp", data={"secret": encrypt("JBSWY3DPEHPK3PXP")})
    assert enter(browser, outside)["Location"].endswith("/akun/masuk/langkah-kedua")
    assert not is_in(browser)


def test_an_unknown_identity_is_never_linked_by_its_mail_address(outside, siti, browser):
    outside.person |= {"email": siti.email, "email_verified": True}
    assert enter(browser, outside)["Location"] == "/akun/daftar"
    assert not is_in(browser)
    assert not ExternalIdentity.objects.exists()


def test_a_nik_signs_in_only_from_a_provider_that_is_trusted_for_it(outside, siti, settings):
    outside.person["nik"] = NIK
    first, second = Client(), Client()
    enter(first, outside)
    assert not is_in(first)
    settings.DGS_IDENTITY_PROVIDERS[0]["is_trusted_for_nik"] = True
    enter(second, outside)
    assert int(second.session["_auth_user_id"]) == siti.pk
    assert ExternalIdentity.objects.get().user == siti


def test_a_nik_that_is_none_signs_nobody_in(trusted, siti, browser):
    for junk in ("1", "x", None, {"a": 1}, NIK[:-1]):
        trusted.person["nik"] = junk
        assert enter(browser, trusted)["Location"] == "/akun/daftar"
        assert not is_in(browser)


@pytest.mark.parametrize(
    "fault",
    ["wrong nonce", "no nonce", "wrong issuer", "wrong audience", "two audiences", "azp of another", "expired",
     "from the future", "alg none", "hs256", "forged", "unknown key", "no token", "no subject", "userinfo of another",
     "expiry beyond all", "nested /token",
     "500 /token", "500 /jwks", "500 /userinfo", "html /token", "redirect /token", "redirect /jwks"],
)
def test_an_answer_with_a_fault_signs_nobody_in_and_the_password_still_does(linked, outside, siti, browser, fault):
    there = browser.get(START)["Location"]
    outside.fault = fault
    answer = browser.get(BACK, outside.approve(there))
    assert answer["Location"] == "/akun/masuk"
    assert not is_in(browser)
    assert "INApas Percobaan tidak menjawab" in browser.get("/akun/masuk").content.decode()
    assert "/secret" not in outside.asked
    browser.post("/akun/masuk", {"login": siti.email, "password": PASSWORD})
    assert is_in(browser)


@pytest.mark.parametrize("subject", ["a\x00b", "\ud800", "x" * 256, {"a": 1}, 7])
def test_a_subject_that_cannot_be_one_signs_nobody_in(outside, browser, subject):
    outside.person["sub"] = subject
    assert enter(browser, outside)["Location"] == "/akun/masuk"
    assert not is_in(browser) and not ExternalIdentity.objects.exists()


@pytest.mark.parametrize(
    "fault", ["discovery names another", "token endpoint inside", "500 /.well-known/openid-configuration",
              "html /.well-known/openid-configuration", "redirect /.well-known/openid-configuration"],
)
def test_a_provider_that_cannot_be_read_is_said_in_words(outside, browser, fault):
    outside.fault = fault
    assert browser.get(START)["Location"] == "/akun/masuk"
    assert "INApas Percobaan tidak menjawab" in browser.get("/akun/masuk").content.decode()
    assert "/secret" not in outside.asked


def test_a_provider_that_is_gone_or_slow_keeps_nobody_waiting(outside, browser, monkeypatch):
    monkeypatch.setattr(oidc, "SECONDS", 0.3)
    outside.fault = "slow /.well-known/openid-configuration"
    began = time.monotonic()
    assert browser.get(START)["Location"] == "/akun/masuk"
    assert time.monotonic() - began < 1.4
    outside.close()
    assert browser.get(START)["Location"] == "/akun/masuk"


def test_a_state_is_good_once_and_in_its_own_browser(linked, outside, browser):
    there = browser.get(START)["Location"]
    came = outside.approve(there)
    stranger = Client()
    stranger.get(START)
    stranger.get(BACK, came)
    assert not is_in(stranger)
    assert browser.get(BACK, {**came, "state": "lain"})["Location"] == "/akun/masuk"
    browser.get(BACK, came)
    assert not is_in(browser)


def test_a_state_of_one_provider_is_not_taken_by_another(linked, outside, settings, browser):
    settings.DGS_IDENTITY_PROVIDERS.append({**settings.DGS_IDENTITY_PROVIDERS[0], "slug": "lain", "title": "Lain"})
    came = outside.approve(browser.get(START)["Location"])
    browser.get("/akun/masuk/luar/lain/kembali", came)
    assert not is_in(browser)


def test_who_says_no_at_the_provider_is_back_at_the_sign_in_page(outside, browser):
    there = browser.get(START)["Location"]
    assert browser.get(f"{BACK}?{outside.denied(there)}")["Location"] == "/akun/masuk"
    assert browser.get("/akun/masuk/luar/tidak-ada").status_code == 404


def test_linking_needs_a_confirmed_person_and_an_explicit_act(siti, outside):
    browser = Client()
    browser.post("/akun/masuk", {"login": siti.email, "password": PASSWORD})
    assert "/akun/pastikan" in browser.post(LINK)["Location"]
    ready = confirmed(siti)
    assert "there" in ready.get(LINK).context and not ready.get(LINK).context["there"]
    assert not ExternalIdentity.objects.exists()


def test_an_identity_belongs_to_one_account(linked, outside, clerk, siti):
    link(confirmed(clerk), outside)
    assert ExternalIdentity.objects.get().user == siti


def test_a_link_that_was_begun_by_one_person_is_not_ended_by_another(siti, clerk, outside):
    browser = confirmed(siti)
    came = outside.approve(browser.post(LINK).context["there"])
    User.objects.filter(pk=siti.pk).update(is_active=False)
    browser.get(BACK, came)
    assert not ExternalIdentity.objects.exists()


def test_a_closed_account_stays_closed(linked, outside, siti, clerk, browser):
    close_account(user=siti, by=clerk, now=timezone.now())
    assert enter(browser, outside)["Location"] == "/akun/masuk"
    assert not is_in(browser)


def test_unlinking_ends_it_but_never_the_last_way_in(linked, outside, siti, browser):
    assert linked.get(f"{LINK}/lepas").status_code == 200
    User.objects.filter(pk=siti.pk).update(email=None, phone=None, password="!")
    with pytest.raises(external.LastWayIn):
        external.unlink_identity(slug="inapas", user=siti, now=timezone.now())
    assert ExternalIdentity.objects.count() == 1
    User.objects.filter(pk=siti.pk).update(email=siti.email)
    external.unlink_identity(slug="inapas", user=siti, now=timezone.now())
    enter(browser, outside)
    assert not is_in(browser)


def test_an_unknown_person_registers_with_what_the_provider_said_and_is_linked(trusted, village, browser, code_for):
    trusted.person |= {"nik": NIK, "name": "Siti Contohwati"}
    assert enter(browser, trusted)["Location"] == "/akun/daftar"
    browser.post("/akun/daftar", {"address": "siti@contoh.example"})
    browser.post("/akun/daftar/kode", {"code": code_for("siti@contoh.example")})
    page = browser.get("/akun/daftar/data-diri")
    assert page.context["form"].initial == {"name": "Siti Contohwati", "nik": NIK}
    browser.post("/akun/daftar/data-diri", {"name": "Siti Contohwati", "nik": NIK})
    page = browser.get("/akun/daftar/kelahiran")
    assert str(page.context["form"].initial["birth_on"]) == "1991-03-12"
    browser.post("/akun/daftar/kelahiran", {"birth_place": "Palembang", "birth_on": "1991-03-12", "sex": "P"})
    browser.post("/akun/daftar/alamat", {"address": "Jalan Contoh 9", "region": village.code})
    browser.post("/akun/daftar/periksa", {"consent": "on"})
    browser.post("/akun/daftar/sandi", {"password": PASSWORD})
    assert is_in(browser)
    made = ExternalIdentity.objects.get()
    assert (made.user.email, made.subject, made.confirmed) == ("siti@contoh.example", "orang-1", "name nik birth_on")
    other = Client()
    enter(other, trusted)
    assert int(other.session["_auth_user_id"]) == made.user_id


@pytest.mark.parametrize("said", [{"birthdate": "1980-01-01"}, {"nik": "1607111708859002"}])
def test_who_registers_at_a_browser_where_another_was_before_gets_no_link_to_them(trusted, village, browser, code_for, said):
    trusted.person |= said
    assert enter(browser, trusted)["Location"] == "/akun/daftar"
    browser.post("/akun/daftar", {"address": "siti@contoh.example"})
    browser.post("/akun/daftar/kode", {"code": code_for("siti@contoh.example")})
    browser.post("/akun/daftar/data-diri", {"name": "Siti Contohwati", "nik": NIK})
    browser.post("/akun/daftar/kelahiran", {"birth_place": "Palembang", "birth_on": "1991-03-12", "sex": "P"})
    browser.post("/akun/daftar/alamat", {"address": "Jalan Contoh 9", "region": village.code})
    browser.post("/akun/daftar/periksa", {"consent": "on"})
    browser.post("/akun/daftar/sandi", {"password": PASSWORD})
    assert is_in(browser) and User.objects.get().email == "siti@contoh.example"
    assert not ExternalIdentity.objects.exists()


GOOD = {"slug": "inapas", "title": "INApas", "issuer": "https://idp.example.go.id", "client_id": "dgs",
        "client_secret": "rahasia"}


@pytest.mark.parametrize(
    ("set_up", "said"),
    [([GOOD], ""), ([{**GOOD, "issuer": "http://idp.example.go.id"}], "https://"), ([{**GOOD, "slug": "A b"}], "slug"),
     ([GOOD, GOOD], "twice"), ([{"slug": "inapas"}], "not a list"), ([{**GOOD, "more": 1}], "not a list")],
)
def test_a_setting_that_cannot_be_right_is_said_without_its_secret(settings, set_up, said):
    settings.DGS_IDENTITY_PROVIDERS = set_up
    found = " ".join(oidc.unreadable_providers())
    assert said in found and bool(said) == bool(found)
    assert "rahasia" not in found
