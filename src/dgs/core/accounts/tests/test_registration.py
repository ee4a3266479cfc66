"""Tests of registration: every step, each refusal, two at once."""

import threading

import pytest
from django.db import connection
from django.utils import timezone

from dgs.core.accounts import registration
from dgs.core.accounts.actions import AddressTaken
from dgs.core.accounts.contact import Address
from dgs.core.accounts.models import Session, User
from dgs.core.accounts.registration import ConsentMissing, NikTaken, register_citizen
from dgs.core.accounts.tests.conftest import NIK, PASSWORD, citizen
from dgs.core.audit.models import AuditRow
from dgs.core.messaging.models import Message
from dgs.core.parties import api as parties
from dgs.core.parties.models import Party

pytestmark = pytest.mark.django_db
NEW = "baru@contoh.example"
OTHER_NIK = "1607105203919102"
STEPS = "/akun/daftar"


def prove(browser, code_for, address=NEW):
    browser.post(STEPS, {"address": address})
    return browser.post(f"{STEPS}/kode", {"code": code_for(address)})


def walk(browser, code_for, village, *, address=NEW, nik=NIK, until="sandi", password=PASSWORD):
    """All steps up to one; answers the last response."""
    answer = prove(browser, code_for, address)
    for path, data in [
        ("data-diri", {"name": "Siti  Contohwati", "nik": nik}),
        ("kelahiran", {"birth_place": "Palembang", "birth_on": "1991-03-12", "sex": "P"}),
        ("alamat", {"address": "Jalan Contoh 9, RT 001/RW 002", "region": village.code, "region-text": "Contohrejo"}),
        ("periksa", {"consent": "true"}),
        ("sandi", {"password": password}),
    ]:
        answer = browser.post(f"{STEPS}/{path}", data)
        if path == until:
            return answer
        assert answer.status_code == 302, (path, answer.content.decode()[-3000:])
    return answer


def test_a_citizen_registers_and_is_signed_in(browser, code_for, village):
    answer = walk(browser, code_for, village)
    assert answer.status_code == 302, answer.content.decode()
    user = User.objects.get(email=NEW)
    assert int(browser.session["_auth_user_id"]) == user.pk
    assert user.name == "Siti Contohwati"
    assert user.check_password(PASSWORD)
    person = parties.person_by_nik(NIK)
    assert user.party_id == person.pk
    assert (person.sex, person.birth_on.isoformat(), person.birth_place) == ("P", "1991-03-12", "Palembang")
    assert person.party.region == village
    consent = AuditRow.objects.get(action="accounts.consent")
    assert consent.facts["version"] == registration.PRIVACY_VERSION
    assert consent.person == person.pk


def test_a_citizen_registers_with_a_phone_number(browser, code_for, village):
    browser.post(STEPS, {"address": "0812 9000 1111"})
    message = Message.objects.get()
    assert (message.channel, message.to, message.is_secret) == ("sms", "6281290001111", True)
    assert len(message.body) <= 160
    browser.post(f"{STEPS}/kode", {"code": code_for("6281290001111")})
    assert browser.get(f"{STEPS}/data-diri").status_code == 200


def test_birth_day_and_sex_are_filled_in_from_the_nik(browser, code_for, village):
    walk(browser, code_for, village, until="data-diri")
    form = browser.get(f"{STEPS}/kelahiran").context["form"]
    assert (form["birth_on"].value(), form["sex"].value()) == ("1991-03-12", "P")


def test_a_skipped_step_leads_back_to_the_first_that_is_due(browser, code_for, village):
    assert browser.get(f"{STEPS}/sandi")["Location"] == STEPS
    browser.post(STEPS, {"address": NEW})
    for path in ("data-diri", "kelahiran", "alamat", "periksa", "sandi"):
        assert browser.get(f"{STEPS}/{path}")["Location"] == f"{STEPS}/kode"
        assert browser.post(f"{STEPS}/{path}", {"name": "X Y", "nik": NIK})["Location"] == f"{STEPS}/kode"
    browser.post(f"{STEPS}/kode", {"code": code_for(NEW)})
    assert browser.post(f"{STEPS}/sandi", {"password": PASSWORD})["Location"] == f"{STEPS}/data-diri"
    assert not User.objects.exists()


def test_the_back_button_shows_what_was_typed(browser, code_for, village):
    walk(browser, code_for, village, until="periksa")
    assert browser.get(f"{STEPS}/data-diri").context["form"]["name"].value() == "Siti Contohwati"
    page = browser.get(f"{STEPS}/alamat")
    assert b"Contohrejo" in page.content
    assert browser.get(f"{STEPS}/periksa").status_code == 200


def test_the_nik_does_not_lie_readable_in_the_session(browser, code_for, village):
    walk(browser, code_for, village, until="data-diri")
    assert NIK not in str(Session.objects.get(pk=browser.session.session_key).get_decoded())


