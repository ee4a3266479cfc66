"""A form that is sent after its session has ended loses no answer, and shows none to anybody else."""

import re
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from dgs.core.accounts import tasks
from dgs.core.accounts.models import UnsavedAnswers
from dgs.core.cases.actions import drafts
from dgs.core.cases.models import Case, Draft
from dgs.core.cases.tests.conftest import answers_of, upload

PASSWORD = "perahu-songket-1234"  # noqa: S105


@pytest.fixture
def browser(live):
    for user in (live.siti, live.budi, *live.users("verifier"), *live.users("clerk")):
        user.set_password(PASSWORD)
        user.save()
    return Client(enforce_csrf_checks=True)


def token(browser, address="/akun/masuk"):
    return re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', browser.get(address).content.decode())[1]


def sign_in(browser, user, then="/"):
    answer = browser.post("/akun/masuk", {
        "login": user.username, "password": PASSWORD, "next": then, "csrfmiddlewaretoken": token(browser),
    })  # fmt: skip
    assert answer.status_code == 302, answer.content.decode()
    return answer


def hidden(page):
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page))


def end_session(browser):
    browser.cookies.pop("sessionid")


@pytest.fixture
def child(live, browser):
    """The page about the child as Siti filled it in, ready to be sent, and its address."""
    draft = live.draft()
    address = reverse("cases:step", args=[draft.pk, "child"])
    sign_in(browser, live.siti)
    form = hidden(browser.get(address).content.decode())
    values = live.values("akta-kelahiran", owner=live.siti, files=False)
    raw, _files = answers_of(live.definition("akta-kelahiran").form.step("child"), values)
    return address, form | raw | {"child_name": "Putri Belum Tersimpan"}


def test_answers_sent_after_the_session_ended_stand_on_the_page_again_after_signing_in(live, browser, child):
    address, form = child
    end_session(browser)
    answer = browser.post(address + "?from=check", form)
    assert answer.status_code == 302 and answer["Location"] == f"/akun/masuk?next={address}%3Ffrom%3Dcheck"
    assert "Jawaban Anda kami simpan" in browser.get(answer["Location"]).content.decode()
    assert Draft.objects.get().saved_steps == {} and "Belum Tersimpan" not in UnsavedAnswers.objects.get().sealed
    sign_in(browser, live.siti, then=address)
    page = browser.get(address).content.decode()
    assert 'value="Putri Belum Tersimpan"' in page and "belum tersimpan, karena" in page
    answer = browser.post(address, form | hidden(page))
    assert answer.status_code == 302 and not UnsavedAnswers.objects.exists()
    assert drafts.values_of(drafts.draft_of(Draft.objects.get().pk, by=live.siti))["child_name"] == "Putri Belum Tersimpan"
    assert "belum tersimpan, karena" not in browser.get(address).content.decode()


def test_answers_kept_do_not_overwrite_newer_ones_unasked(live, browser, child):
    address, form = child
    end_session(browser)
    browser.post(address, form)
    draft = Draft.objects.get()
    raw, _files = answers_of(
        live.definition("akta-kelahiran").form.step("child"),
        live.values("akta-kelahiran", owner=live.siti, files=False) | {"child_name": "Putri Lebih Baru"},
    )
    saved = drafts.save_step(
        draft_id=draft.pk, step_id="child", raw=raw, uploads={}, saved=0, by=live.siti, now=timezone.now()
    )  # fmt: skip
    assert not saved.errors and saved.draft.saved_steps == {"child": 1}
    sign_in(browser, live.siti, then=address)
    page = browser.get(address).content.decode()
    assert 'value="Putri Belum Tersimpan"' in page and hidden(page)["saved"] == "0"
    answer = browser.post(address, form | hidden(page))
    again = answer.content.decode()
    assert answer.status_code == 409 and 'value="Putri Belum Tersimpan"' in again and hidden(again)["saved"] == "1"
    draft = drafts.draft_of(draft.pk, by=live.siti)
    assert drafts.values_of(draft)["child_name"] == "Putri Lebih Baru" and draft.saved_steps == {"child": 1}


