"""Tests of what hostile people, gateways and hours do to messages: secrets stay nowhere, what was stopped stays so."""

# ruff: noqa: F401, F811 - fixtures of other tests are asked for by name

import socket
import threading
import time
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from dgs.core.messaging import line as the_line
from dgs.core.messaging.actions.receiving import A_MINUTE, handle, handle_waiting, receive
from dgs.core.messaging.actions.saying import say
from dgs.core.messaging.actions.wishes import fall_silent, wish
from dgs.core.messaging.commands import Answer
from dgs.core.messaging.models import Conversation, Inbound, Message, OfficeCap, Sender
from dgs.core.messaging.pump import Lane, Pump
from dgs.core.messaging.senders import ensure_senders, talking
from dgs.core.messaging.senders.talking import Came, Ended, Told
from dgs.core.messaging.tests.test_broadcasts import clerk, flood, send
from dgs.core.messaging.tests.test_inbound import NUMBER, command, line, sms
from dgs.kernel.manifest import SmsCommand

pytestmark = pytest.mark.django_db
NIK = "3173051203900001"


@pytest.fixture
def asks(command):
    """A command that asks for an identity number."""
    command(word="NOMOR", answer=lambda sms: Answer("NIK?", known={}, is_secret=True), go_on=lambda sms, known: "Terima kasih")
    return command


def test_a_secret_answer_that_comes_too_late_is_not_kept(sms, asks):
    now = timezone.now()
    sms("NOMOR", now=now)
    assert "NOMOR" in sms(NIK, now=now + timedelta(minutes=31))
    assert not Inbound.objects.filter(text__contains=NIK).exists()


def test_a_secret_answer_that_was_written_down_before_its_question_was_asked_is_not_kept(sms, asks, line):
    """Two SMS come at once: the second is written down while the first is still understood."""
    now = timezone.now()
    row = Inbound.objects.create(sender=line, gateway_id="fast", number=NUMBER, text=NIK, received_at=now)
    sms("NOMOR", now=now)
    assert handle(row.pk, now=now)
    row.refresh_from_db()
    assert (row.text, row.sealed, row.is_secret) == ("", "", True)
    assert Message.objects.get(about=f"messaging.inbound:{row.pk}").is_secret


def test_what_was_asked_and_answered_is_forgotten_with_the_conversation(sms, asks):
    now = timezone.now()
    sms("NOMOR", now=now)
    the_line.due(now=now + timedelta(minutes=29))
    assert Conversation.objects.get().known == {}
    the_line.due(now=now + timedelta(minutes=32))
    row = Conversation.objects.get()
    assert (row.sealed, row.question) == ("", "")
    assert "NOMOR" in sms("1234", now=now + timedelta(minutes=33))  # it is still said that the time was over
    sms("NOMOR", now=now)
    the_line.due(now=now + timedelta(days=2))
    assert not Conversation.objects.exists()


def test_a_secret_that_cannot_be_opened_is_not_kept(line):
    Inbound.objects.create(
        sender=line, gateway_id="k", number=NUMBER, sealed="zerbrochen", is_secret=True,
        received_at=timezone.now() - timedelta(minutes=5),
    )
    handle_waiting(now=timezone.now())
    row = Inbound.objects.get()
    assert (row.outcome, row.sealed) == ("broken", "")


@pytest.mark.server
def test_a_decision_that_waited_for_the_morning_is_sent_then(gateway):
    night = timezone.now() - timedelta(hours=9)
    found = say(key="d", channel="sms", to=NUMBER, body="SETUJU 482913 PIN", kind="reminder", is_secret=True, now=night)
    old = say(key="c", channel="sms", to=NUMBER, body="482914", is_secret=True, now=timezone.now() - timedelta(minutes=20))
    day_old = say(key="o", channel="sms", to=NUMBER, body="SETUJU 482915 PIN", kind="reminder", is_secret=True,
                  now=timezone.now() - timedelta(hours=25))
    Pump().run(is_once=True)
    assert [taken[1] for taken in gateway.taken] == ["SETUJU 482913 PIN"]
    for one, state in ((found, "handed"), (old, "failed"), (day_old, "failed")):
        one.refresh_from_db()
        assert one.state == state


