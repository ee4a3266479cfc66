"""Tests of what the protocol must refuse: wrong addresses, downgrades, replays, widening, guessing, forms from elsewhere."""

from datetime import timedelta
from urllib.parse import quote

import pytest
from django.test import Client
from django.utils import timezone

from dgs.core.accounts.actions import close_account
from dgs.core.audit.models import AuditRow
from dgs.core.signon.actions import sign_ons
from dgs.core.signon.models import Consent, SignOn, Token
from dgs.core.signon.tests import flow
from dgs.core.signon.tests.conftest import AFTER, BACK

pytestmark = pytest.mark.django_db


@pytest.fixture
def program():
    """The application's own connection: no cookies of anybody."""
    return Client()


@pytest.mark.parametrize("uri", [BACK + "/", BACK + "?x=1", BACK.upper(), "https://jahat.example/", "", BACK + "#x", None])
def test_an_address_that_is_not_exactly_registered_leads_nowhere(signed_in, arsip, uri):
    answer = signed_in.get(flow.question(arsip, redirect_uri=uri)[0])
    assert answer.status_code == 400 and "Location" not in answer and "Refresh" not in answer
    assert not SignOn.objects.exists()


def test_an_address_named_twice_leads_nowhere(signed_in, arsip):
    address = flow.question(arsip)[0] + "&redirect_uri=" + quote("https://jahat.example/")
    assert signed_in.get(address).status_code == 400
    assert signed_in.get(flow.question(arsip)[0] + "&client_id=x").status_code == 400


@pytest.mark.parametrize("wrong, error", [
    ({"code_challenge": None}, "invalid_request"), ({"code_challenge_method": "plain"}, "invalid_request"),
    ({"code_challenge_method": None}, "invalid_request"), ({"code_challenge": "x" * 42}, "invalid_request"),
    ({"response_type": "token"}, "unsupported_response_type"), ({"response_type": "code id_token"}, "unsupported_response_type"),
    ({"response_mode": "fragment"}, "invalid_request"), ({"scope": "profile"}, "invalid_scope"),
    ({"scope": "openid identity"}, "invalid_scope"), ({"scope": "openid admin"}, "invalid_scope"),
    ({"request": "x.y.z"}, "request_not_supported"), ({"request_uri": "https://x"}, "request_uri_not_supported"),
    ({"prompt": "none login"}, "invalid_request"), ({"max_age": "-1"}, "invalid_request"),
    ({"nonce": "n" * 256}, "invalid_request"),
])
def test_what_is_not_offered_is_refused_to_the_application_with_its_state(signed_in, arsip, wrong, error):
    said = flow.told(signed_in.get(flow.question(arsip, **wrong)[0]))
    assert said["error"] == error and said["state"] == "s1" and "code" not in said
    assert not SignOn.objects.exists() and not Consent.objects.exists()


def test_a_code_comes_true_once_and_a_second_time_ends_its_tokens(signed_in, arsip, program):
    code, verifier = flow.code_of(signed_in, arsip)
    tokens = flow.redeem(program, arsip, code, verifier).json()
    assert flow.userinfo(program, tokens).status_code == 200
    again = flow.redeem(program, arsip, code, verifier)
    assert again.status_code == 400 and again.json()["error"] == "invalid_grant"
    assert flow.userinfo(program, tokens).status_code == 401
    assert flow.renew(program, arsip, tokens["refresh_token"]).status_code == 400
    assert AuditRow.objects.get(action="signon.end").facts["why"] == "code_replayed"


def test_a_code_of_another_application_opens_nothing_and_stays_good_for_its_own(signed_in, arsip, register, program):
    other = register("Lain")
    code, verifier = flow.code_of(signed_in, arsip)
    assert flow.redeem(program, other, code, verifier).json()["error"] == "invalid_grant"
    assert not Token.objects.exists()
    assert flow.redeem(program, arsip, code, verifier).status_code == 200


def test_a_wrong_verifier_ends_the_sign_on(signed_in, arsip, program):
    code, verifier = flow.code_of(signed_in, arsip)
    assert flow.redeem(program, arsip, code, "w" * 64).json()["error"] == "invalid_grant"
    assert flow.redeem(program, arsip, code, verifier).json()["error"] == "invalid_grant"
    assert not Token.objects.exists()


