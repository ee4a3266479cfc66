"""Tests of the administrators' pages: who may register what for which office, and the secret that is shown once."""

import pytest
from django.test import Client

from dgs.core.access.models import Grant, Role
from dgs.core.accounts.models import User
from dgs.core.audit.models import AuditRow
from dgs.core.organisations.models import Office
from dgs.core.signon.actions.applications import secret_hash
from dgs.core.signon.models import Application, SignOn
from dgs.core.signon.tests import flow

pytestmark = pytest.mark.django_db
GOOD = {
    "name": "Arsip", "contact": "arsip@contoh.example", "purpose": "Mencari arsip", "purpose_en": "Looking for files",
    "kind": "server", "redirect_uris": "https://arsip.example.go.id/kembali", "scopes": ["profile"],
}


@pytest.fixture
def admin(dukcapil):
    user = User.objects.create_user(username="admin@contoh.example", name="Admin")
    role = Role.objects.create(code="penguji", title="Penguji", permissions=["signon.manage_applications"], is_staff=True)
    Grant.objects.create(user=user, role=role, office=dukcapil, valid_from="2020-01-01")
    browser = Client()
    browser.force_login(user)
    return browser


def test_registering_shows_a_secret_once_and_keeps_only_its_hash(admin, dukcapil):
    page = admin.post("/aplikasi-kantor/baru", {**GOOD, "office": dukcapil.pk})
    made, secret = Application.objects.get(), page.context["secret"]
    assert secret in page.content.decode() and page["Cache-Control"].count("no-store")
    assert made.secret_hash == secret_hash(secret) and made.scopes == ["openid", "profile"]
    assert secret not in admin.get(f"/aplikasi-kantor/{made.client_id}").content.decode()
    row = AuditRow.objects.get(action="signon.register_application")
    assert secret not in str(row.facts) and row.office == "dukcapil"


@pytest.mark.parametrize("address", [
    "http://arsip.example.go.id/", "https://*.example.go.id/", "https://a.example/#x", "javascript:alert(1)", "https://u:p@a.example/",
    "myapp://x", "//a.example/", "https:///x", "http://127.0.0.1/x", "https://a.example/<b>", "https://a.example:99999/",
])
def test_an_address_that_is_not_encrypted_and_whole_is_refused(admin, dukcapil, address):
    answer = admin.post("/aplikasi-kantor/baru", {**GOOD, "office": dukcapil.pk, "redirect_uris": address})
    assert answer.status_code == 422 and "redirect_uris" in answer.context["form"].errors
    assert not Application.objects.exists()


def test_this_machine_is_an_address_in_the_demo_only(admin, dukcapil, settings):
    settings.DEMO = True
    admin.post("/aplikasi-kantor/baru", {**GOOD, "office": dukcapil.pk, "redirect_uris": "http://127.0.0.1:9000/kembali"})
    assert Application.objects.get().redirect_uris == ["http://127.0.0.1:9000/kembali"]


def test_the_nik_takes_a_legal_basis(admin, dukcapil):
    wants = {**GOOD, "office": dukcapil.pk, "scopes": ["identity"]}
    assert admin.post("/aplikasi-kantor/baru", wants).status_code == 422
    assert not Application.objects.exists()
    admin.post("/aplikasi-kantor/baru", {**wants, "identity_basis": "Perbup 12/2026 Pasal 4"})
    assert Application.objects.get().scopes == ["openid", "identity"]


def test_another_office_cannot_be_named_nor_its_application_touched(admin, dukcapil, register):
    other = Office.objects.create(slug="dishub", kind="transport", name="Dishub", short_name="Dishub", region=dukcapil.region)
    assert admin.post("/aplikasi-kantor/baru", {**GOOD, "office": other.pk}).status_code == 422
    theirs = register(office=other)
    for path in ("", "/ubah", "/rahasia", "/saklar"):
        assert admin.post(f"/aplikasi-kantor/{theirs.client_id}{path}", {"on": "0"}).status_code in (404, 405)
    theirs.refresh_from_db()
    assert theirs.is_active and theirs.secret_hash == secret_hash(theirs.secret) and Application.objects.count() == 1


def test_a_new_secret_ends_the_old_one(admin, arsip, signed_in):
    code, verifier = flow.code_of(signed_in, arsip)
    new = admin.post(f"/aplikasi-kantor/{arsip.client_id}/rahasia").context["secret"]
    assert flow.redeem(Client(), arsip, code, verifier).status_code == 401
    arsip.secret = new
    assert flow.redeem(Client(), arsip, code, verifier).status_code == 200


def test_switching_off_ends_every_sign_on_and_switching_on_revives_none(admin, arsip, signed_in):
    tokens = flow.tokens_of(signed_in, arsip)
    admin.post(f"/aplikasi-kantor/{arsip.client_id}/saklar", {"on": "0"})
    assert SignOn.objects.get().ended_why == "switched_off"
    assert flow.userinfo(Client(), tokens).status_code == 401
    assert signed_in.get(flow.question(arsip)[0]).status_code == 400
    admin.post(f"/aplikasi-kantor/{arsip.client_id}/saklar", {"on": "1"})
    assert flow.userinfo(Client(), tokens).status_code == 401
    assert flow.renew(Client(), arsip, tokens["refresh_token"]).status_code == 400


def test_changing_takes_a_scope_away_at_once(admin, arsip, signed_in, dukcapil, settings):
    settings.DEMO = True
    tokens = flow.tokens_of(signed_in, arsip)
    assert "name" in flow.userinfo(Client(), tokens).json()
    wanted = {**GOOD, "office": dukcapil.pk, "redirect_uris": "\n".join(arsip.redirect_uris), "scopes": ["email"],
              "after_logout_uris": ""}
    assert admin.post(f"/aplikasi-kantor/{arsip.client_id}/ubah", wanted).status_code == 302
    assert set(flow.userinfo(Client(), tokens).json()) == {"sub"}
    assert set(AuditRow.objects.get(action="signon.change_application").facts["changed"]) == {"after_logout_uris", "scopes"}


def test_the_pages_open_with_and_without_applications(admin, arsip):
    for path in ("", "/baru", f"/{arsip.client_id}", f"/{arsip.client_id}/ubah"):
        answer = admin.get(f"/aplikasi-kantor{path}")
        assert answer.status_code == 200 and "[]" not in answer.content.decode()


@pytest.mark.parametrize("rows", [1, 4])
def test_the_lists_take_as_many_queries_for_many_rows_as_for_one(admin, register, signed_in, assert_queries, rows):
    for number in range(rows):
        flow.code_of(signed_in, register(f"Aplikasi {number}"))
    for browser, path in ((admin, "/aplikasi-kantor"), (signed_in, "/akun/aplikasi")):
        browser.get(path)
    with assert_queries("signon applications", rows):
        assert f"Aplikasi {rows - 1}" in admin.get("/aplikasi-kantor").content.decode()
    with assert_queries("signon consents", rows):
        assert f"Aplikasi {rows - 1}" in signed_in.get("/akun/aplikasi").content.decode()
