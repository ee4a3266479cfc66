"""The whole way of an application by keyboard alone: a citizen who applies, officers who decide; no mouse is touched."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from tests.journeys.conftest import PASSWORD
from tests.journeys.hands import Hands

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def hands(page):
    return Hands(page)


def sign_in(hands: Hands, address: str) -> None:
    hands.fill("login", address)
    hands.fill("password", PASSWORD)
    hands.press("Enter")
    hands.page.wait_for_load_state()


def go_on(hands: Hands, title: str) -> None:
    """Save this page of the form; the next one has this title."""
    hands.press_on(hands.page.locator(".form__acts button.button--primary"))
    hands.page.get_by_role("heading", level=1, name=title).wait_for()


def test_a_birth_certificate_is_applied_for_from_the_home_page_to_the_reference_number(
    live_server, page, hands, password, letter
):
    address = password("siti")
    page.goto(live_server.url)
    hands.press("Tab", "Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    hands.press("Tab")
    assert page.evaluate("document.activeElement.id") == "ask"
    hands.write("akte lahir")
    hands.press("Enter")
    page.wait_for_url("**/layanan?**")
    hands.press_on(page.get_by_role("link", name="Akta kelahiran"))
    hands.press_on(page.get_by_role("link", name="Mulai mengajukan"))
    page.wait_for_url("**/akun/masuk**")
    sign_in(hands, address)
    page.wait_for_url("**/ajukan/akta-kelahiran")
    hands.press_on(page.get_by_role("button", name="Mulai"))

    page.get_by_role("heading", level=1, name="Pelapor").wait_for()
    hands.press_on(page.locator(".form__acts button.button--primary"))
    page.locator(".error-summary").wait_for()
    assert page.evaluate("document.activeElement.className") == "error-summary"
    hands.press("Tab", "Enter")
    assert page.evaluate("document.activeElement.name") == "relation"
    hands.choose("relation", "mother")
    go_on(hands, "Anak")

    born = timezone.localdate() - timedelta(days=12)
    hands.fill("child_name", "Putri Contoh Percobaan")
    hands.choose("child_sex", "P")
    hands.fill_date("birth_date", born)
    hands.fill("birth_time", "08.30")
    hands.choose("birth_facility", "hospital")
    hands.fill("facility_name", "RSUD Contoh")
    hands.look_up("birth_region", "banyuasin", "16.07")
    hands.choose("birth_kind", "single")
    hands.fill("child_order", "1")
    hands.fill("birth_weight", "3,2")
    hands.fill("birth_length", "49")
    hands.choose("helper", "doctor")
    go_on(hands, "Orang tua")

    hands.choose("marital_status", "registered")
    go_on(hands, "Saksi")

    for row, (name, nik) in enumerate((("Rina Misalnia", "1607015503909002"), ("Joko Umpama", "1607010101889003"))):
        if not page.locator(f"[name='witnesses-{row}-name']").count():
            hands.press_on(page.locator("[name=_add]"))
        hands.fill(f"witnesses-{row}-name", name)
        hands.fill(f"witnesses-{row}-nik", nik)
    go_on(hands, "Dokumen")

    hands.choose("has_birth_letter", "ya")
    hands.attach("birth_letter", letter)
    hands.attach("marriage_document", letter)
    go_on(hands, "Periksa jawaban Anda")

    assert "Putri Contoh Percobaan" in page.locator("main").inner_text()
    assert "49" in page.locator("main").inner_text()
    hands.press_on(page.get_by_role("button", name="Kirim permohonan"))
    page.locator(".error-summary").wait_for()
    assert page.evaluate("document.activeElement.id") == "errors"
    hands.go_to(page.locator("#consent"))
    hands.press("Space")
    hands.press_on(page.get_by_role("button", name="Kirim permohonan"))

    page.wait_for_url("**/permohonan/**")
    reference = re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}", page.locator(".notice").inner_text()).group()
    hands.press_on(page.get_by_role("link", name="Permohonan saya"))
    hands.press_on(page.locator(f"main a[href$='{reference}']"))
    assert reference in page.locator(".case-head").inner_text()


def test_typing_goes_on_while_the_questions_that_an_answer_brings_are_fetched(live_server, page, hands, password):
    address = password("siti")
    page.goto(live_server.url + "/ajukan/akta-kelahiran")
    sign_in(hands, address)
    hands.press_on(page.get_by_role("button", name="Mulai"))
    hands.choose("relation", "mother")
    go_on(hands, "Anak")
    page.route("**/child", lambda route: (page.wait_for_timeout(400), route.continue_()))
    hands.fill_date("birth_date", timezone.localdate() - timedelta(days=100))
    hands.fill("birth_time", "21.15")
    page.locator("[name=late_reason]").wait_for()
    hands.choose("birth_facility", "clinic")
    page.locator("[name=facility_name]").wait_for()
    hands.look_up("birth_region", "palembang", "16.71")
    assert page.locator("[name=birth_time]").input_value() == "21.15"
    assert page.locator("[name=birth_date]").input_value() == (timezone.localdate() - timedelta(days=100)).isoformat()
    hands.choose("birth_facility", "home", back=True)
    page.locator("[name=facility_name]").wait_for(state="detached")
    assert page.locator("[name=birth_region-text]").input_value().startswith("Kota Palembang")


@pytest.mark.parametrize("width", [360, 1280])
def test_the_focus_is_seen_everywhere_and_leaves_every_page_again(live_server, page, hands, loaded_region, width):
    page.set_viewport_size({"width": width, "height": 780})
    for path in ("/", "/layanan", "/layanan/akta-kelahiran", "/lacak", "/verifikasi", "/akun/masuk", "/akun/daftar", "/style/"):
        page.goto(live_server.url + path)
        assert hands.walk_through() > 8, path


def test_an_officer_works_through_the_desk_by_keys(live_server, page, hands, password, player):
    cases = [player.make("akta-kelahiran", by=player.siti) for _ in range(3)]
    address = password("verifikator.capil")
    page.goto(live_server.url + "/meja")
    sign_in(hands, address)
    page.locator("[data-row]").first.wait_for()
    page.wait_for_load_state()  # the rows stand there before the script that listens to keys has come
    assert page.locator("[data-row]").count() == 3

    hands.press("j", "j", "k")
    assert hands.is_at(page.locator("[data-row] [data-open]").first)
    hands.stop()
    hands.press("c")
    page.locator(".messages, .notice").first.wait_for()
    case = next(one for one in cases if one.refresh_from_db() or one.claimed_by_id)
    assert [one.claimed_by_id for one in cases].count(None) == 2

    hands.press("/")
    assert page.evaluate("document.activeElement.id") == "desk-q"
    hands.write(case.reference)
    hands.press("Enter")
    page.wait_for_url("**q=**")
    hands.press("Escape", "j", "Enter")
    page.wait_for_url(f"**/meja/berkas/{case.reference}")
    hands.walk_through()
    hands.press_on(page.locator("#acts a[href$='/aksi/accept']"))
    page.wait_for_url("**/aksi/accept")
    hands.choose("register_match", "match")
    hands.press_on(page.locator(".form__acts button.button--primary"))
    page.wait_for_url(f"**/meja/berkas/{case.reference}")
    case.refresh_from_db()
    assert case.state == "approval"
