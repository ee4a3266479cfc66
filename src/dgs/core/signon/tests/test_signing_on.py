"""Tests of a person's way through a sign-on: agreeing, what is told, silence, signing in anew, withdrawing, signing out."""

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from dgs.core.access.models import Grant, Role
from dgs.core.accounts.tests.conftest import NIK, PASSWORD
from dgs.core.audit.models import AuditRow
from dgs.core.signon.models import Consent, SignOn, Token
from dgs.core.signon.tests import flow
from dgs.core.signon.tests.conftest import AFTER

pytestmark = pytest.mark.django_db
BASIS = "Perbup 12/2026 Pasal 4"


def test_the_page_says_who_asks_for_what_and_why(signed_in, register):
    page = signed_in.get(flow.question(register(scopes=["openid", "identity"], identity_basis=BASIS),
                                       scope="openid identity")[0]).content.decode()
    for said in ("Arsip", "Mencari arsip", "Dinas Dukcapil", "Nomor KTP Anda", BASIS):
        assert said in page
    assert not Consent.objects.exists()


def test_agreeing_is_remembered_for_these_scopes_and_no_more(signed_in, arsip):
    flow.code_of(signed_in, arsip)
    assert "code" in flow.told(signed_in.get(flow.question(arsip)[0]))
    assert "code" in flow.told(signed_in.get(flow.question(arsip, scope="openid")[0]))
    assert signed_in.get(flow.question(arsip, scope="openid email")[0]).status_code == 200
    flow.code_of(signed_in, arsip, scope="openid email")
    assert Consent.objects.get().scopes == ["openid", "profile", "email"]
    assert AuditRow.objects.filter(action="signon.give_consent").count() == 2


def test_prompt_consent_asks_again(signed_in, arsip):
    flow.code_of(signed_in, arsip)
    assert signed_in.get(flow.question(arsip, prompt="consent")[0]).status_code == 200


def test_who_does_not_agree_is_led_back_without_a_code(signed_in, arsip):
    said = flow.told(signed_in.post(flow.question(arsip)[0], {"answer": "no"}))
    assert said == {"error": "access_denied", "state": "s1", "iss": said["iss"]}
    assert not Consent.objects.exists() and not SignOn.objects.exists()


def test_each_application_knows_a_person_by_another_number_and_always_by_the_same(signed_in, arsip, register):
    other = register("Lain")
    first, again, elsewhere = (
        flow.body_of(flow.tokens_of(signed_in, one)["id_token"])["sub"] for one in (arsip, arsip, other)
    )
    assert first == again != elsewhere


def test_an_id_token_says_who_when_and_for_whom_and_nothing_personal(signed_in, arsip, settings):
    body = flow.body_of(flow.tokens_of(signed_in, arsip)["id_token"])
    assert set(body) == {"iss", "sub", "aud", "iat", "exp", "auth_time", "at_hash", "nonce"}
    assert body["iss"] == settings.BASE_URL and body["aud"] == arsip.client_id and body["nonce"] == "n1"
    assert body["exp"] - body["iat"] == 600 and 0 <= body["iat"] - body["auth_time"] < 60


def test_who_has_just_registered_signed_in_when_the_session_was_opened(siti, arsip):
    browser = Client()
    browser.force_login(siti)
    body = flow.body_of(flow.tokens_of(browser, arsip)["id_token"])
    assert 0 <= body["iat"] - body["auth_time"] < 60


def test_roles_are_those_of_today(signed_in, siti, register, dukcapil):
    arsip = register(scopes=["openid", "staff"])
    role = Role.objects.create(code="penguji", title="Penguji", permissions=[], is_staff=True)
    held = Grant.objects.create(user=siti, role=role, office=dukcapil, valid_from="2020-01-01")
    tokens = flow.tokens_of(signed_in, arsip, scope="openid staff")
    assert flow.userinfo(Client(), tokens).json()["roles"] == [{"role": "penguji", "office": "dukcapil", "region": None}]
    Grant.objects.filter(pk=held.pk).update(ended_at=timezone.now())
    assert flow.userinfo(Client(), tokens).json()["roles"] == []