def test_the_nik_is_shown_masked_on_the_check_page(browser, code_for, village):
    walk(browser, code_for, village, until="alamat")
    page = browser.get(f"{STEPS}/periksa").content.decode()
    assert NIK not in page
    assert parties.mask_nik(NIK) in page


@pytest.mark.parametrize("address", ["", "abc", "021 555 1234", "a@b", "@", "08", "🙂@contoh.example", "a" * 300])
def test_an_address_that_is_none_is_refused_in_words(browser, address):
    answer = browser.post(STEPS, {"address": address})
    assert answer.status_code == 422
    assert answer.context["form"].errors["address"]
    assert not Message.objects.exists()


def test_an_address_that_has_an_account_gets_the_same_page_but_no_code(browser, siti):
    known = browser.post(STEPS, {"address": siti.email})
    unknown = browser.post(STEPS, {"address": NEW})
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    told = Message.objects.get(to=siti.email).body
    assert "/akun/masuk" in told
    assert "?" not in told
    assert not any(word.isdigit() and len(word) == 6 for word in told.split())


def test_no_code_opens_registration_for_an_address_that_has_an_account(browser, siti):
    browser.post(STEPS, {"address": siti.email})
    for code in ("000000", "123456"):
        answer = browser.post(f"{STEPS}/kode", {"code": code})
        assert answer.status_code == 422
    assert browser.get(f"{STEPS}/data-diri")["Location"] == f"{STEPS}/kode"


def test_a_wrong_code_is_said_beside_the_field(browser, code_for):
    browser.post(STEPS, {"address": NEW})
    wrong = f"{(int(code_for(NEW)) + 1) % 1_000_000:06}"
    answer = browser.post(f"{STEPS}/kode", {"code": wrong})
    assert answer.status_code == 422
    assert answer.context["form"].errors["code"]


def test_a_new_code_can_be_asked_for_but_not_without_end(browser, code_for):
    browser.post(STEPS, {"address": NEW})
    for _ in range(8):
        assert browser.post(f"{STEPS}/kode", {"_again": "1"}).status_code == 302
    assert Message.objects.count() == 5


def test_the_session_gets_a_new_key_when_the_address_is_proved(browser, code_for):
    browser.post(STEPS, {"address": NEW})
    before = browser.session.session_key
    browser.post(f"{STEPS}/kode", {"code": code_for(NEW)})
    assert browser.session.session_key != before


@pytest.mark.parametrize("nik", ["", "123", "16071052039191O1", "1607109903919101", "1607105213919101", "9" * 16])
def test_a_nik_that_cannot_be_is_refused(browser, code_for, village, nik):
    prove(browser, code_for)
    answer = browser.post(f"{STEPS}/data-diri", {"name": "Siti Contohwati", "nik": nik})
    assert answer.status_code == 422
    assert answer.context["form"].errors["nik"]
    assert browser.get(f"{STEPS}/kelahiran").status_code == 302


@pytest.mark.parametrize("name", ["", "1", "12345", "Siti 2", "---"])
def test_a_name_that_cannot_be_is_refused(browser, code_for, village, name):
    prove(browser, code_for)
    answer = browser.post(f"{STEPS}/data-diri", {"name": name, "nik": NIK})
    assert answer.context["form"].errors["name"]


def test_a_nik_of_another_account_is_refused_without_saying_whose(browser, code_for, siti):
    prove(browser, code_for)
    answer = browser.post(f"{STEPS}/data-diri", {"name": "Orang Lain", "nik": NIK})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert str(NikTaken.sentence) in page
    assert "siti" not in page.lower()


def test_guessing_niks_is_throttled(browser, code_for, village):
    prove(browser, code_for)
    for number in range(10):
        browser.post(f"{STEPS}/data-diri", {"name": "Siti Contohwati", "nik": f"16071052039192{number:02}"})
    answer = browser.post(f"{STEPS}/data-diri", {"name": "Siti Contohwati", "nik": OTHER_NIK})
    assert answer.status_code == 422
    assert not answer.context["form"].errors.get("nik")


def test_a_person_entered_at_a_counter_claims_the_record_with_the_same_address_only(browser, code_for, village):
    person = parties.register_person(nik=NIK, name="Siti Contohwati", now=timezone.now(), phone="6281290001111")
    with pytest.raises(NikTaken):
        register_citizen(address=Address("email", NEW), citizen=citizen(), password=PASSWORD, consent=True,
                         language="id", now=timezone.now())
    user = register_citizen(address=Address("sms", "6281290001111"), citizen=citizen(), password=PASSWORD,
                            consent=True, language="id", now=timezone.now())
    assert user.party_id == person.pk
    assert Party.objects.count() == 1


@pytest.mark.parametrize(
    ("birth_on", "is_good"), [("2030-01-01", False), ("1800-01-01", False), ("31-02-1991", False), ("12-03-1991", True)]
)
def test_a_birth_day_must_be_possible(browser, code_for, village, birth_on, is_good):
    walk(browser, code_for, village, until="data-diri")
    answer = browser.post(f"{STEPS}/kelahiran", {"birth_place": "Palembang", "birth_on": birth_on, "sex": "P"})
    assert (answer.status_code == 302) is is_good


