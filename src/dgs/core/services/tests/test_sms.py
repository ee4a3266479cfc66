"""Tests of asking the catalogue by SMS: services are found however they are written, and told in one SMS."""

import pytest

from dgs.core.messaging.api import in_gsm, segments
from dgs.core.messaging.models import Conversation
from dgs.core.services import queries
from dgs.core.services.actions import set_open
from dgs.core.services.models import Service

pytestmark = pytest.mark.usefixtures("loaded_region")


@pytest.mark.parametrize(
    "text",
    ["INFO akta kelahiran", "info#akte lahir", "INFO AKTA-KELAHIRAN", "Info aktta kelahirann", "INFO saya mau bikin akta bayi"],
)
def test_a_service_is_told_in_one_sms_however_it_is_written(sms, text):
    answer = sms(text)
    assert answer.startswith("Akta kelahiran: 3 hari kerja, Gratis.")
    assert "/layanan/akta-kelahiran" in answer
    assert segments(answer)[0::2] == ("GSM-7", 1)


def test_english_words_are_answered_in_english(sms):
    assert sms("ABOUT birth certificate").startswith("Birth certificate: 3 working days, Free.")
    assert "Letter of birth" in sms("REQUIREMENTS birth certificate")


@pytest.mark.parametrize("slug", ["akta-kelahiran", "izin-trayek", "izin-reklame"])
def test_requirements_fit_two_sms(sms, slug):
    answer = sms(f"SYARAT {slug}")
    assert "1. " in answer
    assert segments(answer)[0] == "GSM-7" and segments(answer).parts <= 2
    assert segments(sms(f"INFO {slug}")).parts <= 2


def test_several_that_fit_are_asked_for_by_number(sms):
    asked = sms("INFO ijin")
    assert "1. Izin" in asked and "2. Izin" in asked and "Balas" in asked
    assert sms("9") != sms("ULANG")
    asked = sms("INFO ijin")
    assert sms("2.").startswith(asked.splitlines()[2][3:])
    assert not Conversation.objects.exists()


def test_a_choice_may_be_left_by_another_command_and_answered_in_words(sms):
    sms("INFO ijin")
    assert "1. " in sms("SYARAT akta kelahiran")
    assert Conversation.objects.get().known == {"slug": "akta-kelahiran", "from": 1}
    sms("SYARAT ijin")
    assert sms("trayek").startswith("Izin trayek")


def test_what_is_no_service_is_answered_with_all_of_them(sms):
    for text in ("INFO", "INFO zzzz", "INFO '; --", "INFO %s{0}", "INFO " + "x" * 900):
        answer = sms(text)
        assert "1. " in answer and "Akta kelahiran" in answer
        assert segments(answer).parts <= 2
        sms("BATAL")


def test_a_closed_service_is_not_offered(sms, users):
    service = Service.objects.get(slug="akta-kelahiran")
    set_open(service_id=service.pk, is_open=False, by=users("administrator")[0], now=service.current.published_at)
    assert "Akta kelahiran" not in sms("INFO akta kelahiran")


def test_the_help_names_every_word_in_one_sms(sms):
    for word in ("BANTUAN", "HELP"):
        assert segments(sms(word))[0::2] == ("GSM-7", 1)
    assert segments(sms("apa kabar")).parts == 1


def test_requirements_come_whole_and_go_on_with_one_word(sms):
    definition = queries.definition_of(queries.current_version("akta-kelahiran").pk)
    answer, texts = sms("SYARAT akta kelahiran"), []
    for _n in range(len(definition.standard.requirements)):
        assert segments(answer).parts <= 2
        texts.append(answer)
        if "LANJUT" not in answer:
            break
        answer = sms("lanjut")
    for text in definition.standard.requirements:
        assert in_gsm(text.id)[:60] in " ".join(texts).replace("\n", " ")
    assert "BANTUAN" in sms("LANJUT")
