"""Tests of several senders for one channel: shares that move in small steps, circuits, one that hangs, caps, costs."""

import threading
import time
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, transaction
from django.utils import timezone

from dgs.core.messaging import line
from dgs.core.messaging.actions.receipts import told
from dgs.core.messaging.actions.saying import say
from dgs.core.messaging.models import Message, OfficeCap, Receipt, Sender, SenderMinute, Usage
from dgs.core.messaging.operators import PREFIXES, operator_of
from dgs.core.messaging.pump import Pump
from dgs.core.messaging.senders.talking import Told
from dgs.core.messaging.tests.sinks import SmsSink

pytestmark = [pytest.mark.django_db, pytest.mark.server]
NOON = datetime(2026, 11, 28, 12, 0, tzinfo=ZoneInfo("Asia/Jakarta"))


def sender(name, sink=None, **fields):
    row = Sender(name=name, title=name.title(), channel="sms", kind="kannel", created_at=timezone.now(), **fields)
    row.parameters = {"url": sink.url if sink else "http://127.0.0.1:9/", "username": "dgs", "password": "rahasia"}
    row.save()
    return row


@pytest.fixture
def sinks():
    made = [SmsSink(), SmsSink()]
    yield made
    for one in made:
        one.close()


def tell(count, **more):
    with transaction.atomic():
        now = timezone.now()
        return [say(key=f"m{n}", channel="sms", to=f"62812{n:08}", body=f"Pesan {n}", now=now, **more) for n in range(count)]


def test_two_senders_divide_the_line_by_their_weights(sinks):
    sender("satu", sinks[0], weight=30)
    sender("dua", sinks[1], weight=10)
    tell(80)
    Pump().run(is_once=True)
    assert len(sinks[0].taken) + len(sinks[1].taken) == 80
    assert 40 <= len(sinks[0].taken) <= 75
    assert not {to for to, _t, _c in sinks[0].taken} & {to for to, _t, _c in sinks[1].taken}


def test_stretches_cover_the_whole_line_without_gaps():
    weights = [(10, 1.0), (3, 0.05), (7, 0.35), (0, 1.0)]
    rows = [Sender(pk=n, channel="sms", weight=weight, share=share) for n, (weight, share) in enumerate(weights)]
    found = line.stretches([*rows, Sender(pk=9, channel="email"), Sender(pk=8, channel="sms", is_on=False)], now=NOON)
    assert set(found) == {0, 1, 2, 9}
    assert found[0][0] == 0 and found[2][1] > 1
    assert found[0][1] == found[1][0] and found[1][1] == found[2][0]


def test_what_waits_for_a_sender_that_stays_away_is_carried_by_the_other():
    shut = {"shut_until": NOON + timedelta(minutes=1)}
    falling = Sender(pk=1, channel="sms", share=0.4, **shut)
    assert set(line.stretches([falling, Sender(pk=2, channel="sms")], now=NOON)) == {1, 2}
    fallen = Sender(pk=1, channel="sms", share=line.LEAST, **shut)
    assert line.stretches([fallen, Sender(pk=2, channel="sms")], now=NOON) == {2: (0.0, 2.0)}
    # It is tried again when its time has come, and kept when nobody else is there.
    assert set(line.stretches([fallen, Sender(pk=2, channel="sms")], now=NOON + timedelta(minutes=2))) == {1, 2}
    assert set(line.stretches([fallen], now=NOON)) == {1}


def test_codes_that_are_too_old_say_nothing_of_their_sender(sinks):
    one, old = sender("satu", sinks[0]), timezone.now() - timedelta(minutes=20)
    for n in range(8):
        say(key=f"c{n}", channel="sms", to=f"62812{n:08}", body="123456", is_secret=True, now=old)
    Pump().run(is_once=True)
    one.refresh_from_db()
    assert (one.failures, one.shut_until, sinks[0].taken) == (0, None, [])
    assert set(Message.objects.values_list("state", "reason")) == {("failed", "gave-up")}
    assert not SenderMinute.objects.exists()


