"""Tests of the person's own page: masked NIK, password, language, other sessions, keys."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from dgs.core.accounts import api
from dgs.core.accounts.models import ApiToken
from dgs.core.accounts.tests.conftest import NIK, PASSWORD
from dgs.core.messaging.models import Message
from dgs.core.parties import api as parties

pytestmark = pytest.mark.django_db
NOW = timezone.now()


@pytest.fixture
def mine(siti):
    browser = Client()
    browser.force_login(siti)
    return browser


def test_the_nik_is_shown_masked(mine):
    page = mine.get("/akun/profil").content.decode()
    assert NIK not in page
    assert parties.mask_nik(NIK) in page


def test_staff_without_a_persons_record_have_a_profile(clerk):
    browser = Client()
    browser.force_login(clerk)
    assert browser.get("/akun/profil").status_code == 200


def test_the_language_is_kept_for_messages_and_pages(mine, siti):
    answer = mine.post("/akun/profil/bahasa", {"language": "en"})
    siti.refresh_from_db()
    assert siti.language == "en"
    assert answer.cookies["django_language"].value == "en"


def test_an_unknown_language_changes_nothing(mine, siti):
    mine.post("/akun/profil/bahasa", {"language": "xx"})
    siti.refresh_from_db()
    assert siti.language == "id"


def test_the_password_is_changed_with_the_present_one_and_other_devices_are_signed_out(mine, siti):
    elsewhere = Client()
    elsewhere.force_login(siti)
    answer = mine.post("/akun/profil/sandi", {"old_password": PASSWORD, "password": "bakau-layar-7310"})
    assert answer.status_code == 302
    siti.refresh_from_db()
    assert siti.check_password("bakau-layar-7310")
    assert mine.get("/akun/profil").status_code == 200
    assert elsewhere.get("/akun/profil").status_code == 302


@pytest.mark.parametrize(
    "given", [{"old_password": "salah-sekali-1", "password": "bakau-layar-7310"},
              {"old_password": PASSWORD, "password": "pendek"}, {}],
)
def test_a_wrong_present_or_weak_new_password_changes_nothing(mine, siti, given):
    assert mine.post("/akun/profil/sandi", given).status_code == 422
    siti.refresh_from_db()
    assert siti.check_password(PASSWORD)


def test_guessing_the_present_password_is_throttled(mine, siti):
    for _ in range(6):
        mine.post("/akun/profil/sandi", {"old_password": "salah-sekali-1", "password": "bakau-layar-7310"})
    mine.post("/akun/profil/sandi", {"old_password": PASSWORD, "password": "bakau-layar-7310"})
    siti.refresh_from_db()
    assert siti.check_password(PASSWORD)


def test_all_other_devices_can_be_signed_out(mine, siti):
    elsewhere = Client()
    elsewhere.force_login(siti)
    assert mine.post("/akun/profil/perangkat").status_code == 302
    assert mine.get("/akun/profil").status_code == 200
    assert elsewhere.get("/akun/profil").status_code == 302


@pytest.mark.parametrize("path", ["bahasa", "perangkat", "kunci/1/akhiri"])
def test_a_session_that_ended_in_the_middle_of_an_act_leads_back_to_the_profile(browser, siti, path):
    away = browser.post(f"/akun/profil/{path}")
    assert away["Location"] == f"/akun/masuk?next=/akun/profil/{path}"
    back = browser.post("/akun/masuk", {"login": siti.email, "password": PASSWORD, "next": f"/akun/profil/{path}"})
    assert browser.get(back["Location"])["Location"] == "/akun/profil"


@pytest.mark.parametrize(("path", "given"), [("kunci", {"name": "Program saya"}), ("kontak", {"address": "a@b.example"})])
def test_a_key_and_a_new_contact_need_the_password_once_more(mine, siti, path, given):
    page = f"/akun/profil/{path}"
    for answer in (mine.get(page), mine.post(page, given)):
        assert answer["Location"] == f"/akun/pastikan?next=%2Fakun%2Fprofil%2F{path}"
    assert not ApiToken.objects.exists()
    assert not Message.objects.filter(to="a@b.example").exists()
    mine.post("/akun/pastikan", {"password": "salah-sekali-1"})
    assert mine.get(page).status_code == 302
    mine.post("/akun/pastikan", {"password": PASSWORD, "next": page})
    assert mine.get(page).status_code == 200


def test_a_key_is_shown_once_and_opens_the_account(mine, siti):
    mine.post("/akun/pastikan", {"password": PASSWORD})
    answer = mine.post("/akun/profil/kunci", {"name": "Program saya"})
    secret = answer.context["secret"]
    assert secret.encode() in answer.content
    assert api.user_of_token(secret) == siti
    assert secret.encode() not in mine.get("/akun/profil").content
    assert secret not in ApiToken.objects.get().token_hash


def test_a_key_ends_when_its_owner_says_so(mine, siti):
    secret = api.new_token(siti, "x", NOW)
    mine.post(f"/akun/profil/kunci/{ApiToken.objects.get().pk}/akhiri")
    assert api.user_of_token(secret) is None


def test_a_key_of_another_cannot_be_ended(mine, clerk):
    secret = api.new_token(clerk, "x", NOW)
    assert mine.post(f"/akun/profil/kunci/{ApiToken.objects.get().pk}/akhiri").status_code == 404
    assert api.user_of_token(secret) == clerk


@pytest.mark.parametrize("token", ["", "dgs_x", "x" * 500, "🙂"])
def test_an_unknown_key_opens_nothing(token, siti):
    assert api.user_of_token(token) is None


def test_a_key_expires_and_dies_with_the_account(siti):
    secret = api.new_token(siti, "x", NOW, days=1)
    assert api.user_of_token(secret, NOW + timedelta(hours=23)) == siti
    assert api.user_of_token(secret, NOW + timedelta(days=1)) is None
    lasting = api.new_token(siti, "y", NOW, days=None)
    assert api.user_of_token(lasting, NOW + timedelta(days=4000)) == siti
    api.close_account(user=siti, by=None, now=NOW)
    assert api.user_of_token(lasting, NOW) is None


def test_the_use_of_a_key_is_remembered(siti):
    secret = api.new_token(siti, "x", NOW)
    api.user_of_token(secret, NOW + timedelta(hours=1))
    assert ApiToken.objects.get().last_used_at == NOW + timedelta(hours=1)


def test_contact_comes_from_the_account_else_from_the_record(siti):
    siti.party.phone = "6281290001111"
    found = api.contact_of(siti)
    assert (found.email, found.phone, found.language, found.party_id) == (
        "siti@contoh.example", "6281290001111", "id", siti.party_id
    )


def test_two_accounts_cannot_share_an_address(siti):
    with pytest.raises(api.AddressTaken):
        api.create_user(name="Lain", email="SITI@contoh.example", now=NOW)


def test_old_counts_and_codes_are_forgotten_each_night(siti):
    from dgs.core.accounts.codes import send_code
    from dgs.core.accounts.contact import Address
    from dgs.core.accounts.models import AttemptCount, OneTimeCode
    from dgs.core.accounts.tasks import forget

    send_code(purpose="signup", address=Address("email", "a@contoh.example"), body="%(code)s", subject="",
              language="id", now=NOW - timedelta(days=8))
    forget(timestamp=0)
    assert not AttemptCount.objects.exists()
    assert not OneTimeCode.objects.exists()