def begun(found):
    """Its hand-over was begun, and ends "later"."""
    ensure_senders()
    sender = Sender.objects.filter(channel=found.channel).first()
    taken = the_line.take(sender, (0, 2), most=1, pump="x", now=timezone.now())[0]
    assert taken.message.pk == found.pk
    return the_line.Result(taken, Ended("later"))


def after_the_pause(found):
    later = timezone.now() + timedelta(minutes=5)
    the_line.due(now=later)
    found.refresh_from_db()
    return found.state, found.reason


def test_what_was_in_hand_when_its_broadcast_was_stopped_is_not_tried_again(clerk, flood, settings):
    from dgs.core.messaging.actions.broadcasting import stop_broadcast

    settings.DGS_SMS_URL = "http://127.0.0.1:9/"
    one = send(clerk)
    first = Message.objects.order_by("pk").first()
    result = begun(first)
    stop_broadcast(broadcast_id=one.pk, by=clerk, now=timezone.now())
    the_line.end([result], now=timezone.now())
    assert after_the_pause(first) == ("stopped", "withdrawn")


def test_what_a_broken_connection_gives_back_of_a_stopped_broadcast_is_stopped(clerk, flood, settings):
    from dgs.core.messaging.actions.broadcasting import stop_broadcast

    settings.DGS_SMS_URL = "http://127.0.0.1:9/"
    one = send(clerk)
    first = Message.objects.order_by("pk").first()
    begun(first)
    stop_broadcast(broadcast_id=one.pk, by=clerk, now=timezone.now())
    the_line.never_begun("x", [], now=timezone.now())
    assert after_the_pause(first) == ("stopped", "withdrawn")


def test_what_was_in_hand_when_its_number_said_stop_is_not_tried_again(settings):
    settings.DGS_SMS_URL = "http://127.0.0.1:9/"
    found = say(key="n", channel="sms", to=NUMBER, body="Kabar", kind="news", now=timezone.now())
    result = begun(found)
    fall_silent(address=NUMBER, now=timezone.now())
    the_line.end([result], now=timezone.now())
    assert after_the_pause(found) == ("stopped", "unwanted")


def test_what_waits_for_the_morning_heeds_what_was_switched_off_meanwhile(db):
    from django.apps import apps

    party = apps.get_model("parties", "Party").objects.create(kind="person", name="Siti Contohwati")
    found = say(key="n", channel="sms", to=NUMBER, body="Kabar", kind="matter", party_id=party.pk, now=timezone.now())
    Message.objects.filter(pk=found.pk).update(state="held", reason="quiet", not_before=timezone.now())
    wish(party_id=party.pk, wanted=set(), channels={"sms"}, now=timezone.now())
    assert after_the_pause(found) == ("stopped", "unwanted")


def test_nobody_is_woken_by_what_could_not_be_sent_in_the_daytime(settings):
    settings.DGS_QUIET_HOURS = "21:00-06:00"
    evening = datetime(2026, 11, 18, 20, 50, tzinfo=ZoneInfo("Asia/Jakarta"))
    night, morning = evening.replace(hour=22), datetime(2026, 11, 19, 6, tzinfo=ZoneInfo("Asia/Jakarta"))
    kinds = ("news", "reminder", "matter", "code", "emergency")
    found = {
        kind: say(key=kind, channel="sms", to=NUMBER, body=kind, kind=kind, now=evening, is_awaited=kind == "matter")
        for kind in kinds
    }
    held = say(key="p", channel="sms", to=NUMBER, body="p", kind="reminder", now=evening)
    Message.objects.filter(pk=held.pk).update(state="held", reason="pause", not_before=night)
    the_line.due(now=night)
    states = {kind: Message.objects.values_list("state", "not_before").get(pk=one.pk) for kind, one in found.items()}
    assert states["news"] == states["reminder"] == ("held", morning)
    assert {states[kind][0] for kind in ("matter", "code", "emergency")} == {"queued"}
    held.refresh_from_db()
    assert (held.state, held.reason, held.not_before) == ("held", "quiet", morning)
    the_line.due(now=morning)
    assert set(Message.objects.values_list("state", flat=True)) == {"queued"}