def test_a_sender_whose_parameters_cannot_be_read_holds_up_no_other(sinks, caplog):
    broken = sender("satu")
    Sender.objects.filter(pk=broken.pk).update(sealed="sealed with a key that is gone")
    sender("dua", sinks[1])
    tell(5)
    Pump().run(is_once=True)
    assert len(sinks[1].taken) == 5
    assert "satu cannot be used" in caplog.text


def test_a_share_moves_by_one_step_in_each_round_whoever_asks():
    one = sender("satu")
    now = timezone.now()
    for _worker in range(5):
        line.judge(one, is_bad=True, now=now)
    one.refresh_from_db()
    assert one.share == pytest.approx(0.9)
    for n in range(1, 30):
        line.judge(one, is_bad=True, now=now + n * line.ROUND)
    one.refresh_from_db()
    assert one.share == pytest.approx(line.LEAST)
    for n in range(30, 60):
        line.judge(one, is_bad=False, now=now + n * line.ROUND)
    one.refresh_from_db()
    assert one.share == 1


def test_after_five_failures_in_a_row_the_circuit_opens_for_a_time_that_doubles():
    one, now = sender("satu"), timezone.now()
    line.failed(one, 4, now=now)
    assert one.shut_until is None
    line.failed(one, 1, now=now)
    assert one.shut_until == now + timedelta(seconds=30)
    line.failed(one, 4, now=now)  # they were in its hands
    assert one.shut_times == 1
    later = now + timedelta(seconds=31)
    line.failed(one, 1, now=later)
    assert one.shut_until == later + timedelta(seconds=60)
    for _n in range(20):
        later += timedelta(minutes=11)
        line.failed(one, 1, now=later)
    assert one.shut_until == later + timedelta(minutes=10)
    line.went_well(one)
    one.refresh_from_db()
    assert (one.failures, one.shut_until, one.shut_times) == (0, None, 0)


def test_a_sender_that_is_down_is_tried_and_left_alone_and_its_messages_are_drawn_anew(sinks):
    down = sender("satu")
    sender("dua", sinks[1])
    tell(40)
    Pump().run(is_once=True)
    down.refresh_from_db()
    assert down.shut_until is not None
    tried = Message.objects.filter(attempts__sender=down).distinct().count()
    assert tried <= 12  # three times its window: five failures are known after the second
    # Half of the line is not switched over at once: it waits for its sender, whose share shrinks.
    assert Message.objects.filter(state__in=["queued", "held"]).count() + len(sinks[1].taken) == 40
    Sender.objects.filter(pk=down.pk).update(is_on=False)
    Message.objects.filter(state="held").update(not_before=timezone.now())
    Pump().run(is_once=True)
    assert len(sinks[1].taken) == 40


@pytest.mark.django_db(transaction=True)
def test_a_sender_that_hangs_holds_up_itself_only(sinks):
    sinks[0].pause = 1.5
    sender("satu", sinks[0], window=2)
    sender("dua", sinks[1])
    tell(60)
    pump = Pump()
    thread = pump.start()
    end = time.monotonic() + 1.2
    while time.monotonic() < end and Message.objects.filter(state="handed").count() < 15:
        time.sleep(0.02)
    handed = set(Message.objects.filter(state="handed").values_list("attempts__provider", flat=True))
    assert handed == {"dua"}
    assert Message.objects.filter(state="handed").count() >= 15
    pump.stopping.set()
    thread.join(10)
    assert not thread.is_alive()
    # What was in its hands was brought to its end; nothing is left begun.
    assert not Message.objects.filter(state="going").exists()


@pytest.mark.django_db(transaction=True)
def test_two_pumps_hand_each_message_over_once(sinks):
    sender("satu", sinks[0])
    sender("dua", sinks[1])
    tell(120)
    pumps = [Pump(), Pump()]
    threads = [pump.start() for pump in pumps]
    end = time.monotonic() + 20
    while time.monotonic() < end and Message.objects.exclude(state="handed").exists():
        time.sleep(0.05)
    for pump, thread in zip(pumps, threads, strict=True):
        pump.stopping.set()
        thread.join(10)
    taken = [to for sink in sinks for to, _text, _coding in sink.taken]
    assert len(taken) == len(set(taken)) == 120


