"""Tests of signing in: by any address, throttled, telling nothing about who has an account."""

import pytest
from django.test import RequestFactory
from django.urls import reverse
from django.utils import timezone

from dgs.core.accounts import api
from dgs.core.accounts.models import Session, User
from dgs.core.accounts.sessions import RecognitionMiddleware, SessionStore
from dgs.core.accounts.tests.conftest import PASSWORD
from dgs.core.audit.models import AuditRow

pytestmark = pytest.mark.django_db
SIGN_IN = "/akun/masuk"


def post(browser, login, password=PASSWORD, **more):
    return browser.post(SIGN_IN, {"login": login, "password": password, **more})


def is_in(browser):
    return "_auth_user_id" in browser.session


@pytest.fixture
def budi():
    return api.create_user(name="Budi Percobaan", phone="0812 9000 0002", email="budi@contoh.example",
                           password=PASSWORD, now=timezone.now())


@pytest.mark.parametrize(
    "login",
    ["budi@contoh.example", " BUDI@Contoh.Example ", "081290000002", "+62 812-9000-0002", "6281290000002"],
)
def test_any_way_of_writing_ones_address_signs_in(browser, budi, login):
    answer = post(browser, login)
    assert answer.status_code == 302, answer.content.decode()
    assert int(browser.session["_auth_user_id"]) == budi.pk
    assert AuditRow.objects.filter(action="accounts.sign_in", actor=budi.pk).count() == 1


def test_signing_in_leads_back_to_where_one_wanted_to_go(browser, budi):
    answer = browser.get(reverse("accounts:profile"))
    assert answer["Location"] == f"{SIGN_IN}?next=/akun/profil"
    page = browser.get(answer["Location"])
    assert b'name="next" value="/akun/profil"' in page.content
    assert post(browser, "budi@contoh.example", next="/akun/profil")["Location"] == "/akun/profil"


def test_signing_in_never_leads_to_another_site(browser, budi):
    assert "evil" not in post(browser, "budi@contoh.example", next="https://evil.example/")["Location"]


def test_a_session_gets_a_new_key_when_signing_in(browser, budi):
    browser.get("/akun/lupa")
    session = browser.session
    session["x"] = 1
    session.save()
    browser.cookies["sessionid"] = session.session_key
    before = session.session_key
    post(browser, "budi@contoh.example")
    assert browser.session.session_key != before


def test_the_session_ends_with_the_browser_unless_asked_otherwise(browser, budi):
    post(browser, "budi@contoh.example")
    assert browser.session.get_expire_at_browser_close()
    browser.logout()
    post(browser, "budi@contoh.example", remember="true")
    assert not browser.session.get_expire_at_browser_close()


def test_a_wrong_password_and_an_unknown_address_are_answered_alike(browser, budi):
    def shown(login):
        answer = post(browser, login, "salah-sekali-1")
        page = answer.content.decode().replace(login, "")
        start = page.index("<main")
        return answer.status_code, page[start:].split("csrfmiddlewaretoken")[0], "alamat" in page or "address" in page

    assert shown("budi@contoh.example") == shown("nobody@contoh.example")
    assert not is_in(browser)


def test_a_closed_account_is_answered_like_a_wrong_password(browser, budi):
    wrong = post(browser, "budi@contoh.example", "salah-sekali-1")
    api.close_account(user=budi, by=None, now=timezone.now())
    closed = post(browser, "budi@contoh.example")
    assert closed.status_code == wrong.status_code == 200
    assert closed.context["form"].errors == wrong.context["form"].errors
    assert not is_in(browser)


def test_after_six_wrong_passwords_the_right_one_must_wait(browser, budi, tomorrow_counts):
    for _ in range(6):
        post(browser, "budi@contoh.example", "salah-sekali-1")
    refused = post(browser, "081290000002")
    assert not is_in(browser)
    assert refused.context["form"].non_field_errors()
    tomorrow_counts()
    post(browser, "budi@contoh.example")
    assert is_in(browser)


def test_unknown_addresses_are_throttled_too(browser):
    for _ in range(6):
        first = post(browser, "nobody@contoh.example", "salah-sekali-1")
    seventh = post(browser, "nobody@contoh.example", "salah-sekali-1")
    assert seventh.context["form"].errors != first.context["form"].errors


def test_a_success_starts_the_count_afresh(browser, budi):
    for _ in range(5):
        post(browser, "budi@contoh.example", "salah-sekali-1")
    post(browser, "budi@contoh.example")
    assert is_in(browser)
    browser.logout()
    for _ in range(5):
        post(browser, "budi@contoh.example", "salah-sekali-1")
    post(browser, "budi@contoh.example")
    assert is_in(browser)


