"""Staff whose role asks for a second step set it up before anything else opens, tokens included; others are not asked."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.test import Client
from django.utils import timezone

from dgs.core.access.api import unknown_second_step_roles
from dgs.core.accounts import api as accounts
from dgs.core.accounts.models import User
from dgs.core.audit.models import AuditRow

PASSWORD = "perahu-songket-1234"  # noqa: S105
ON, DESK, PROFILE, SIGN_IN = "/akun/keamanan/aktifkan", "/meja", "/akun/profil", "/akun/masuk"


@pytest.fixture
def head(users):
    found = users("head")[0]
    found.set_password(PASSWORD)
    found.save()
    return found


def signed_in(user):
    browser = Client()
    browser.post(SIGN_IN, {"login": user.username, "password": PASSWORD})
    return browser


@pytest.mark.parametrize("wanted", [["head"], ["staff"], ["treasurer", "head"]])
def test_who_must_have_a_second_step_sets_it_up_and_then_goes_on(head, settings, wanted):
    settings.DGS_SECOND_STEP = wanted
    token = accounts.new_token(head, "uji", timezone.now(), days=1)
    api = {"HTTP_AUTHORIZATION": f"Bearer {token}"}
    browser = signed_in(head)
    for page in (DESK, PROFILE, "/akun/profil/kunci"):
        answer = browser.get(page)
        assert (answer.status_code, answer["Location"]) == (302, ON), page
    assert browser.post("/akun/profil/kunci", {"name": "x"})["Location"] == ON
    assert browser.get("/").status_code == 200
    assert Client().get("/api/v1/cases", **api).status_code == 401
    asked = browser.get(ON)
    assert "/akun/pastikan" in asked["Location"]
    browser.post(asked["Location"], {"password": PASSWORD})
    page = browser.get(ON)
    assert "langkah kedua" in page.content.decode()
    secret = page.context["form"].secret
    code = format_hotp_value(hotp_value(secret, list(yield_hotp_counters_from_time())[1]))
    assert browser.post(ON, {"code": code}).status_code == 302
    assert Authenticator.objects.filter(user=head, type="totp").exists()
    assert browser.get(DESK).status_code == browser.get(PROFILE).status_code == 200
    assert Client().get("/api/v1/cases", **api).status_code == 200


def test_signing_out_stays_possible(head, settings):
    settings.DGS_SECOND_STEP = ["staff"]
    browser = signed_in(head)
    assert browser.get("/akun/keluar").status_code == 200
    browser.post("/akun/keluar")
    assert "_auth_user_id" not in browser.session


@pytest.mark.parametrize("wanted", [[], ["treasurer"]])
def test_other_roles_are_not_asked(head, settings, wanted):
    settings.DGS_SECOND_STEP = wanted
    assert signed_in(head).get(DESK).status_code == 200


def test_citizens_are_never_asked(loaded_region, settings, client):
    settings.DGS_SECOND_STEP = ["staff"]
    client.force_login(User.objects.get(username="siti@dgs.example"))
    assert client.get(PROFILE).status_code == 200


def test_a_session_that_was_open_before_is_asked_too(head, settings):
    browser = signed_in(head)
    assert browser.get(DESK).status_code == 200
    settings.DGS_SECOND_STEP = ["staff"]
    assert browser.get(DESK)["Location"] == ON


def test_a_lost_phone_is_taken_off_the_account_and_ends_its_sessions(head, settings):
    Authenticator.objects.create(user=head, type=Authenticator.Type.TOTP, data={"secret": "x"})
    browser = Client()
    browser.force_login(head)
    accounts.drop_second_step(user=head, by=None, now=timezone.now(), reason="uji")
    assert not accounts.has_second_step(head)
    assert browser.get(PROFILE).status_code == 302
    assert AuditRow.objects.filter(action="accounts.drop_second_step", subject=f"accounts.user:{head.pk}").count() == 1


def test_a_role_that_there_is_not_is_named(loaded_region, settings):
    settings.DGS_SECOND_STEP = ["staff", "head", "kepala", "citizen"]
    assert unknown_second_step_roles() == ["citizen", "kepala"]