def test_each_reading_of_the_nik_is_written_down_with_its_legal_basis(signed_in, siti, register):
    arsip = register(scopes=["openid", "identity"], identity_basis=BASIS)
    tokens = flow.tokens_of(signed_in, arsip, scope="openid identity")
    for _n in range(2):
        assert flow.userinfo(Client(), tokens).json()["nik"] == NIK
    rows = AuditRow.objects.filter(kind="read", person=siti.party_id, purpose=f"Arsip: {BASIS}")
    assert rows.count() == 2 and NIK not in str(list(rows.values("facts")))
    assert f"Arsip: {BASIS}" in signed_in.get("/akun/data/dibaca").content.decode()


def test_nobody_signed_in_goes_by_the_sign_in_page_and_a_page_of_its_own(siti, arsip):
    browser = Client()
    to_sign_in = browser.get(flow.question(arsip)[0])["Location"]
    assert to_sign_in.startswith("/akun/masuk?next=%2Fsso%2Flanjut")
    answer = browser.post(to_sign_in, {"login": siti.email, "password": PASSWORD})
    assert answer["Location"].startswith("/sso/lanjut?")
    page = browser.get(answer["Location"])
    assert page.status_code == 200 and page["Refresh"].startswith("0;url=/sso/authorize?")
    assert browser.get(page["Refresh"].removeprefix("0;url=")).status_code == 200


def test_prompt_none_shows_no_page(signed_in, arsip):
    silent = {"prompt": "none"}
    assert flow.told(Client().get(flow.question(arsip, **silent)[0]))["error"] == "login_required"
    assert flow.told(signed_in.get(flow.question(arsip, **silent)[0]))["error"] == "consent_required"
    flow.code_of(signed_in, arsip)
    assert "code" in flow.told(signed_in.get(flow.question(arsip, **silent)[0]))


def test_prompt_login_asks_for_the_password_once_each_time(signed_in, arsip):
    flow.code_of(signed_in, arsip)
    address, _verifier = flow.question(arsip, prompt="login")
    for _n in range(2):
        again = signed_in.get(address)
        assert again["Location"].startswith("/akun/pastikan?next=")
        assert signed_in.get(address)["Location"].startswith("/akun/pastikan?next="), "no way around it"
        onward = signed_in.post(again["Location"], {"password": PASSWORD})
        assert onward["Location"].startswith("/sso/lanjut?")
        assert "code" in flow.told(signed_in.get(address))


def test_max_age_is_kept(signed_in, arsip):
    flow.code_of(signed_in, arsip)
    assert "code" in flow.told(signed_in.get(flow.question(arsip, max_age="600")[0]))
    session = signed_in.session
    session["account_authentication_methods"] = [{"method": "password", "at": timezone.now().timestamp() - 700}]
    session.save()
    assert flow.told(signed_in.get(flow.question(arsip, max_age="600", prompt="none")[0]))["error"] == "login_required"
    assert signed_in.get(flow.question(arsip, max_age="600")[0])["Location"].startswith("/akun/pastikan")
    assert "code" in flow.told(signed_in.get(flow.question(arsip)[0]))


def test_a_role_that_asks_for_a_second_step_asks_it_here_too(signed_in, siti, arsip):
    flow.code_of(signed_in, arsip)
    role = Role.objects.create(code="penguji", title="Penguji", permissions=[], is_staff=True, asks_second_step=True)
    Grant.objects.create(user=siti, role=role, office=None, valid_from="2020-01-01")
    assert signed_in.get(flow.question(arsip)[0])["Location"] == "/akun/keamanan/aktifkan"
    assert flow.told(signed_in.get(flow.question(arsip, prompt="none")[0]))["error"] == "interaction_required"
    assert SignOn.objects.count() == 1


def test_the_own_page_lists_what_was_agreed_to_and_withdraws_it(signed_in, arsip):
    assert "Tidak ada aplikasi tersambung" in signed_in.get("/akun/aplikasi").content.decode()
    flow.code_of(signed_in, arsip)
    page = signed_in.get("/akun/aplikasi").content.decode()
    assert "Arsip" in page and "Tanda pengenal, Nama" in page
    signed_in.post(f"/akun/aplikasi/{Consent.objects.get().pk}/cabut")
    assert "Arsip" not in signed_in.get("/akun/aplikasi").content.decode().replace("Arsip tidak dapat lagi", "")
    assert AuditRow.objects.get(action="signon.withdraw_consent").facts["ended"] == 1


