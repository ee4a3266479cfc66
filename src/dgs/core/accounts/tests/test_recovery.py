"""Tests of a forgotten password and of a new contact: by code, telling nothing, ending other sessions."""

import pytest
from django.test import Client
from django.utils import timezone

from dgs.core.accounts import api
from dgs.core.accounts.models import User
from dgs.core.accounts.tests.conftest import PASSWORD
from dgs.core.audit.models import AuditRow
from dgs.core.messaging.models import Message

pytestmark = pytest.mark.django_db
NEW_PASSWORD = "bakau-layar-7310"
FORGOT = "/akun/lupa"


def prove(browser, code_for, user):
    browser.post(FORGOT, {"address": user.email})
    return browser.post(f"{FORGOT}/kode", {"code": code_for(user.email)})


def test_a_code_opens_the_way_to_a_new_password(browser, code_for, siti):
    assert prove(browser, code_for, siti)["Location"] == f"{FORGOT}/sandi"
    answer = browser.post(f"{FORGOT}/sandi", {"password": NEW_PASSWORD})
    assert answer["Location"] == "/akun/masuk"
    siti.refresh_from_db()
    assert siti.check_password(NEW_PASSWORD)
    assert "_auth_user_id" not in browser.session
    assert AuditRow.objects.get(action="accounts.set_password").facts == {"how": "reset"}


def test_a_new_password_ends_all_sessions(browser, code_for, siti):
    elsewhere = Client()
    elsewhere.force_login(siti)
    assert elsewhere.get("/akun/profil").status_code == 200
    prove(browser, code_for, siti)
    browser.post(f"{FORGOT}/sandi", {"password": NEW_PASSWORD})
    assert elsewhere.get("/akun/profil").status_code == 302


@pytest.mark.parametrize("change", [{"is_active": False}, {"email": "lain@contoh.example", "username": "lain@contoh.example"}])
def test_a_code_of_an_account_that_changed_meanwhile_is_like_a_wrong_one(browser, code_for, siti, change):
    browser.post(FORGOT, {"address": siti.email})
    code = code_for(siti.email)
    User.objects.filter(pk=siti.pk).update(**change)
    answer = browser.post(f"{FORGOT}/kode", {"code": code})
    assert answer.status_code == 422 and "Lihat pesan terbaru" in answer.content.decode()
    assert browser.get(f"{FORGOT}/sandi").status_code == 302


def test_the_page_answers_alike_for_an_unknown_address_and_sends_nothing(browser, siti):
    known, unknown = Client(), Client()
    first = known.post(FORGOT, {"address": siti.email})
    second = unknown.post(FORGOT, {"address": "nobody@contoh.example"})
    assert (first.status_code, first["Location"]) == (second.status_code, second["Location"])
    assert [m.to for m in Message.objects.all()] == [siti.email]
    for one in (known, unknown):
        assert one.get(f"{FORGOT}/kode").status_code == 200
    a = known.post(f"{FORGOT}/kode", {"code": "12345"})
    b = unknown.post(f"{FORGOT}/kode", {"code": "12345"})
    assert a.context["form"].errors == b.context["form"].errors


def test_a_closed_account_gets_no_code(browser, siti):
    api.close_account(user=siti, by=None, now=timezone.now())
    browser.post(FORGOT, {"address": siti.email})
    assert not Message.objects.exists()


def test_without_a_right_code_no_password_is_changed(browser, code_for, siti):
    assert browser.post(f"{FORGOT}/sandi", {"password": NEW_PASSWORD})["Location"] == FORGOT
    browser.post(FORGOT, {"address": siti.email})
    assert browser.post(f"{FORGOT}/sandi", {"password": NEW_PASSWORD})["Location"] == FORGOT
    siti.refresh_from_db()
    assert siti.check_password(PASSWORD)