@pytest.mark.django_db(transaction=True)
def test_a_database_that_goes_away_for_a_while_costs_no_message(sinks):
    sender("satu", sinks[0])
    sinks[0].pause = 0.05
    tell(40)
    pump = Pump()
    thread = pump.start()
    for _n in range(6):
        time.sleep(0.15)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
                " AND pid <> pg_backend_pid() AND application_name <> 'x'"
            )
    end = time.monotonic() + 30
    while time.monotonic() < end and Message.objects.exclude(state="handed").exists():
        time.sleep(0.05)
    pump.stopping.set()
    thread.join(10)
    taken = [to for to, _text, _coding in sinks[0].taken]
    assert len(taken) == len(set(taken)) == 40
    assert not Message.objects.exclude(state="handed").exists()


def test_what_is_urgent_goes_first(sinks):
    sender("satu", sinks[0], window=1)
    for n, kind in enumerate(("news", "reminder", "matter", "code", "emergency")):
        say(key=kind, channel="sms", to=f"62812{n:08}", body=kind, kind=kind, now=timezone.now())
    Pump().run(is_once=True)
    assert [text for _to, text, _coding in sinks[0].taken] == ["emergency", "code", "matter", "reminder", "news"]


def test_an_answer_whose_line_is_out_of_use_goes_out_through_another(sinks):
    gone = sender("satu", sinks[0], is_on=False)
    sender("dua", sinks[1])
    say(key="r", channel="sms", to="6281234567890", body="Jawaban", kind="reply", sender_id=gone.pk, now=timezone.now())
    Pump().run(is_once=True)
    assert len(sinks[1].taken) == 1


def test_what_is_handed_over_is_metered_by_office_and_operator(sinks):
    one = sender("satu", sinks[0], prices={"": "300", "telkomsel": "250.50"})
    say(key="a", channel="sms", to="6281200000001", body="x" * 200, office="dinas-contoh", now=timezone.now())
    say(key="b", channel="sms", to="6281200000002", body="halo", office="dinas-contoh", now=timezone.now())
    say(key="c", channel="sms", to="6288100000003", body="halo", now=timezone.now())
    Pump().run(is_once=True)
    found = {(u.office, u.operator): (u.messages, u.parts, u.cost) for u in Usage.objects.filter(sender=one)}
    assert found == {
        ("dinas-contoh", "telkomsel"): (2, 3, Decimal("751.50")), ("", "smartfren"): (1, 1, Decimal("300.00")),
    }
    assert sum(SenderMinute.objects.filter(sender=one).values_list("handed", flat=True)) == 3


def test_every_prefix_belongs_to_one_operator():
    prefixes = [prefix for some in PREFIXES.values() for prefix in some]
    assert len(prefixes) == len(set(prefixes))
    assert operator_of("6281234567890") == "telkomsel"
    assert operator_of("siti@contoh.id") == operator_of("6279900000000") == ""


def test_an_office_sends_no_more_a_day_than_its_cap_and_codes_are_not_counted(sinks):
    sender("satu", sinks[0])
    OfficeCap.objects.create(office="dinas-contoh", channel="sms", per_day=3)
    tell(5, office="dinas-contoh")
    say(key="kode", channel="sms", to="6281255555555", body="123456", kind="code", office="dinas-contoh", now=timezone.now())
    say(key="lain", channel="sms", to="6281266666666", body="halo", office="dinas-lain", now=timezone.now())
    Pump().run(is_once=True)
    assert len(sinks[0].taken) == 5
    held = Message.objects.filter(state="held", reason="capped")
    assert held.count() == 2
    assert timezone.localtime(held.first().not_before).hour == 6


NIGHT = datetime(2026, 11, 28, 23, 30, tzinfo=ZoneInfo("Asia/Jakarta"))


