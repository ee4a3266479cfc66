"""The portal's pages over HTTP: home with and without content, menus, language, theme, errors, the demo's page."""

from __future__ import annotations

import json

import pytest
from django.db import OperationalError
from django.test import Client, RequestFactory
from django.urls import reverse

from dgs.core.portal import views

PAGES = ["portal:home", "portal:help", "portal:privacy", "portal:accessibility", "portal:offices"]


@pytest.mark.django_db
@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("language", ["id", "en"])
def test_every_public_page_opens_in_both_languages_in_an_empty_instance(client, name, language):
    client.cookies["django_language"] = language
    answer = client.get(reverse(name))
    assert answer.status_code == 200
    html = answer.content.decode()
    assert f'<html lang="{language}"' in html
    assert html.count("<h1") == 1
    assert 'id="main"' in html


@pytest.mark.django_db
def test_the_home_page_says_what_is_empty_instead_of_showing_nothing(client):
    html = client.get("/").content.decode()
    assert "Belum ada layanan yang dibuka" in html
    assert "Belum ada permohonan yang selesai bulan ini" in html


def test_the_home_page_offers_every_open_service_and_its_office(client, loaded_region):
    html = client.get("/").content.decode()
    assert "Mau mengurus apa?" in html
    from dgs.core.services.api import open_services

    for service, definition in open_services():
        assert str(definition.title) in html
        assert service.office.name in html


def test_an_office_shows_its_services_and_an_unknown_one_is_not_found(client, loaded_region):
    from dgs.core.services.api import open_services

    service, definition = open_services()[0]
    html = client.get(reverse("portal:office", args=[service.office.slug])).content.decode()
    assert service.office.name in html
    assert str(definition.title) in html
    assert client.get(reverse("portal:office", args=["tidak-ada"])).status_code == 404


@pytest.mark.django_db
def test_pages_are_indonesian_until_the_person_chooses(client):
    assert '<html lang="id"' in client.get("/", headers={"accept-language": "en-GB,en"}).content.decode()
    answer = client.post("/bahasa", {"language": "en", "next": "/bantuan"})
    assert (answer.status_code, answer["Location"]) == (302, "/bantuan")
    assert '<html lang="en"' in client.get("/").content.decode()


@pytest.mark.django_db
def test_an_unknown_language_is_not_kept(client):
    answer = client.post("/bahasa", {"language": "<x>", "next": "/"})
    assert answer.status_code == 302
    assert not answer.cookies


@pytest.mark.django_db
@pytest.mark.parametrize("wanted", ["https://jahat.example/", "//jahat.example", "javascript:alert(1)", ""])
def test_a_choice_never_leads_to_another_site(client, wanted):
    for address in ("/bahasa", "/tampilan"):
        assert client.post(address, {"language": "en", "scheme": "dark", "next": wanted})["Location"] == "/"


@pytest.mark.django_db
def test_light_or_dark_is_kept_and_can_be_given_back_to_the_system(client):
    client.post("/tampilan", {"scheme": "dark"})
    assert 'data-theme="dark"' in client.get("/").content.decode()
    client.post("/tampilan", {"scheme": "auto"})
    assert "data-theme" not in client.get("/").content.decode()
    client.cookies["dgs_theme"] = '"><script>'
    assert "data-theme" not in client.get("/").content.decode()


@pytest.mark.django_db
def test_choices_are_taken_by_post_only(client):
    answer = client.get("/bahasa")
    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert "hanya menerima kiriman dari formulir" in answer.content.decode()
    assert client.get("/tampilan").status_code == 405


@pytest.mark.django_db
def test_the_home_page_can_be_kept_for_everybody(client):
    answer = client.get("/")
    assert not answer.cookies
    assert "csrfmiddlewaretoken" not in answer.content.decode()


@pytest.mark.django_db
def test_a_missing_page_is_a_designed_page(client):
    answer = client.get("/tidak-ada-di-sini")
    assert answer.status_code == 404
    assert "Halaman ini tidak kami temukan" in answer.content.decode()