@pytest.mark.server
def test_an_office_sends_no_more_than_its_cap_between_two_looks(gateway, offices):
    OfficeCap.objects.create(office="dishub", channel="sms", per_day=3)
    ensure_senders()
    pump = Pump()

    def turns():
        for _n in range(8):
            pump.looked = time.monotonic()
            pump.turn()
            pump.wait(0.1)

    pump.look(timezone.now())
    for n in range(10):
        say(key=f"k{n}", channel="sms", to=NUMBER, body=f"Kabar {n}", kind="news", office="dishub", now=timezone.now())
    turns()
    assert len(gateway.taken) <= 4  # what was in hand when the cap was reached
    say(key="c", channel="sms", to=NUMBER, body="482913", kind="code", office="dishub", now=timezone.now())
    pump.look(timezone.now())
    say(key="after", channel="sms", to=NUMBER, body="Kabar kemudian", kind="news", office="dishub", now=timezone.now())
    turns()
    assert Message.objects.get(key="after").state == "queued" and Message.objects.get(key="c").state == "handed"
    pump.look(timezone.now())
    assert Message.objects.get(key="after").reason == "capped"


def test_two_sms_whose_long_ids_begin_alike_are_two():
    one, two = Came("x" * 120 + "1", NUMBER, "A"), Came("x" * 120 + "2", NUMBER, "B")
    assert one.gateway_id != two.gateway_id and len(one.gateway_id) <= 100
    assert Told("delivered", gateway_id="y" * 200).gateway_id == Ended("handed", gateway_id="y" * 200).gateway_id


class Drip:
    """Answers one byte after the other, without end."""

    def __init__(self, begin):
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port, self.begin = self.server.getsockname()[1], begin
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                line_, _address = self.server.accept()
            except OSError:
                return
            threading.Thread(target=self.answer, args=[line_], daemon=True).start()

    def answer(self, line_):
        try:
            line_.sendall(self.begin)
            while True:
                line_.sendall(b"x")
                time.sleep(0.05)
        except OSError:
            pass


@pytest.mark.server
@pytest.mark.parametrize("begin", [b"", b"HTTP/1.1 200 OK\r\nX-", b"HTTP/1.1 200 OK\r\nContent-Length: 20000\r\n\r\n"])
def test_a_provider_that_answers_drop_by_drop_is_not_waited_for_without_end(monkeypatch, begin):
    monkeypatch.setattr(talking, "SECONDS", 1)
    drip, began = Drip(begin), time.monotonic()
    reply = []
    thread = threading.Thread(
        target=lambda: reply.append(talking.call(f"http://127.0.0.1:{drip.port}/", data=b"x")), daemon=True
    )
    thread.start()
    thread.join(5)
    drip.server.close()
    assert reply and reply[0].ended.outcome == "unsure"
    assert time.monotonic() - began < 4


@pytest.mark.server
@pytest.mark.parametrize("begin", [b"", b"220 hello\r\n250-"])
def test_a_mail_server_that_answers_drop_by_drop_is_not_waited_for_without_end(monkeypatch, begin):
    from dgs.core.messaging.senders import smtp

    monkeypatch.setattr(smtp, "SECONDS", 1)
    monkeypatch.setattr(smtp, "WHOLE", 2, raising=False)
    drip = Drip(begin)
    program = smtp.Smtp("m", {"host": "127.0.0.1", "port": str(drip.port)})
    ended = []
    message = Message(pk=1, channel="email", to="siti@contoh.id", body="Halo", subject="Halo")
    thread = threading.Thread(target=lambda: ended.append(program.hand(message, 1)), daemon=True)
    thread.start()
    thread.join(5)
    drip.server.close()
    assert ended and ended[0].outcome == "later"


def test_what_is_fetched_from_a_provider_does_not_hold_up_what_is_handed_to_it(settings):
    import queue

    settings.DEMO = True
    ensure_senders()
    sender = Sender.objects.get(name="demo-sms")
    sender.window = 1
    lane, held = Lane(sender, queue.SimpleQueue()), threading.Event()

    class Slow(type(lane.program)):
        def collect(self):
            held.wait(5)
            return ()

    lane.program = Slow(sender.name, {})
    lane.fetch()
    message = say(key="k", channel="sms", to=NUMBER, body="Halo", now=timezone.now())
    lane.begin(the_line.Taken(sender, 1, 1, message))
    try:
        assert lane.done.get(timeout=2)[1].ended.outcome == "handed"
    finally:
        held.set()
        lane.threads.shutdown(wait=True)