def test_another_person_who_signs_in_on_the_same_browser_sees_nothing_of_them(live, browser, child):
    address, form = child
    end_session(browser)
    browser.post(address, form)
    sign_in(browser, live.budi, then=address)
    answer = browser.get(address)
    assert answer.status_code == 404 and "Belum Tersimpan" not in answer.content.decode()
    UnsavedAnswers.objects.update(owner=live.budi)
    other = live.draft("izin-trayek", by=live.budi)
    elsewhere = reverse("cases:step", args=[other.pk, "documents"])
    UnsavedAnswers.objects.update(path=elsewhere)
    end_session(browser)
    sign_in(browser, live.budi)
    page = browser.get(elsewhere).content.decode()
    assert "belum tersimpan, karena" not in page, "a row moved to another owner in the database is shown to nobody"


def test_a_new_token_after_signing_in_elsewhere_loses_nothing_either(live, browser, child):
    address, form = child
    end_session(browser)
    sign_in(browser, live.siti)
    answer = browser.post(address, form)
    assert answer.status_code == 302 and answer["Location"] == address
    page = browser.get(address).content.decode()
    assert 'value="Putri Belum Tersimpan"' in page
    assert Draft.objects.get().saved_steps == {}


def test_a_browser_that_lost_all_its_cookies_is_asked_to_sign_in_and_loses_nothing(live, browser, child):
    address, form = child
    browser.cookies.clear()
    assert browser.post(address, form)["Location"].startswith("/akun/masuk?next=")
    sign_in(browser, live.siti)
    assert 'value="Putri Belum Tersimpan"' in browser.get(address).content.decode()


def test_a_page_of_one_account_sent_under_another_is_refused_and_kept_for_the_first(live, browser, child):
    address, form = child
    end_session(browser)
    sign_in(browser, live.budi)
    answer = browser.post(address, form)
    assert answer.status_code == 403 and "dibuka oleh akun lain" in answer.content.decode()
    assert UnsavedAnswers.objects.get().owner == live.siti


def test_a_stranger_can_keep_nothing(live, browser, child):
    address, form = child
    end_session(browser)
    for mark in ("", "1:/x:abc:def", form["_whose"][:-2] + "xx"):
        assert browser.post(address, form | {"_whose": mark}).status_code == 302
    other = reverse("cases:step", args=[Draft.objects.get().pk, "witnesses"])
    assert browser.post(other, form).status_code == 302, "a mark is good for its own page only"
    browser.post(address, form | {"child_name": "x" * 300_000})
    assert not UnsavedAnswers.objects.exists()


def test_one_row_is_kept_for_each_page_and_is_gone_after_a_day(live, browser, child):
    address, form = child
    end_session(browser)
    for _time in range(3):
        browser.post(address, form)
    assert UnsavedAnswers.objects.count() == 1
    UnsavedAnswers.objects.update(kept_at=timezone.now() - timedelta(days=1, minutes=1))
    sign_in(browser, live.siti)
    assert "Belum Tersimpan" not in browser.get(address).content.decode()
    tasks.forget(0)
    assert not UnsavedAnswers.objects.exists()


def test_a_part_of_the_page_that_is_asked_for_leads_the_whole_page_to_signing_in(live, browser, child):
    address, form = child
    end_session(browser)
    answer = browser.post(address, form | {"_peek": "1"}, headers={"HX-Request": "true"})
    assert answer.status_code == 204 and answer["HX-Redirect"].startswith("/akun/masuk")
    sign_in(browser, live.siti)
    assert 'value="Putri Belum Tersimpan"' in browser.get(address).content.decode()


def test_files_that_were_chosen_are_named_so_that_they_are_chosen_again(live, browser, rows):
    draft = live.draft("izin-trayek", by=live.budi)
    address = reverse("cases:step", args=[draft.pk, "documents"])
    sign_in(browser, live.budi)
    form = hidden(browser.get(address).content.decode())
    end_session(browser)
    browser.post(address, form | {"stnk": upload("stnk-satu.pdf")})
    assert rows().documents_storedfile == 0
    sign_in(browser, live.budi)
    page = browser.get(address).content.decode()
    assert "Pilih lagi: stnk-satu.pdf" in page


def test_mended_answers_are_not_lost(live, browser):
    case = live.make()
    live.act(case, "correct", marks={"child_name": "Mohon diperiksa lagi."})
    address = reverse("cases:correct", args=[case.reference])
    sign_in(browser, live.siti)
    form = hidden(browser.get(address).content.decode())
    end_session(browser)
    browser.post(address, form | {"child_name": "Nama Diperbaiki"})
    sign_in(browser, live.siti)
    page = browser.get(address).content.decode()
    assert 'value="Nama Diperbaiki"' in page and "belum tersimpan, karena" in page