def test_our_own_error_is_told_without_touching_the_database():
    request = RequestFactory().get("/")
    try:
        raise ValueError("boom")
    except ValueError:
        answer = views.failed(request)
    assert answer.status_code == 500
    assert "boom" not in answer.content.decode()


def test_a_database_that_cannot_be_reached_closes_the_site_for_a_moment():
    request = RequestFactory().get("/")
    request.COOKIES["dgs_theme"] = "dark"
    try:
        raise OperationalError("gone")
    except OperationalError:
        answer = views.failed(request)
    assert answer.status_code == 503
    assert answer["Retry-After"] == "120"
    assert 'data-theme="dark"' in answer.content.decode()


@pytest.mark.django_db
def test_a_visitor_meets_the_closed_page_when_the_database_is_gone(client, monkeypatch):
    def gone():
        raise OperationalError("gone")

    monkeypatch.setattr(views.queries, "open_services", gone)
    client.raise_request_exception = False
    answer = client.get("/")
    assert answer.status_code == 503
    assert "berhenti sejenak" in answer.content.decode()


def test_what_cannot_be_read_is_told_in_words():
    assert views.unreadable(RequestFactory().get("/")).status_code == 400


@pytest.mark.django_db
def test_an_old_form_is_told_in_words():
    answer = Client(enforce_csrf_checks=True).post("/style/")
    assert answer.status_code == 403
    assert "terlalu lama terbuka" in answer.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/demo", "/style/"])
def test_pages_of_the_demo_are_not_there_on_a_real_installation(client, settings, address):
    settings.DEMO = settings.DEBUG = False
    assert client.get(address).status_code == 404


@pytest.mark.django_db
def test_the_demo_page_lists_the_accounts_that_were_made(client, settings, tmp_path):
    settings.DEMO, settings.DATA_DIR = True, tmp_path
    assert "belum mempunyai akun" in client.get("/demo").content.decode()
    (tmp_path / "demo-accounts.json").write_text(json.dumps({
        "password": "perahu-songket-1234",
        "accounts": [{"name": "Siti Contohwati", "username": "siti@dgs.example", "role": "citizen", "office": ""}],
    }))
    html = client.get("/demo").content.decode()
    assert "perahu-songket-1234" in html
    assert "siti@dgs.example" in html


@pytest.mark.django_db
@pytest.mark.parametrize("region", ["banyuasin", "medan", "banten"])
def test_the_style_guide_shows_every_component_in_every_region(client, settings, region):
    settings.DEMO, settings.REGION = True, region
    html = client.get("/style/").content.decode()
    assert f"ui/themes/{region}.css" in html
    assert f"ui/emblems/{region}.svg" in html
    assert "csrfmiddlewaretoken" not in html


def test_staff_land_on_the_desk_and_citizens_on_their_applications(client, users):
    assert client.get("/masuk/lanjut").status_code == 302
    client.force_login(users("verifier")[0])
    staff = client.get("/masuk/lanjut")["Location"]
    client.force_login(users("citizen")[0] if users("citizen") else users("auditor")[0])
    assert client.get("/masuk/lanjut").status_code == 302
    assert staff


@pytest.mark.django_db
def test_the_public_figures_name_their_month_and_draw_a_line_only_when_there_is_one(client, monkeypatch):
    from datetime import date

    from dgs.core.indicators import api as indicators

    def figures(now):
        return indicators.PublicFigures(
            month=date(2026, 11, 1), done=1204, median=3, on_time=96, done_line=[3, 5, 1204], median_line=[None, 2, 3],
            on_time_line=[None, None, 96],
        )

    monkeypatch.setattr(indicators, "public_figures", figures)
    html = client.get("/").content.decode()
    assert "1.204" in html
    assert "96" in html
    assert "November\u00a02026" in html
    assert html.count('class="spark"') == 1


@pytest.mark.django_db
def test_a_page_below_one_of_the_menu_marks_the_nearest_above_it(client, users):
    client.force_login(users("clerk")[0])
    page = client.get("/pengingat/tangan").content.decode()
    assert page.count('href="/pengingat" aria-current="page"') >= 1
    assert 'href="/meja" aria-current="page"' not in client.get("/meja/laporan-sms").content.decode()