def test_a_village_is_found_by_name_without_javascript(browser, code_for, village):
    walk(browser, code_for, village, until="kelahiran")
    answer = browser.post(f"{STEPS}/alamat", {"address": "Jalan Contoh 9", "region": "", "region-text": "Contohrejo"})
    assert answer.status_code == 302


@pytest.mark.parametrize("code", ["99.99.99.9999", "16.07", "<script>", "16.07.10.1001' --"])
def test_a_code_that_is_no_village_is_refused(browser, code_for, village, code):
    walk(browser, code_for, village, until="kelahiran")
    answer = browser.post(f"{STEPS}/alamat", {"address": "Jalan Contoh 9", "region": code, "region-text": ""})
    assert answer.status_code == 422
    assert answer.context["form"].errors["region"]


def test_without_consent_nothing_is_kept(browser, code_for, village):
    walk(browser, code_for, village, until="alamat")
    answer = browser.post(f"{STEPS}/periksa", {})
    assert answer.status_code == 422
    assert browser.post(f"{STEPS}/sandi", {"password": PASSWORD})["Location"] == f"{STEPS}/periksa"
    with pytest.raises(ConsentMissing):
        register_citizen(address=Address("email", NEW), citizen=citizen(), password=PASSWORD, consent=False,
                         language="id", now=timezone.now())
    assert not User.objects.exists()
    assert not Party.objects.exists()


@pytest.mark.parametrize(
    "password", ["", "pendek", "password123", "1234567890", "baru@contoh.example", "siti contohwati"]
)
def test_a_weak_password_is_refused(browser, code_for, village, password):
    answer = walk(browser, code_for, village, password=password)
    assert answer.status_code == 422
    assert answer.context["form"].errors["password"]
    assert not User.objects.exists()


def test_sending_the_last_step_twice_makes_one_account(browser, code_for, village):
    walk(browser, code_for, village)
    again = browser.post(f"{STEPS}/sandi", {"password": PASSWORD})
    assert again.status_code == 302
    assert User.objects.count() == 1


def test_registration_leads_on_to_where_one_wanted_to_go(browser, code_for, village):
    browser.get(f"{STEPS}?next=/layanan/akta")
    browser.post(f"{STEPS}?next=/layanan/akta", {"address": NEW})
    browser.post(f"{STEPS}/kode", {"code": code_for(NEW)})
    for path, data in [
        ("data-diri", {"name": "Siti Contohwati", "nik": NIK}),
        ("kelahiran", {"birth_place": "Palembang", "birth_on": "1991-03-12", "sex": "P"}),
        ("alamat", {"address": "Jalan Contoh 9", "region": village.code}),
        ("periksa", {"consent": "true"}),
    ]:
        browser.post(f"{STEPS}/{path}", data)
    assert browser.post(f"{STEPS}/sandi", {"password": PASSWORD})["Location"] == "/layanan/akta"


def test_an_address_taken_meanwhile_is_refused_at_the_end(siti):
    with pytest.raises(AddressTaken):
        register_citizen(address=Address("email", siti.email), citizen=citizen(nik=OTHER_NIK), password=PASSWORD,
                         consent=True, language="id", now=timezone.now())
    assert parties.person_by_nik(OTHER_NIK) is None
    assert User.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_who_register_one_nik_at_the_same_time_one_gets_the_account(village):
    outcomes, start = [], threading.Barrier(2)

    def register(address):
        try:
            start.wait(10)
            register_citizen(address=Address("email", address), citizen=citizen(), password=PASSWORD, consent=True,
                             language="id", now=timezone.now())
            outcomes.append("made")
        except NikTaken:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=register, args=(f"satu{n}@contoh.example",)) for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(outcomes) == ["made", "refused"]
    assert User.objects.count() == 1
    assert Party.objects.count() == 1


@pytest.mark.parametrize("wanted", ["tidak-ada", "//evil.example", "https://evil.example/", "accounts:profile"])
def test_registration_leads_nowhere_strange(browser, code_for, village, wanted):
    browser.post(f"{STEPS}?next={wanted}", {"address": NEW})
    browser.post(f"{STEPS}/kode", {"code": code_for(NEW)})
    for path, data in [
        ("data-diri", {"name": "Siti Contohwati", "nik": NIK}),
        ("kelahiran", {"birth_place": "Palembang", "birth_on": "1991-03-12", "sex": "P"}),
        ("alamat", {"address": "Jalan Contoh 9", "region": village.code}),
        ("periksa", {"consent": "true"}),
        ("sandi", {"password": PASSWORD}),
    ]:
        answer = browser.post(f"{STEPS}/{path}", data)
    assert answer["Location"] == "/masuk/lanjut"