def test_a_missing_verifier_or_another_address_gives_no_token(signed_in, arsip, program):
    code, verifier = flow.code_of(signed_in, arsip)
    assert flow.redeem(program, arsip, code, "").json()["error"] == "invalid_request"
    assert flow.redeem(program, arsip, code, verifier, redirect_uri=BACK + "/").json()["error"] == "invalid_grant"
    assert not Token.objects.exists()


def test_a_code_is_too_old_after_a_minute(signed_in, arsip, program):
    code, verifier = flow.code_of(signed_in, arsip)
    SignOn.objects.update(code_until=timezone.now() - timedelta(seconds=1))
    assert flow.redeem(program, arsip, code, verifier).json()["error"] == "invalid_grant"
    assert not Token.objects.exists()


def test_a_refresh_token_used_again_ends_the_whole_family(signed_in, arsip, program):
    first = flow.tokens_of(signed_in, arsip)
    second = flow.renew(program, arsip, first["refresh_token"]).json()
    assert flow.userinfo(program, second).status_code == 200
    assert flow.renew(program, arsip, first["refresh_token"]).json()["error"] == "invalid_grant"
    assert flow.userinfo(program, second).status_code == 401
    assert flow.renew(program, arsip, second["refresh_token"]).json()["error"] == "invalid_grant"
    assert SignOn.objects.get().ended_why == "refresh_reused"


def test_a_refresh_token_of_another_application_opens_nothing(signed_in, arsip, register, program):
    tokens = flow.tokens_of(signed_in, arsip)
    assert flow.renew(program, register("Lain"), tokens["refresh_token"]).json()["error"] == "invalid_grant"
    assert flow.userinfo(program, tokens).status_code == 200


def test_scopes_narrow_but_never_widen(signed_in, arsip, program):
    tokens = flow.tokens_of(signed_in, arsip)
    wider = flow.renew(program, arsip, tokens["refresh_token"], scope="openid profile email")
    assert wider.json()["error"] == "invalid_scope"
    narrow = flow.renew(program, arsip, tokens["refresh_token"], scope="openid").json()
    assert set(flow.userinfo(program, narrow).json()) == {"sub"}
    back = flow.renew(program, arsip, narrow["refresh_token"]).json()
    assert "name" in flow.userinfo(program, back).json()


@pytest.mark.parametrize("grant", ["client_credentials", "password", "implicit", "device_code", ""])
def test_other_grants_are_off(arsip, program, grant):
    assert flow.call(program, arsip, grant_type=grant).json()["error"] == "unsupported_grant_type"
    assert not Token.objects.exists()


def test_wrong_secrets_are_counted_and_then_even_the_right_one_waits(signed_in, arsip, program):
    right, code = arsip.secret, flow.code_of(signed_in, arsip)
    arsip.secret = "tebakan"
    for _n in range(10):
        answer = flow.redeem(program, arsip, *code)
        assert answer.status_code == 401 and answer["WWW-Authenticate"].startswith("Basic")
    arsip.secret = right
    answer = flow.redeem(program, arsip, *code)
    assert answer.status_code == 429 and int(answer["Retry-After"]) > 0
    assert not Token.objects.exists()


def test_no_secret_and_two_proofs_are_refused(arsip, program):
    assert program.post("/sso/token", {"client_id": arsip.client_id, "grant_type": "refresh_token"}).status_code == 401
    answer = flow.call(program, arsip, client_secret=arsip.secret, grant_type="refresh_token")
    assert answer.json()["error"] == "invalid_request"
    for junk in ("Basic !!", "Basic " + "eA==", "Bearer x", "Basic"):
        answer = program.post("/sso/token", {"grant_type": "refresh_token"}, headers={"Authorization": junk})
        assert answer.status_code in (400, 401), junk


@pytest.mark.parametrize("path", ["/sso/token", "/sso/revoke", "/sso/keluar", "/sso/keluar/ya"])
def test_junk_is_no_fault_of_ours(arsip, program, path):
    for body in ({"client_id": "\x00"}, {"client_id": "x" * 5000, "token": "\x00"}, {"id_token_hint": "a.b.c", "client_id": "ü"}):
        assert program.post(path, body).status_code < 500
    assert flow.call(program, arsip, path, grant_type="refresh_token", refresh_token="\x00", token="\x00").status_code < 500


