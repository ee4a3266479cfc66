"""Tests of SMS from outside: written down once, understood, answered once, whatever is in them."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from dgs.core.messaging.actions.receiving import A_MINUTE, handle, handle_waiting, receive
from dgs.core.messaging.actions.saying import say
from dgs.core.messaging.commands import Answer
from dgs.core.messaging.keys import key_of
from dgs.core.messaging.models import Conversation, Inbound, Message, Sender, Silence
from dgs.kernel import registry
from dgs.kernel.errors import InvalidInput, NotFound, RuleBroken
from dgs.kernel.manifest import SmsCommand

pytestmark = pytest.mark.django_db

NUMBER = "6281234567890"


@pytest.fixture
def line():
    return Sender.objects.create(name="kannel", title="Kannel", channel="sms", kind="kannel", created_at=timezone.now())


@pytest.fixture
def sms(line):
    """Sends us a text, as the gateway does, and answers with what we answered, or None."""
    count = iter(range(1, 1000))

    def send(text, number=NUMBER, gateway_id=None, now=None):
        key = gateway_id or f"gw-{next(count)}"
        row = receive(sender=line, gateway_id=key, number=number, text=text, to="1234", now=now or timezone.now())
        reply = Message.objects.filter(about=f"messaging.inbound:{row.pk}").first()
        return reply.body if reply else None

    return send


@pytest.fixture
def command(monkeypatch):
    """Adds commands to those of the rooms."""
    def add(**fields):
        made = SmsCommand(usage="COBA <kata>", help="mencoba", **fields)
        monkeypatch.setitem(registry.sms_commands(), made.word, made)
        return made
    return add


def test_an_unknown_text_gets_help_and_a_typing_error_a_suggestion(sms):
    assert "BANTUAN" in sms("apa kabar")
    assert "BANTUAN" in sms("")
    assert "BANTUAN" in sms("🎉🎉")
    assert "Maksud Anda STOP" in sms("SOTP")
    assert Inbound.objects.filter(outcome="unknown").count() == 4


def test_the_same_id_of_the_gateway_is_handled_once(sms):
    assert sms("BANTUAN", gateway_id="x")
    sms("BANTUAN", gateway_id="x")
    sms("STOP", gateway_id="x")
    assert Inbound.objects.count() == Message.objects.count() == 1
    assert not Silence.objects.exists()


@pytest.mark.parametrize("text", ["stop", " Stop ", "STOP#", "UNREG", "#stop"])
def test_stop_silences_news_and_reminders_only(sms, text):
    waiting = say(key="n", channel="sms", to=NUMBER, body="Kabar", kind="news", now=timezone.now())
    assert "MULAI" in sms(text)
    waiting.refresh_from_db()
    assert (waiting.state, waiting.reason) == ("stopped", "unwanted")
    for kind, state in (("news", "stopped"), ("reminder", "stopped"), ("matter", "queued"), ("emergency", "queued")):
        assert say(key=kind, channel="sms", to=NUMBER, body=kind, kind=kind, now=timezone.now()).state == state
    sms("MULAI")
    assert say(key="n2", channel="sms", to=NUMBER, body="Kabar 2", kind="news", now=timezone.now()).state == "queued"


@pytest.mark.parametrize("number", ["TELKOMSEL", "1234", "", "+1 202 555 0100", "62\x0081234567890x"])
def test_what_is_no_telephone_is_kept_and_never_answered(sms, number):
    assert sms("BANTUAN", number=number) is None
    assert Inbound.objects.get().outcome == "no-number"


@pytest.mark.parametrize("text", ["x" * 5000, "\x00\x01\x02STOP\x7f", "'; DROP TABLE", "%s %(x)s {0}", "\u202eنص", "ا" * 700])
def test_hostile_texts_are_answered_like_any_other(sms, text):
    answer = sms(text)
    assert answer
    assert len(Inbound.objects.get().text) <= 1600


def test_too_many_texts_are_told_once_and_then_met_with_silence(sms):
    for _n in range(A_MINUTE):
        assert "BANTUAN" in sms("halo")
    assert "Terlalu banyak" in sms("halo")
    assert sms("halo") is None
    assert sms("halo", number="081299998888")
    assert sms("halo", now=timezone.now() + timedelta(hours=2))


def test_a_conversation_remembers_repeats_and_ends(sms, command):
    def begin(sms):
        return Answer("Siapa nama Anda?", known={"at": 1})

    def go_on(sms, known):
        if known["at"] == 1:
            return Answer(f"{sms.rest}, di mana?", known={"at": 2, "name": sms.rest})
        return f"{known['name']} di {sms.rest}"

    command(word="COBA", answer=begin, go_on=go_on)
    assert sms("coba") == "Siapa nama Anda?"
    assert sms("ULANG") == "Siapa nama Anda?"
    assert sms("Siti Contoh") == "Siti Contoh, di mana?"
    assert "kata" in sms("BANTUAN COBA")
    assert sms("Sekayu, RT 3") == "Siti Contoh di Sekayu, RT 3"
    assert not Conversation.objects.exists()
    sms("coba")
    assert "Dibatalkan" in sms("BATAL")
    assert "BANTUAN" in sms("Siti")


def test_an_answer_may_begin_as_a_command_does(sms, command):
    def ask(_sms):
        return Answer("Apa?", known={}, is_prose=True)

    command(word="COBA", answer=ask, go_on=lambda sms, _known: f"Dicatat: {sms.rest}")
    sms("COBA")
    assert sms("Tolong perbaiki jalan desa") == "Dicatat: Tolong perbaiki jalan desa"
    sms("COBA")
    assert "COBA" in sms("TOLONG")
    assert sms("Stop buang sampah di sungai") == "Dicatat: Stop buang sampah di sungai"


def test_a_command_is_understood_in_the_middle_of_a_conversation(sms, command):
    def go_on(sms, known):
        return Answer("Di mana?", known={"name": sms.rest}) if "name" not in known else f"{known['name']} di {sms.rest}"

    command(word="COBA", answer=lambda _sms: Answer("Siapa?", known={}), go_on=go_on)
    command(word="LAIN", answer=lambda _sms: "Lain.")
    sms("COBA")
    assert sms("LAIN apa saja") == "Lain. Pertanyaan tadi: ULANG"
    assert sms("ULANG") == "Siapa?"
    sms("Siti")
    assert sms("LAIN") == "Lain. Pertanyaan tadi: ULANG"
    assert sms("ULANG") == "Di mana?"
    assert sms("Sekayu") == "Siti di Sekayu"


def test_who_is_asked_the_same_again_hears_how_to_stop(sms, command):
    def ask(_sms, _known=None):
        return Answer("Berapa?", known={})

    command(word="COBA", answer=ask, go_on=ask)
    assert sms("COBA") == "Berapa?"
    assert sms("apa") == "Berapa? Untuk berhenti: BATAL"
    assert sms("STATSU 12") == "Berapa? Atau maksud Anda STATUS? Untuk berhenti: BATAL"
    assert sms("apa") == "Berapa? Untuk berhenti: BATAL"
    assert sms("STATSU 12") == "Berapa? Atau maksud Anda STATUS? Untuk berhenti: BATAL"
    assert "Dibatalkan" in sms("BATAL")


def test_what_was_asked_long_ago_is_said_to_be_over(sms, command):
    command(word="COBA", answer=lambda _sms: Answer("Siapa?", known={}), go_on=lambda sms, _known: sms.rest)
    sms("COBA")
    assert "COBA" in sms("Siti", now=timezone.now() + timedelta(hours=1))
    assert not Conversation.objects.exists()


def test_a_refusal_is_told_and_what_breaks_is_apologised_for(sms, command, caplog):
    class Closed(RuleBroken):
        sentence = "Layanan ini sedang tutup."

    def refuse(_sms):
        Message.objects.all().delete()
        raise Closed

    def broken(sms):
        raise ValueError(f"about {sms.number}")

    def wrong(_sms):
        raise InvalidInput({"name": ["Tulis nama."]})

    def nothing(_sms):
        raise NotFound

    command(word="TUTUP", answer=refuse)
    command(word="KELIRU", answer=wrong)
    command(word="KOSONG", answer=nothing)
    command(word="RUSAK", answer=broken)
    sms("halo")
    assert sms("TUTUP") == "Layanan ini sedang tutup."
    assert Message.objects.count() == 2
    assert sms("KELIRU") == "Tulis nama." and sms("KOSONG") == "Ini tidak dapat dilakukan."
    assert "gangguan" in sms("RUSAK")
    assert Inbound.objects.get(word="RUSAK").outcome == "broken"
    assert NUMBER not in caplog.text


def test_a_secret_is_used_and_not_kept(sms, command):
    seen = []
    command(word="SANDI", answer=lambda sms: seen.append(sms.rest) or "Baik.", is_secret=True)
    assert sms("SANDI 123456") == "Baik."
    row = Inbound.objects.get()
    assert seen == ["123456"]
    assert (row.text, row.sealed, row.is_secret) == ("", "", True)


def test_what_was_written_down_and_left_lying_is_answered_once(line):
    now = timezone.now()
    earlier = now - timedelta(minutes=1)
    row = Inbound.objects.create(sender=line, gateway_id="a", number=NUMBER, text="BANTUAN", received_at=earlier)
    assert handle_waiting(now=now) == 1
    assert handle_waiting(now=now) == 0
    assert not handle(row.pk, now=now)
    assert Message.objects.count() == 1


def test_answers_go_out_through_the_line_on_which_the_question_came(sms, line):
    sms("BANTUAN")
    answer = Message.objects.get()
    assert (answer.sender, answer.kind, answer.urgency) == (line, "reply", 2)


def test_kannels_call_is_let_in_by_its_key_and_answered_with_nothing(line):
    client = Client()
    asked = {"id": "k-1", "dari": "+6281234567890", "ke": "1234", "isi": "BANTUAN"}
    assert client.get("/pesan/kabar/kannel", asked).status_code == 404
    assert client.get("/pesan/kabar/kannel", asked | {"kunci": "x" * 32}).status_code == 404
    assert client.get("/pesan/kabar/lain", asked | {"kunci": key_of("lain")}).status_code == 404
    for _n in range(20):
        reply = client.get("/pesan/kabar/kannel", asked | {"kunci": key_of("kannel")})
        assert (reply.status_code, reply.content) == (200, b"")
    assert Inbound.objects.count() == Message.objects.count() == 1
    assert client.get("/pesan/kabar/kannel", {"kunci": key_of("kannel")}).status_code == 400


def test_a_short_text_that_is_nearly_a_command_is_no_sentence(sms, command):
    command(
        word="COBA", answer=lambda _sms: Answer("Apa?", known={}, is_prose=True),
        go_on=lambda sms, _known: f"Dicatat: {sms.rest}",
    )
    sms("COBA")
    assert "Maksud Anda STATUS" in sms("STATSU 7K3F-92MX-4ACD")
    assert sms("Statsu jalan di desa kami rusak") == "Dicatat: Statsu jalan di desa kami rusak"


def test_brackets_of_a_poster_are_no_part_of_a_number(sms, command):
    command(word="COBA", answer=lambda sms: f"[{sms.rest}]")
    assert sms("COBA <7K3F-92MX-4ACD>") == "[7K3F-92MX-4ACD]"
