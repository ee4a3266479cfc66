"""A whole application on a phone of 360 px whose browser runs no JavaScript at all."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from tests.journeys.conftest import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def phone(browser):
    """A page of a small phone without JavaScript."""
    context = browser.new_context(locale="id-ID", java_script_enabled=False, viewport={"width": 360, "height": 640})
    yield context.new_page()
    context.close()


def fill(page, **answers: str) -> None:
    for name, value in answers.items():
        control = page.locator(f"[name='{name.replace('__', '-')}']")
        if control.first.get_attribute("type") == "radio":
            page.locator(f"[name='{name}'][value='{value}']").check()
        elif control.first.evaluate("one => one.tagName") == "SELECT":
            control.select_option(value)
        else:
            control.fill(value)


def go_on(page, title: str) -> None:
    page.locator(".form__acts .button--primary").click()
    page.get_by_role("heading", level=1, name=title).wait_for()


def test_a_birth_certificate_is_applied_for(live_server, phone, password, letter):
    from dgs.core.cases.models import Case

    page, born = phone, (timezone.localdate() - timedelta(days=12)).isoformat()
    address = password("siti")
    page.goto(live_server.url)
    page.locator("#ask").fill("akte lahir")
    page.locator(".ask__button").click()
    page.get_by_role("link", name="Akta kelahiran").click()
    page.get_by_role("link", name="Mulai mengajukan").click()
    fill(page, login=address, password=PASSWORD)
    page.locator("main form .button--primary").first.click()
    page.get_by_role("button", name="Mulai").click()

    fill(page, relation="mother")
    go_on(page, "Anak")
    fill(
        page, child_name="Putri Contoh Percobaan", child_sex="P", birth_date=born, birth_time="08.30",
        birth_facility="hospital", birth_kind="single", child_order="1", birth_weight="3,2", birth_length="49",
        helper="doctor",
    )  # fmt: skip
    page.locator("[name='birth_region-text']").fill("banyuasin")
    # What the place of birth brings with it, and which area was meant, is asked after the first sending.
    page.locator(".form__acts .button--primary").click()
    page.locator(".error-summary").wait_for()
    page.locator("[name=birth_region][value='16.07']").check()
    fill(page, facility_name="RSUD Contoh")
    go_on(page, "Orang tua")
    fill(page, marital_status="registered")
    page.locator(".form__acts .button--primary").click()
    page.get_by_role("heading", level=1, name="Saksi").wait_for()
    witnesses = (("Rina Misalnia", "1607015503909002"), ("Joko Umpama", "1607010101889003"))
    for row, (name, nik) in enumerate(witnesses):
        if not page.locator(f"[name='witnesses-{row}-name']").count():
            page.locator("[name=_add]").click()
        page.locator(f"[name='witnesses-{row}-name']").fill(name)
        page.locator(f"[name='witnesses-{row}-nik']").fill(nik)
    go_on(page, "Dokumen")
    fill(page, has_birth_letter="ya")
    page.locator("[name=marriage_document]").set_input_files(letter)
    page.locator(".form__acts .button--primary").click()
    page.locator("[name=birth_letter]").set_input_files(letter)
    go_on(page, "Periksa jawaban Anda")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.locator("#consent").check()
    page.get_by_role("button", name="Kirim permohonan").click()
    reference = re.search(r"[0-9A-Z]{4}(-[0-9A-Z]{4}){2}", page.locator(".notice").inner_text()).group()
    case = Case.objects.get()
    assert case.reference == reference
    assert case.data["child_name"] == "Putri Contoh Percobaan"
    assert case.data["facility_name"] == "RSUD Contoh"
    assert len(case.data["birth_letter"]) == 1


def test_a_treasurer_says_how_a_banks_csv_is_read(live_server, phone, password, tmp_path):
    from dgs.core.billing.models import StatementMapping

    page = phone
    page.goto(f"{live_server.url}/akun/masuk")
    fill(page, login=password("bendahara"), password=PASSWORD)
    page.locator("button[type=submit], .form__acts button").first.click()
    file = tmp_path / "contoh.csv"
    file.write_text("Wkt;Nlai;Arah;Ket;Kode\n11/20/2026;150,000.00;K;SETORAN SITI CONTOHWATI;R1\n11/21/2026;6,500.00;D;ADM;R2\n")
    page.goto(f"{live_server.url}/bendahara/mutasi/susunan")
    page.locator("[name=file]").set_input_files(file)
    page.locator("form[enctype] button").click()
    page.get_by_role("heading", level=1, name="Pilih kolom").wait_for()
    for place, kind in enumerate(("date", "amount", "mark", "text", "reference")):
        page.locator(f"[name=column_{place}]").select_option(kind)
    fill(page, name="Bank Ganjil", decimal_sign=".", date_format="mdy")
    page.locator("button[name=show]").click()
    page.get_by_text("6.500").first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.locator("button[name=save]").click()
    page.get_by_text("Tersimpan. Mulai").wait_for()
    assert StatementMapping.objects.get().columns["text"] == [3]
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
