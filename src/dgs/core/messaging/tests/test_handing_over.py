"""Tests of handing over: what each answer of a provider leads to, and that nothing is sent twice or lost."""

import logging
from datetime import timedelta

import pytest
from django.utils import timezone

from dgs.core.audit.models import AuditRow
from dgs.core.messaging import line
from dgs.core.messaging.actions.resending import NotToBeSentAgain, send_again
from dgs.core.messaging.actions.saying import say
from dgs.core.messaging.models import Attempt, Message, Sender
from dgs.core.messaging.pump import Pump
from dgs.core.messaging.senders import ensure_senders, program_of, talking
from dgs.core.messaging.senders.kannel import Kannel
from dgs.core.messaging.tests.handing import hand

pytestmark = [pytest.mark.django_db, pytest.mark.server]


def message(channel="sms", **changes):
    to = "081234567890" if channel == "sms" else "siti@contoh.id"
    values = {"key": "k", "channel": channel, "to": to, "body": "Halo Siti", "subject": "Kabar", "now": timezone.now()}
    return say(**(values | changes))


def last(found):
    return found.attempts.order_by("-number").first()


def taken_by_another(found):
    """Its hand-over was begun by a process that is gone."""
    ensure_senders()
    pump = Pump()
    pump.look(timezone.now())
    lane = next(lane for lane in pump.lanes.values() if lane.sender.channel == found.channel)
    return line.take(lane.sender, (0, 2), most=1, pump="gone", now=timezone.now())[0]


def long_ago(found):
    Attempt.objects.filter(message=found).update(began_at=timezone.now() - timedelta(minutes=3))


def test_an_sms_is_handed_to_the_gateway_once(gateway):
    found = message()
    assert hand(found) == ("handed", "")
    assert hand(found) == ("handed", "")
    assert gateway.taken == [("6281234567890", "Halo Siti", "0")]
    assert found.attempts.count() == 1


def test_other_alphabets_go_out_as_ucs_2(gateway):
    hand(message(body="Nama: Ā 🎉"))
    assert gateway.taken[0][1:] == ("Nama: Ā 🎉", "2")


def test_an_email_is_handed_to_the_server_once_with_a_stable_id(mail):
    found = message("email", subject="Permohonan diterima ✓")
    assert hand(found) == ("handed", "")
    assert hand(found) == ("handed", "")
    text, = mail.taken
    assert "To: siti@contoh.id" in text
    assert "Auto-Submitted: auto-generated" in text
    smtp = program_of(Sender.objects.get(channel="email"))
    assert smtp.letter(found, 1).message()["Message-ID"] in text


@pytest.mark.parametrize(
    ("status", "state", "reason", "outcome"),
    [
        (400, "failed", "refused", "refused"), (404, "failed", "refused", "refused"),
        (401, "held", "pause", "later"), (403, "held", "pause", "later"), (429, "held", "pause", "later"),
        (500, "held", "pause", "later"), (503, "held", "pause", "later"), (302, "held", "pause", "later"),
    ],
)
def test_what_the_gateway_answers_decides(gateway, status, state, reason, outcome):
    gateway.status = status
    found = message()
    assert hand(found) == (state, reason)
    assert last(found).outcome == outcome
    assert last(found).ended_at
    assert not gateway.taken


def test_a_gateway_that_never_answers_leaves_the_message_uncertain(gateway, monkeypatch):
    monkeypatch.setattr(talking, "SECONDS", 0.3)
    gateway.pause = 1
    found = message()
    assert hand(found) == ("uncertain", "broken-off")
    assert hand(found) == ("uncertain", "broken-off")
    assert len(gateway.taken) == 1


def test_a_gateway_that_hangs_up_leaves_the_message_uncertain(gateway):
    gateway.hang_up = True
    assert hand(message())[0] == "uncertain"


def test_a_gateway_that_is_not_there_is_tried_again_later(settings):
    settings.DGS_SMS_URL = "http://127.0.0.1:9/sendsms"
    assert hand(message()) == ("held", "pause")


@pytest.mark.parametrize(
    ("command", "reply", "state"),
    [
        ("RCPT", "550 no such user", "failed"), ("RCPT", "450 busy", "held"), ("MAIL", "553 no", "failed"),
        ("DATA", "451 later", "held"), ("TEXT", "554 spam", "failed"), ("TEXT", "452 full", "held"),
    ],
)
def test_what_the_mail_server_answers_decides(mail, command, reply, state):
    mail.replies[command] = reply
    assert hand(message("email"))[0] == state
    assert not mail.taken


@pytest.mark.parametrize(("word", "state"), [("MAIL", "held"), ("RCPT", "held"), ("TEXT", "uncertain")])
def test_a_line_that_breaks_is_uncertain_only_after_the_text_went(mail, word, state):
    mail.hang_up = word
    assert hand(message("email"))[0] == state
    assert len(mail.taken) == (1 if state == "uncertain" else 0)


def test_a_mail_server_that_is_not_there_is_tried_again_later(settings):
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    found = message("email")
    assert hand(found) == ("held", "pause")
    assert last(found).detail == "ConnectionRefusedError"


def test_pauses_grow_and_after_seven_tries_it_gives_up(gateway):
    gateway.status = 503
    found = message()
    delays = []
    for _n in range(7):
        state, reason = hand(found)
        delays.append(line.pause_after(last(found).number))
    assert (state, reason) == ("failed", "gave-up")
    assert delays[:6] == sorted(delays[:6])
    assert delays[0] == timedelta(seconds=30)
    assert found.attempts.count() == 7