def test_many_wrong_passwords_for_many_accounts_from_one_place_must_wait(browser, budi):
    for number in range(60):
        post(browser, f"nobody{number}@contoh.example", "salah-sekali-1")
    post(browser, "budi@contoh.example")
    assert not is_in(browser)
    browser.post(SIGN_IN, {"login": "budi@contoh.example", "password": PASSWORD}, REMOTE_ADDR="10.9.8.7")
    assert is_in(browser)


def test_signing_out_asks_first_and_then_ends_the_session(browser, budi):
    browser.force_login(budi)
    assert browser.get("/akun/keluar").status_code == 200
    assert is_in(browser)
    assert browser.post("/akun/keluar").status_code == 302
    assert not is_in(browser)


def test_signing_in_needs_the_token_of_the_form(budi):
    from django.test import Client

    strict = Client(enforce_csrf_checks=True)
    assert post(strict, "budi@contoh.example").status_code == 403


@pytest.mark.parametrize(
    "path", ["/akun/login/", "/akun/signup/", "/akun/email/", "/accounts/login/", "/akun/password/reset/",
             "/akun/2fa/", "/akun/phone/verify/"],
)
def test_addresses_of_allauth_that_are_not_used_lead_nowhere(browser, path):
    assert browser.get(path).status_code == 404


def test_strange_text_as_address_is_only_a_wrong_address(browser):
    for login in ["🙂", "a" * 254, "' OR 1=1", "‮moc.elpmaxe", "@", "0" * 30]:
        assert post(browser, login).status_code == 200
    assert not User.objects.exists()


def test_a_null_byte_is_refused_without_an_error(browser):
    assert post(browser, "a\x00b@contoh.example").status_code == 200


def test_a_session_knows_whose_it_is_and_both_are_found_in_one_query(browser, budi, django_assert_num_queries):
    browser.get("/akun/masuk")
    assert not Session.objects.filter(user=budi).exists()
    post(browser, "budi@contoh.example")
    kept = Session.objects.get(pk=browser.session.session_key)
    assert kept.user_id == budi.pk and kept.get_decoded()["_auth_user_id"] == str(budi.pk)
    request = RequestFactory().get("/")
    request.session = SessionStore(kept.pk)
    RecognitionMiddleware(lambda _request: None).process_request(request)
    with django_assert_num_queries(1):
        assert request.user == budi and request.user.is_authenticated


@pytest.mark.parametrize("change", [{"is_active": False}, {"session_round": 5}, {"password": "!"}])
def test_a_session_ends_with_the_account_the_round_or_the_password(browser, budi, change):
    post(browser, "budi@contoh.example")
    assert browser.get("/akun/profil").status_code == 200
    User.objects.filter(pk=budi.pk).update(**change)
    assert browser.get("/akun/profil").status_code == 302


def test_a_session_that_was_signed_out_or_ran_out_is_nobodys(browser, budi):
    post(browser, "budi@contoh.example")
    key = browser.session.session_key
    Session.objects.filter(pk=key).update(expire_date=timezone.now())
    assert browser.get("/akun/profil").status_code == 302
    post(browser, "budi@contoh.example")
    browser.post("/akun/keluar")
    assert not Session.objects.filter(user=budi).exclude(pk=key).exists()


def test_a_session_whose_row_names_another_person_does_not_make_one_of_them(browser, budi):
    """The account that came with the session counts only if it is the one the sealed session names."""
    other = api.create_user(name="Siti Contohwati", phone="0812 9000 0003", password=PASSWORD, now=timezone.now())
    post(browser, "budi@contoh.example")
    Session.objects.filter(pk=browser.session.session_key).update(user=other)
    answer = browser.get("/akun/profil")
    assert answer.wsgi_request.user == budi


@pytest.mark.django_db(transaction=True)
def test_a_session_whose_account_is_gone_is_nobodys_and_ends_when_it_is_renewed(browser, budi):
    """Nothing here deletes an account; whoever does it in the database must not leave a process trying new keys for ever."""
    post(browser, "budi@contoh.example")
    store = SessionStore(browser.session.session_key)
    assert store["_auth_user_id"] == str(budi.pk)
    row = Session.objects.get(pk=store.session_key)
    User.objects.filter(pk=budi.pk).delete()
    Session.objects.create(session_key=row.pk, session_data=row.session_data, expire_date=row.expire_date, user_id=budi.pk)
    request = RequestFactory().get("/")
    request.session = SessionStore(row.pk)
    RecognitionMiddleware(lambda _request: None).process_request(request)
    assert not request.user.is_authenticated
    store.cycle_key()
    assert store.session_key != row.pk and not Session.objects.filter(pk=row.pk).exists()