def test_a_robot_that_answers_every_answer_is_left_alone_after_a_day_of_it(sms):
    now, answered = timezone.now(), 0
    for n in range(24 * 30):
        answered += sms("Terima kasih atas pesan Anda", now=now + timedelta(minutes=2 * n)) is not None
    assert answered <= 202


def test_broadcasts_leave_dead_addresses_alone(clerk, flood):
    from dgs.core.messaging.actions.broadcasting import subscribe
    from dgs.core.messaging.actions.dead import came_back

    for name in ("mati", "hidup"):
        subscribe(topic=flood, channel="email", address=f"{name}@contoh.id", now=timezone.now())
    for _n in range(2):
        came_back("mati@contoh.id", detail="5.1.1", now=timezone.now())
    send(clerk, channels=["email"])
    states = dict(Message.objects.filter(channel="email").values_list("to", "state"))
    assert states == {"mati@contoh.id": "failed", "hidup@contoh.id": "queued"}


def test_an_sms_that_the_database_refuses_holds_up_no_other(line, monkeypatch):
    from django.db import DataError

    from dgs.core.messaging.actions import receiving

    before = timezone.now() - timedelta(minutes=5)
    for n, text in enumerate(("Gift", "BANTUAN")):
        Inbound.objects.create(sender=line, gateway_id=str(n), number=NUMBER, text=text, received_at=before)
    understood = receiving._understood

    def breaks(row, text, now):
        if text == "Gift":
            raise DataError("value out of range")
        return understood(row, text, now)

    monkeypatch.setattr(receiving, "_understood", breaks)
    handle_waiting(now=timezone.now())
    assert list(Inbound.objects.order_by("pk").values_list("outcome", flat=True)) == ["broken", "answered"]


def test_a_clock_that_was_set_back_shuts_nobody_out(sms, settings):
    settings.DGS_SMS_URL = "http://127.0.0.1:9/"
    ensure_senders()
    now, wrong = timezone.now(), timezone.now() + timedelta(days=3650)
    sender = Sender.objects.get(name="settings-sms")
    for _n in range(5):
        the_line.failed(sender, 1, now=wrong)
    the_line.judge(sender, is_bad=True, now=wrong)
    pump = Pump()
    pump._senders(Sender.objects.filter(pk=sender.pk), timezone.now())
    lane = pump.lanes[sender.pk]
    assert lane.sender.shut_until > now and lane.room(now) == 1
    share = Sender.objects.get(pk=sender.pk).share
    the_line.judge(sender, is_bad=False, now=now)
    assert Sender.objects.get(pk=sender.pk).share > share
    for _n in range(70):
        sms("BANTUAN", now=wrong)
    assert "BANTUAN" in sms("BANTUAN", now=now)


def test_a_long_address_breaks_no_broadcast(clerk, flood):
    from dgs.core.messaging.actions.broadcasting import queue_messages, subscribe

    for n in range(2):
        long = f"{'a' * 60}{n}@{'b' * 60}.{'c' * 60}.contoh.id"
        subscribe(topic=flood, channel="email", address=long, now=timezone.now())
    one = send(clerk, channels=["sms", "email"])
    assert one.total == 7
    queue_messages(broadcast_id=one.pk, now=timezone.now())
    assert Message.objects.count() == 7


def test_the_title_of_a_broadcast_is_one_line_of_an_email(clerk, flood):
    one = send(clerk, title="Air naik\r\nBcc: semua@contoh.id\x00\x1b", text_id="Air\x00 naik\x1b")
    assert (one.title, one.text_id) == ("Air naik Bcc: semua@contoh.id", "Air naik")


def test_stop_is_heeded_of_who_wrote_too_often_too(sms):
    now = timezone.now()
    for _n in range(A_MINUTE + 2):
        sms("BANTUAN", now=now)
    assert sms("stop", now=now) is None
    assert say(key="n", channel="sms", to=NUMBER, body="Kabar", kind="news", now=now).state == "stopped"