def test_signing_out_with_proof_ends_the_session_and_its_tokens_and_leads_back(signed_in, arsip, register):
    other = register("Lain")
    tokens, others = flow.tokens_of(signed_in, arsip), flow.tokens_of(signed_in, other)
    answer = signed_in.get("/sso/keluar", {"id_token_hint": tokens["id_token"], "post_logout_redirect_uri": AFTER, "state": "s9"})
    assert answer["Refresh"] == f"0;url={AFTER}?state=s9"
    assert "_auth_user_id" not in signed_in.session
    assert flow.userinfo(Client(), tokens).status_code == flow.userinfo(Client(), others).status_code == 401


def test_signing_out_without_proof_asks_first(signed_in, siti, arsip):
    tokens = flow.tokens_of(signed_in, arsip)
    forged = tokens["id_token"][:-8] + "AAAAAAAA"
    for said in ({}, {"client_id": arsip.client_id, "post_logout_redirect_uri": AFTER}, {"id_token_hint": forged}):
        assert "Keluar juga dari sini?" in signed_in.get("/sso/keluar", said).content.decode()
        assert "Keluar juga dari sini?" in signed_in.post("/sso/keluar", said).content.decode()
    assert "_auth_user_id" in signed_in.session and flow.userinfo(Client(), tokens).status_code == 200
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(siti)
    strict.post("/sso/keluar/ya", {})
    assert "_auth_user_id" in strict.session
    answer = signed_in.post("/sso/keluar/ya", {"client_id": arsip.client_id, "post_logout_redirect_uri": AFTER})
    assert answer["Refresh"] == f"0;url={AFTER}" and "_auth_user_id" not in signed_in.session


def test_discovery_offers_what_works_and_nothing_else(db, settings):
    answer = Client().get("/.well-known/openid-configuration")
    said = answer.json()
    assert said["issuer"] == settings.BASE_URL and answer["Access-Control-Allow-Origin"] == "*"
    assert said["grant_types_supported"] == ["authorization_code", "refresh_token"]
    assert said["response_types_supported"] == ["code"] and said["code_challenge_methods_supported"] == ["S256"]
    assert said["subject_types_supported"] == ["pairwise"]
    assert not {"registration_endpoint", "device_authorization_endpoint", "introspection_endpoint"} & set(said)
    for name in ("token_endpoint", "userinfo_endpoint", "jwks_uri", "revocation_endpoint", "end_session_endpoint"):
        path = said[name].removeprefix(settings.BASE_URL)
        assert Client().get(path).status_code != 404
    assert Client().options("/sso/token")["Access-Control-Allow-Headers"] == "Authorization, Content-Type"


def test_an_application_in_the_browser_proves_itself_by_pkce_alone(signed_in, register):
    page = register("Peta", kind="browser")
    assert page.secret == ""
    code, verifier = flow.code_of(signed_in, page)
    said = {"grant_type": "authorization_code", "client_id": page.client_id, "code": code, "code_verifier": verifier,
            "redirect_uri": page.redirect_uris[0]}
    assert Client().post("/sso/token", {**said, "client_secret": "x"}).status_code == 401
    answer = Client().post("/sso/token", said)
    assert answer.status_code == 200 and answer["Access-Control-Allow-Origin"] == "*" and answer["Cache-Control"] == "no-store"


def test_old_sign_ons_are_forgotten_and_open_ones_kept(signed_in, arsip):
    from dgs.core.signon.actions.sign_ons import forget

    flow.tokens_of(signed_in, arsip)
    forget(now=timezone.now() + timedelta(days=2))
    assert list(Token.objects.values_list("kind", flat=True)) == ["refresh"]
    forget(now=timezone.now() + timedelta(days=61))
    assert not SignOn.objects.exists() and Consent.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("what", ["code", "refresh"])
def test_of_two_at_once_one_wins_and_then_the_sign_on_ends(signed_in, arsip, what):
    code, verifier = flow.code_of(signed_in, arsip)
    if what == "refresh":
        refresh = flow.redeem(Client(), arsip, code, verifier).json()["refresh_token"]
    start, answers = Barrier(2), []

    def once():
        start.wait()
        try:
            answers.append((flow.redeem(Client(), arsip, code, verifier) if what == "code"
                            else flow.renew(Client(), arsip, refresh)).status_code)
        finally:
            connection.close()

    both = [Thread(target=once) for _n in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert sorted(answers) == [200, 400]
    assert SignOn.objects.get().ended_why == {"code": "code_replayed", "refresh": "refresh_reused"}[what]
