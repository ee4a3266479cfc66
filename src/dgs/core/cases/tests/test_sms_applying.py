"""Tests of applying by SMS: the service's own questions and checks, one case for a conversation, an account first."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model

from dgs.core.cases.models import Case
from dgs.core.messaging.api import segments
from dgs.core.messaging.models import Conversation, Inbound, Message
from dgs.core.regions import api as regions
from dgs.core.services import api as services
from dgs.core.services.actions import set_open
from dgs.core.services.models import Service


@pytest.fixture
def ask(sms, now, siti):
    """Ten seconds go by with each text, so that nobody writes too fast."""
    state = {"at": now}

    def send(text, number=siti.phone, **more):
        state["at"] += timedelta(seconds=10)
        answer = sms(text, number=number, now=state["at"], **more)
        assert answer is None or segments(answer).parts <= 2, answer
        return answer

    return send


def village():
    return regions.search("ta", level=4, within=regions.home_region().code, limit=1)[0]


def to_the_summary(ask, answers=("DAFTAR pengaduan", "Jalan berlubang di depan pasar", "1", "-", "-", "YA")):
    for text in answers:
        answer = ask(text)
    return answer


def code_in(answer):
    return re.search(r"YA (\d{4})", answer)[1]


def test_the_services_own_questions_make_the_persons_own_case(ask, siti):
    assert "Apa yang ingin Anda laporkan" in ask("DAFTAR pengaduan")
    asked = ask("Jalan berlubang di depan pasar")
    assert "1. Jalan, jembatan" in asked and "Balas -" in asked
    assert "desa" in ask("1")
    place = village()
    answer = ask(place.name)
    if "1. " in answer:
        answer = ask("1")
    assert "Kapan" in answer
    assert "Setuju?" in ask("17-11-2026")
    answer = ask("YA")
    for part in ("Jalan berlubang", "Jalan, jembatan", place.name, "17 Nov 2026"):
        assert part[:12] in answer
    answer = ask(f"YA {code_in(answer)}")
    case = Case.objects.get()
    assert case.reference in answer
    assert (case.applicant_id, case.submitted_by_id, case.channel, case.state) == (siti.party_id, siti.pk, "sms", "check")
    assert case.data["report"] == "Jalan berlubang di depan pasar" and case.data["category"] == "road"
    assert case.data["happened_on"] == "2026-11-17" and len(case.data["place"]) == 13
    assert not Conversation.objects.exists()
    assert "sedang diperiksa" in ask("STATUS")


def test_branches_are_honoured_and_wrong_answers_asked_again_with_the_reason(ask):
    for text in ("DAFTAR pengaduan", "Pungli di loket"):
        ask(text)
    assert "1. Jalan" in ask("7")
    assert "1. Jalan" in ask("apa ya")
    assert "rupiah" in ask("Pungutan liar")
    assert "rupiah" in ask("banyak sekali")
    assert "desa" in ask("Rp50.000")
    assert "tidak dikenal" in ask("Zzzzzz")
    assert "Kapan" in ask("-")
    assert "Kapan" in ask("31-12-2027")
    assert "31-01-2026" in ask("kemarin")
    ask("-")
    answer = ask("YA")
    ask(code_in(answer))
    assert Case.objects.get().data["charged"] == 50_000


def test_the_last_sms_twice_is_one_case(ask):
    code = code_in(to_the_summary(ask))
    answers = {ask(f"YA {code}", gateway_id="last") for _n in range(3)}
    assert len(answers) == 1
    ask(f"YA {code}")
    assert Case.objects.count() == 1


def test_the_same_conversation_is_one_case_even_when_it_is_sent_anew(ask, siti, now):
    answer = to_the_summary(ask)
    talk = Conversation.objects.get()
    kept = {f.name: getattr(talk, f.name) for f in talk._meta.fields}
    ask(f"YA {code_in(answer)}")
    Conversation.objects.create(**kept)
    assert Case.objects.get().reference in ask(f"YA {code_in(answer)}")
    assert Case.objects.count() == 1


def test_who_forges_the_sender_sends_nothing(ask):
    code = code_in(to_the_summary(ask))
    wrong = "0000" if code != "0000" else "1111"
    assert "empat angka" in ask("YA")
    assert "empat angka" in ask(f"YA {wrong}")
    assert "tidak ada yang disimpan" in ask(f"YA {wrong}")
    ask(f"YA {code}")
    assert not Case.objects.exists()


def test_it_may_be_given_up_and_needs_consent(ask):
    ask("DAFTAR pengaduan")
    assert "Dibatalkan" in ask("BATAL")
    assert "Tidak ada yang disimpan" in to_the_summary(ask, ("DAFTAR pengaduan", "Jalan rusak", "-", "-", "-", "TIDAK"))
    assert "Setuju?" in to_the_summary(ask, ("DAFTAR pengaduan", "Jalan rusak", "-", "-", "-", "mungkin"))
    assert not Case.objects.exists()


def test_a_service_that_needs_papers_leads_to_its_page(ask):
    assert "/layanan/akta-kelahiran" in ask("DAFTAR akta kelahiran")
    assert "1. Pengaduan" in ask("DAFTAR")
    assert "Apa yang ingin" in ask("1")
    ask("BATAL")
    assert "1. Pengaduan" in ask("DAFTAR zzzz")


def test_a_number_without_account_makes_the_account_first_and_goes_on(ask, regions):
    number, place = "6281366660001", village()
    assert "nama lengkap" in ask("DAFTAR pengaduan", number)
    for text in ("Rina Misalnia", "1607015503909002", "YA", "Palembang", "Jl. Misal 3", place.name):
        answer = ask(text, number)
    if "1. " in answer:
        ask("1", number)
    ask("YA", number)
    code = re.search(r"\d{6}", Message.objects.filter(about__startswith="accounts.code").order_by("-pk")[0].body)[0]
    answer = ask(code, number)
    assert "Akun Anda siap" in answer and "Apa yang ingin Anda laporkan" in answer
    for text in ("Lampu mati", "-", "-", "-", "YA"):
        answer = ask(text, number)
    ask(f"YA {code_in(answer)}", number)
    case = Case.objects.get()
    assert case.applicant.name == "Rina Misalnia"
    assert get_user_model().objects.get(phone=number).party_id == case.applicant_id


def test_daftar_alone_from_an_unknown_number_is_about_the_account(ask):
    assert "nama lengkap" in ask("DAFTAR", "6281366660001")
    ask("BATAL", "6281366660001")
    assert "full name" in ask("REGISTER ACCOUNT", "6281366660001")
    assert "sudah punya akun" in ask("DAFTAR AKUN")


def test_a_service_that_was_closed_meanwhile_is_said_to_be_closed(ask, users, now):
    answer = to_the_summary(ask)
    set_open(service_id=Service.objects.get(slug="pengaduan").pk, is_open=False, by=users("administrator")[0], now=now)
    assert "tidak menerima" in ask(f"YA {code_in(answer)}")
    assert not Case.objects.exists()


@pytest.mark.parametrize("text", ["\x00\x01", "%s %(x)s {0} {reference}", "'; DROP TABLE cases_case; --", "🎉" * 60, "ا" * 300])
def test_hostile_answers_are_answers_like_others(ask, text):
    answer = to_the_summary(ask, ("DAFTAR pengaduan", "x" + text, "-", "-", "-", "YA"))
    ask(f"YA {code_in(answer)}")
    assert Case.objects.count() == 1
    assert not Inbound.objects.filter(outcome="broken").exists()


def test_staff_without_a_person_are_told_to_use_a_citizens_account(ask, users):
    officer = users("verifier")[0]
    officer.phone = "6281377770001"
    officer.save()
    assert "akun" in ask("DAFTAR pengaduan", officer.phone).lower()
    assert not Conversation.objects.exists()


@pytest.mark.parametrize("slug", ["akta-kelahiran", "izin-trayek", "izin-reklame"])
def test_the_loader_refuses_sms_for_what_cannot_be_asked(slug, loaded_region):
    version = services.current_version(slug)
    sources = dict(version.sources)
    sources["service.yaml"] = sources["service.yaml"].replace("channels: [online, counter, api]", "channels: [online, sms]")
    assert "sms" in sources["service.yaml"]
    with pytest.raises(services.DefinitionInvalid) as refused:
        services.parse(sources)
    assert any("SMS" in str(problem) for problem in refused.value.problems)
