"""Tests of what commands are given to work with: leaving a question, shortening, keeping to the cheap alphabet."""

import pytest

from dgs.core.messaging.api import Answer, Elsewhere, cut, in_gsm, segments
from dgs.core.messaging.models import Conversation
from dgs.kernel import registry
from dgs.kernel.manifest import SmsCommand


def leave(_sms, _known=None):
    raise Elsewhere


@pytest.fixture
def command(monkeypatch):
    def add(word, answer):
        made = SmsCommand(word=word, usage=word, help="mencoba", answer=answer, go_on=leave)
        monkeypatch.setitem(registry.sms_commands(), word, made)

    return add


def test_what_answers_another_command_than_the_one_that_asks_leaves_it(sms, command):
    command("COBA", lambda _sms: Answer("Nomor berapa?", known={}))
    assert sms("COBA") == "Nomor berapa?"
    assert "kabar" in sms("MULAI")
    assert Conversation.objects.exists()
    assert "mengenal BUKAN" in sms("bukan nomor")
    assert not Conversation.objects.exists()


def test_a_command_that_sends_its_own_beginning_elsewhere_goes_round_in_no_circle(sms, command):
    command("COBA", leave)
    assert "COBA" in sms("COBA")


@pytest.mark.parametrize(("text", "length", "said"), [
    ("satu dua tiga", 20, "satu dua tiga"), ("satu dua tiga", 11, "satu..."), ("  a\n b\u00a0c ", 9, "a b c"),
    ("x" * 50, 10, "xxxxxxx..."),
])  # fmt: skip
def test_a_text_is_cut_at_a_word(text, length, said):
    assert cut(text, length) == said and len(said) <= length


def test_what_others_wrote_stays_in_the_cheap_alphabet():
    assert in_gsm("Rp 1 é ő 🎉 ا") == "Rp 1 é o ? ?"
    assert segments(in_gsm("نص" * 70)).encoding == "GSM-7"


def test_help_in_english_names_the_english_words(sms):
    said = sms("HELP TRACK")
    assert said.startswith("TRACK <reference number>")
    assert "STATUS" not in sms("HELP") and "HELP TRACK" in sms("HELP")
    assert sms("BANTUAN STATUS").startswith("STATUS <")