def test_a_withdrawn_consent_ends_tokens_in_the_same_moment(signed_in, arsip, program):
    tokens = flow.tokens_of(signed_in, arsip)
    consent = Consent.objects.get()
    signed_in.post(f"/akun/aplikasi/{consent.pk}/cabut")
    assert flow.userinfo(program, tokens).status_code == 401
    assert flow.renew(program, arsip, tokens["refresh_token"]).status_code == 400
    assert signed_in.get(flow.question(arsip)[0]).status_code == 200, "asked anew"


def test_nobody_withdraws_the_consent_of_another(signed_in, arsip, clerk_browser):
    flow.tokens_of(signed_in, arsip)
    consent = Consent.objects.get()
    assert clerk_browser.post(f"/akun/aplikasi/{consent.pk}/cabut").status_code == 404
    assert Client().post(f"/akun/aplikasi/{consent.pk}/cabut").status_code == 302
    consent.refresh_from_db()
    assert consent.withdrawn_at is None


def test_consent_cannot_be_posted_from_another_site(siti, arsip):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(siti)
    answer = browser.post(flow.question(arsip)[0], {"answer": "yes"})
    assert answer.status_code in (302, 403) and "code=" not in answer.get("Location", "")
    assert not Consent.objects.exists() and not SignOn.objects.exists()


def test_no_page_on_the_way_can_be_framed_or_kept(signed_in, arsip):
    page = signed_in.get(flow.question(arsip)[0])
    onward = signed_in.post(flow.question(arsip)[0], {"answer": "yes"})
    for answer in (page, onward, signed_in.get("/sso/keluar")):
        assert answer["X-Frame-Options"] == "DENY" and "frame-ancestors 'none'" in answer["Content-Security-Policy"]
        assert "no-store" in answer["Cache-Control"]
    assert onward["Referrer-Policy"] == "no-referrer"


def test_a_closed_account_ends_its_tokens_at_once(signed_in, siti, arsip, program):
    tokens, unused = flow.tokens_of(signed_in, arsip), flow.code_of(signed_in, arsip)
    close_account(user=siti, by=None, now=timezone.now(), reason="uji")
    assert flow.userinfo(program, tokens).status_code == 401
    assert flow.redeem(program, arsip, *unused).status_code == 400
    assert set(SignOn.objects.values_list("ended_why", flat=True)) == {"account_closed"}


@pytest.mark.parametrize("change", [{"session_round": 9}, {"password": "md5$x$y"}])
def test_signing_out_everywhere_and_a_new_password_end_tokens_too(signed_in, siti, arsip, program, change):
    tokens = flow.tokens_of(signed_in, arsip)
    type(siti).objects.filter(pk=siti.pk).update(**change)
    assert flow.userinfo(program, tokens).status_code == 401
    assert flow.renew(program, arsip, tokens["refresh_token"]).status_code == 400


@pytest.mark.parametrize(
    "there", ["https://jahat.example/", AFTER + "/x", AFTER + "@jahat.example", "//jahat.example", "javascript:1"]
)
def test_signing_out_leads_to_registered_addresses_only(signed_in, arsip, there):
    tokens = flow.tokens_of(signed_in, arsip)
    answer = signed_in.get("/sso/keluar", {"id_token_hint": tokens["id_token"], "post_logout_redirect_uri": there})
    assert answer.status_code == 200 and "Refresh" not in answer and "Location" not in answer


def test_an_access_token_works_in_the_header_only(signed_in, arsip, program):
    tokens = flow.tokens_of(signed_in, arsip)
    assert program.get("/sso/userinfo", {"access_token": tokens["access_token"]}).status_code == 401
    assert flow.userinfo(program, {"access_token": tokens["refresh_token"]}).status_code == 401
    assert flow.userinfo(program, {"access_token": tokens["id_token"]}).status_code == 401


def test_an_access_token_ends_after_ten_minutes(signed_in, arsip):
    tokens = flow.tokens_of(signed_in, arsip)
    sign_ons.holder_of(tokens["access_token"], now=timezone.now() + timedelta(minutes=9))
    with pytest.raises(sign_ons.Refused):
        sign_ons.holder_of(tokens["access_token"], now=timezone.now() + timedelta(minutes=11))


def test_nothing_secret_lies_in_the_database(signed_in, arsip):
    tokens = flow.tokens_of(signed_in, arsip)
    kept = str([list(model.objects.values()) for model in (SignOn, Token, Consent)]) + str(list(AuditRow.objects.values("facts")))
    for secret in (tokens["access_token"], tokens["refresh_token"], arsip.secret, signed_in.session.session_key):
        assert secret not in kept