def test_a_try_that_failed_waits_for_the_next_one(gateway):
    gateway.status = 503
    found = message()
    hand(found)
    assert found.not_before > timezone.now() + timedelta(seconds=20)
    Pump().run(is_once=True)
    assert found.attempts.count() == 1
    gateway.status = 202
    assert hand(found) == ("handed", "")


def test_nothing_set_up_is_a_clear_failure_in_production_and_the_outbox_in_the_demo(settings):
    settings.DGS_SMS_URL, settings.EMAIL_HOST, settings.DEMO = "", "", False
    assert hand(message()) == ("failed", "unconfigured")
    settings.DEMO = True
    found = message(key="k2", body="Halo lagi")
    assert hand(found) == ("delivered", "")
    assert last(found).provider == "demo-sms" and last(found).cost == 300


def test_a_secret_that_is_too_old_is_not_sent(gateway):
    found = message(is_secret=True, now=timezone.now() - timedelta(minutes=20))
    assert hand(found) == ("failed", "gave-up")
    assert not gateway.taken


def test_an_attempt_that_never_ended_makes_the_message_uncertain_and_sends_nothing(gateway):
    found = message()
    taken_by_another(found)
    assert hand(found) == ("going", "")
    long_ago(found)
    assert hand(found) == ("uncertain", "broken-off")
    assert not gateway.taken


def test_a_late_end_still_says_what_became_of_it(gateway):
    found = message()
    taken = taken_by_another(found)
    long_ago(found)
    hand(found)
    ended = program_of(taken.sender).hand(found, taken.attempt_id)
    line.end([line.Result(taken, ended)], now=timezone.now())
    found.refresh_from_db()
    assert found.state == "handed"
    assert len(gateway.taken) == 1


def test_an_end_that_comes_after_the_next_try_began_changes_nothing(gateway, django_user_model):
    clerk = django_user_model.objects.create_user(username="p@contoh.id", name="Petugas Percobaan")
    found = message()
    first = taken_by_another(found)
    long_ago(found)
    hand(found)
    send_again(message_id=found.pk, by=clerk, now=timezone.now())
    taken_by_another(found)
    line.end([line.Result(first, talking.Ended("later"))], now=timezone.now())
    found.refresh_from_db()
    assert found.state == "going"


def test_what_was_taken_but_never_begun_goes_back_into_the_line(gateway):
    found = message()
    taken = taken_by_another(found)
    assert line.never_begun("gone", [taken.attempt_id], now=timezone.now()) == 0
    assert line.never_begun("gone", [], now=timezone.now()) == 1
    assert hand(found) == ("handed", "")
    assert [one.outcome for one in found.attempts.order_by("number")] == ["later", "handed"]


def test_a_provider_that_breaks_is_uncertain_and_the_log_names_nobody(gateway, monkeypatch, caplog):
    def broken(self, found, attempt_id):
        raise RuntimeError(f"bad thing about {found.to}")
    monkeypatch.setattr(Kannel, "hand", broken)
    with caplog.at_level(logging.DEBUG):
        assert hand(message())[0] == "uncertain"
    assert "6281234567890" not in caplog.text
    assert "Siti" not in caplog.text


def test_what_a_provider_says_is_kept_without_numbers(gateway):
    gateway.answer = "0: Accepted for 6281234567890"
    found = message()
    hand(found)
    assert last(found).detail == "HTTP 202 0: Accepted for …"


def test_a_person_may_send_an_uncertain_message_again_and_only_such_a_one(gateway, django_user_model):
    clerk = django_user_model.objects.create_user(username="p@contoh.id", name="Petugas Percobaan")
    found = message()
    with pytest.raises(NotToBeSentAgain):
        send_again(message_id=found.pk, by=clerk, now=timezone.now())
    assert not AuditRow.objects.exists()
    taken_by_another(found)
    long_ago(found)
    hand(found)
    send_again(message_id=found.pk, by=clerk, now=timezone.now())
    assert hand(found) == ("handed", "")
    assert len(gateway.taken) == 1
    assert AuditRow.objects.filter(action="messaging.send_again").count() == 1
    with pytest.raises(NotToBeSentAgain):
        send_again(message_id=found.pk, by=clerk, now=timezone.now())


@pytest.mark.parametrize(("changes", "why"), [({"to": "123"}, "address"), ({"is_secret": True}, "gave-up")])
def test_a_bad_address_or_a_secret_is_never_sent_again(changes, why, django_user_model):
    clerk = django_user_model.objects.create_user(username="p@contoh.id", name="Petugas Percobaan")
    found = message(**changes)
    Message.objects.filter(pk=found.pk).update(state="failed", reason=why)
    with pytest.raises(NotToBeSentAgain):
        send_again(message_id=found.pk, by=clerk, now=timezone.now())
    assert Message.objects.get().state == "failed"


def test_one_time_codes_are_forgotten_after_a_day_and_nothing_else():
    now = timezone.now()
    secret, plain = message(is_secret=True), message(key="k2")
    line.forget_old(now=now)
    secret.refresh_from_db()
    assert secret.body
    line.forget_old(now=now + timedelta(days=2))
    secret.refresh_from_db()
    plain.refresh_from_db()
    assert (secret.body, plain.body) == ("", "Halo Siti")


def test_attempts_are_numbered_without_gaps(gateway):
    gateway.status = 500
    found = message()
    for _n in range(3):
        hand(found)
    assert list(found.attempts.order_by("number").values_list("number", flat=True)) == [1, 2, 3]
    assert not Attempt.objects.filter(ended_at=None).exists()