def test_questions_that_follow_from_a_mended_answer_are_not_lost_either(live, browser):
    case = live.make(birth_facility="home", facility_name=None)
    live.act(case, "correct", marks={"birth_facility": "Surat lahir dari rumah sakit."})
    address = reverse("cases:correct", args=[case.reference])
    sign_in(browser, live.siti)
    form = hidden(browser.get(address).content.decode()) | {"birth_facility": "hospital"}
    assert 'name="facility_name"' in browser.post(address, form).content.decode()
    end_session(browser)
    browser.post(address, form | {"facility_name": "RSUD Misal Sehat"})
    sign_in(browser, live.siti)
    page = browser.get(address).content.decode()
    assert 'value="RSUD Misal Sehat"' in page and "Ini ditanyakan karena perubahan Anda di atas." in page
    assert Case.objects.get().state == "correction"
    answer = browser.post(address, form | hidden(page) | {"facility_name": "RSUD Misal Sehat"})
    assert answer.status_code == 302 and Case.objects.get().data["facility_name"] == "RSUD Misal Sehat"


def test_what_an_officer_wrote_is_not_lost_and_nothing_is_decided(live, browser):
    case = live.make()
    officer = live.officer(case)
    address = reverse("cases:act", args=[case.reference, "correct"])
    sign_in(browser, officer)
    form = hidden(browser.get(address).content.decode())
    end_session(browser)
    browser.post(address, form | {"mark-child_name": "1", "why-child_name": "Tidak sama dengan surat.", "note": "Segera."})
    assert Case.objects.get().state == case.state
    sign_in(browser, officer)
    page = browser.get(address).content.decode()
    assert 'value="Tidak sama dengan surat."' in page and ">Segera.</textarea>" in page


def test_what_an_officer_wrote_is_kept_while_they_set_up_the_second_step(live, browser, settings):
    case = live.make()
    officer = live.officer(case)
    address, on = reverse("cases:act", args=[case.reference, "correct"]), reverse("mfa_activate_totp")
    sign_in(browser, officer)
    form = hidden(browser.get(address).content.decode())
    wrong = {"mark-child_name": "1", "why-child_name": "Tidak sama dengan surat.", "note": "Segera."}
    settings.DGS_SECOND_STEP = ["staff"]
    answer = browser.post(address, form | wrong)
    assert (answer.status_code, answer["Location"]) == (302, on) and UnsavedAnswers.objects.get().owner == officer
    assert "kami simpan selama satu hari" in browser.get(on, follow=True).content.decode()
    assert browser.post(address, form | {"_whose": "", "note": "x"})["Location"] == on
    assert UnsavedAnswers.objects.count() == 1, "what cannot be kept takes nothing away"
    answer = browser.post(address, form | wrong, headers={"HX-Request": "true"})
    assert (answer.status_code, answer["HX-Redirect"]) == (204, on)
    assert Case.objects.get().state == case.state
    Authenticator.objects.create(user=officer, type=Authenticator.Type.TOTP, data={"secret": "x"})
    page = browser.get(address).content.decode()
    assert 'value="Tidak sama dengan surat."' in page and ">Segera.</textarea>" in page
    browser.post(address, form | hidden(page) | wrong)
    assert Case.objects.get().state == "correction" and not UnsavedAnswers.objects.exists()


def test_what_a_clerk_copied_from_a_card_is_not_lost(live, browser):
    clerk = live.users("clerk")[0]
    sign_in(browser, clerk)
    first = browser.post("/meja/loket", {"_find": "1", "nik": "1607015503909002",
                                    "csrfmiddlewaretoken": token(browser, "/meja/loket")})  # fmt: skip
    form = hidden(first.content.decode())
    form.pop("_find", None)
    end_session(browser)
    browser.post("/meja/loket", form | {"nik": "1607015503909002", "name": "Orang Tanpa Akun", "address": "Jalan Misal 1"})
    sign_in(browser, clerk)
    page = browser.get("/meja/loket").content.decode()
    assert 'value="Orang Tanpa Akun"' in page and 'value="1607015503909002"' in page


def test_of_an_address_longer_than_any_page_nothing_is_kept(live, rf, monkeypatch):
    from dgs.core.accounts import unsaved

    monkeypatch.setattr(unsaved.whose, "marked_for", lambda request: live.siti.pk)
    for path, kept in (("/meja/" + "x" * 290, live.siti.pk), ("/meja/" + "-" * 3000, None)):
        assert unsaved.keep_answers(rf.post(path, {"a": "1"}), now=live.now) == kept
    assert UnsavedAnswers.objects.count() == 1