def test_the_way_to_a_new_password_is_used_once(browser, code_for, siti):
    prove(browser, code_for, siti)
    browser.post(f"{FORGOT}/sandi", {"password": NEW_PASSWORD})
    browser.post(f"{FORGOT}/sandi", {"password": "pandan-rotan-1111"})
    siti.refresh_from_db()
    assert siti.check_password(NEW_PASSWORD)


def test_a_code_is_not_taken_in_another_browser_that_asked_for_another_address(code_for, siti, clerk):
    mine, other = Client(), Client()
    mine.post(FORGOT, {"address": siti.email})
    other.post(FORGOT, {"address": clerk.email})
    assert other.post(f"{FORGOT}/kode", {"code": code_for(siti.email)}).status_code == 422


def test_a_weak_new_password_is_refused(browser, code_for, siti):
    prove(browser, code_for, siti)
    assert browser.post(f"{FORGOT}/sandi", {"password": "password12"}).status_code == 422
    siti.refresh_from_db()
    assert siti.check_password(PASSWORD)


def test_asking_for_codes_is_throttled_for_known_and_unknown_alike(browser, siti):
    for address in (siti.email, "nobody@contoh.example"):
        for _ in range(5):
            assert browser.post(FORGOT, {"address": address}).status_code == 302
        assert browser.post(FORGOT, {"address": address}).status_code == 422
    assert Message.objects.count() == 5


class TestContact:
    """Adding or changing an address of one's own account."""

    PAGE = "/akun/profil/kontak"

    @pytest.fixture
    def mine(self, siti):
        browser = Client()
        browser.force_login(siti)
        browser.post("/akun/pastikan", {"password": PASSWORD})
        return browser

    @pytest.mark.parametrize("given", ["0812 9000 1111", "siti.baru@contoh.example"])
    def test_the_old_contact_is_told_of_the_change(self, mine, siti, code_for, given):
        mine.post(self.PAGE, {"address": given})
        assert not Message.objects.filter(to=siti.email).exists()
        mine.post(f"{self.PAGE}/kode", {"code": code_for(Message.objects.latest("pk").to)})
        told = Message.objects.get(to="siti@contoh.example")
        assert "Akun Anda kini memakai" in told.body
        assert given not in told.body and "6281290001111" not in told.body

    def test_a_proved_phone_number_is_added_and_signs_in(self, mine, siti, code_for, browser):
        mine.post(self.PAGE, {"address": "0812 9000 1111"})
        mine.post(f"{self.PAGE}/kode", {"code": code_for("6281290001111")})
        siti.refresh_from_db()
        assert (siti.phone, siti.username) == ("6281290001111", "siti@contoh.example")
        browser.post("/akun/masuk", {"login": "081290001111", "password": PASSWORD})
        assert int(browser.session["_auth_user_id"]) == siti.pk

    def test_the_name_one_signs_in_with_follows_a_new_e_mail_address(self, mine, siti, code_for):
        mine.post(self.PAGE, {"address": "siti.baru@contoh.example"})
        mine.post(f"{self.PAGE}/kode", {"code": code_for("siti.baru@contoh.example")})
        siti.refresh_from_db()
        assert siti.username == siti.email == "siti.baru@contoh.example"
        assert mine.get("/akun/profil").status_code == 200

    def test_an_unproved_address_is_not_taken(self, mine, siti):
        mine.post(self.PAGE, {"address": "0812 9000 1111"})
        assert mine.post(f"{self.PAGE}/kode", {"code": "12"}).status_code == 422
        siti.refresh_from_db()
        assert siti.phone is None

    def test_an_address_of_another_account_gets_no_code(self, mine, siti, clerk):
        answer = mine.post(self.PAGE, {"address": clerk.email})
        assert answer["Location"] == f"{self.PAGE}/kode"
        assert not any(word.isdigit() for word in Message.objects.get(to=clerk.email).body.split())
        assert User.objects.get(pk=siti.pk).email == "siti@contoh.example"