@pytest.mark.parametrize(
    ("kind", "more", "state"),
    [
        ("matter", {}, "held"), ("money", {}, "held"), ("reminder", {}, "held"), ("news", {}, "held"), ("code", {}, "queued"),
        ("reply", {}, "queued"), ("emergency", {}, "queued"), ("matter", {"is_awaited": True}, "queued"),
        ("matter", {"channel": "email", "to": "siti@contoh.id"}, "queued"),
    ],
)
def test_nobody_is_woken_at_night_but_for_what_cannot_wait(settings, kind, more, state):
    settings.DGS_QUIET_HOURS = "21:00-06:00"
    message = say(**{"key": "k", "channel": "sms", "to": "6281234567890", "body": "x", "kind": kind, "now": NIGHT} | more)
    assert message.state == state
    if state == "held":
        assert message.not_before == NIGHT + timedelta(hours=6, minutes=30)


def test_the_same_words_in_the_same_matter_within_ten_minutes_are_one_message():
    def again(key, **more):
        values = {"channel": "sms", "to": "6281234567890", "body": "Berkas diterima", "about": "cases.case:1", "now": NIGHT}
        return say(key=key, **(values | more)).pk

    first = again("a")
    assert again("b") == first
    assert again("c", about="cases.case:2") != first
    assert again("d", to="6281234567891") != first
    assert again("e", now=NIGHT + timedelta(minutes=11)) != first


@pytest.mark.django_db(transaction=True)
def test_two_who_say_the_same_at_once_say_it_once():
    barrier = threading.Barrier(4)

    def run(n):
        barrier.wait()
        with transaction.atomic():
            say(key=f"k{n}", channel="sms", to="6281234567890", body="Sama", now=timezone.now())
            time.sleep(0.1)
        connection.close()

    threads = [threading.Thread(target=run, args=(n,)) for n in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert Message.objects.count() == 1


@pytest.fixture
def handed(sinks):
    one = sender("satu", sinks[0])
    message, = tell(1)
    Pump().run(is_once=True)
    message.refresh_from_db()
    return one, message, message.attempts.get()


@pytest.mark.parametrize(
    ("said", "state"),
    [
        (["delivered"], "delivered"), (["failed"], "failed"), (["expired"], "expired"), (["accepted"], "handed"),
        (["failed", "delivered"], "delivered"), (["delivered", "failed"], "delivered"), (["expired", "failed"], "failed"),
        (["accepted", "expired", "delivered", "accepted"], "delivered"), (["bounced"], "failed"), (["read"], "delivered"),
    ],
)
def test_what_is_known_is_the_strongest_that_was_said_in_any_order(handed, said, state):
    one, message, attempt = handed
    for word in said:
        told(one, Told(word, attempt_id=attempt.pk), now=timezone.now())
    message.refresh_from_db()
    assert message.state == state
    assert Receipt.objects.count() == len(set(said))


def test_a_receipt_twenty_times_is_one_and_one_of_a_stranger_is_none(handed):
    one, message, attempt = handed
    other = sender("dua")
    assert [told(one, Told("delivered", attempt_id=attempt.pk), now=timezone.now()) for _n in range(20)].count(True) == 1
    assert not told(other, Told("failed", attempt_id=attempt.pk), now=timezone.now())
    assert not told(one, Told("failed", attempt_id=10**15), now=timezone.now())
    assert not told(one, Told("failed", gateway_id="?"), now=timezone.now())
    assert not told(one, Told("failed"), now=timezone.now())
    assert Receipt.objects.count() == 1


def test_an_old_receipt_does_not_stop_what_a_person_sent_again_unless_it_arrived(handed, django_user_model):
    from dgs.core.messaging.actions.resending import send_again

    one, message, attempt = handed
    clerk = django_user_model.objects.create_user(username="p@contoh.id", name="Petugas Percobaan")
    told(one, Told("expired", attempt_id=attempt.pk), now=timezone.now())
    send_again(message_id=message.pk, by=clerk, now=timezone.now())
    told(one, Told("failed", attempt_id=attempt.pk), now=timezone.now())
    message.refresh_from_db()
    assert message.state == "queued"
    told(one, Told("delivered", attempt_id=attempt.pk), now=timezone.now())
    message.refresh_from_db()
    assert message.state == "delivered"
    Pump().run(is_once=True)
    assert message.attempts.count() == 1
