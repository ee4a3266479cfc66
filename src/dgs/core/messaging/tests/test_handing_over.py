"""Tests of handing over: what each answer of a provider leads to, and that nothing is sent twice or lost."""

import logging
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from dgs.core.audit.models import AuditRow
from dgs.core.messaging import handover
from dgs.core.messaging.actions import NotToBeSentAgain, say, send_again
from dgs.core.messaging.models import Attempt, Message
from dgs.core.messaging.providers import SmsGateway, Smtp

pytestmark = [pytest.mark.django_db, pytest.mark.server]


def message(channel="sms", **changes):
    to = "081234567890" if channel == "sms" else "siti@contoh.id"
    values = {"key": "k", "channel": channel, "to": to, "body": "Halo Siti", "subject": "Kabar", "now": timezone.now()}
    return say(**(values | changes))


def hand(found):
    handover.hand_over(found.pk)
    found.refresh_from_db()
    return found.state, found.reason


def last(found):
    return found.attempts.order_by("-number").first()


def waiting():
    return ProcrastinateJob.objects.filter(task_name="messaging.hand_over", status="todo")


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
    assert Smtp.letter(found).message()["Message-ID"] in text


@pytest.mark.parametrize(
    ("status", "state", "reason", "outcome"),
    [
        (400, "failed", "refused", "refused"), (404, "failed", "refused", "refused"),
        (401, "queued", "", "later"), (403, "queued", "", "later"), (429, "queued", "", "later"),
        (500, "queued", "", "later"), (503, "queued", "", "later"), (302, "queued", "", "later"),
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
    monkeypatch.setattr(SmsGateway, "seconds", 0.3)
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
    assert hand(message()) == ("queued", "")


@pytest.mark.parametrize(
    ("command", "reply", "state"),
    [
        ("RCPT", "550 no such user", "failed"), ("RCPT", "450 busy", "queued"), ("MAIL", "553 no", "failed"),
        ("DATA", "451 later", "queued"), ("TEXT", "554 spam", "failed"), ("TEXT", "452 full", "queued"),
    ],
)
def test_what_the_mail_server_answers_decides(mail, command, reply, state):
    mail.replies[command] = reply
    assert hand(message("email"))[0] == state
    assert not mail.taken


@pytest.mark.parametrize(("word", "state"), [("MAIL", "queued"), ("RCPT", "queued"), ("TEXT", "uncertain")])
def test_a_line_that_breaks_is_uncertain_only_after_the_text_went(mail, word, state):
    mail.hang_up = word
    assert hand(message("email"))[0] == state
    assert len(mail.taken) == (1 if state == "uncertain" else 0)


def test_a_mail_server_that_is_not_there_is_tried_again_later(settings):
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    found = message("email")
    assert hand(found) == ("queued", "")
    assert last(found).detail == "ConnectionRefusedError"


def test_pauses_grow_and_after_seven_tries_it_gives_up(gateway):
    gateway.status = 503
    found = message()
    delays = []
    for _n in range(7):
        state, reason = hand(found)
        delays.append(handover.pause_after(last(found).number))
    assert (state, reason) == ("failed", "gave-up")
    assert delays[:6] == sorted(delays[:6])
    assert delays[0] == timedelta(seconds=30)
    assert found.attempts.count() == 7


def test_a_try_that_failed_queues_the_next_one_for_later(gateway, run_jobs):
    gateway.status = 503
    found = message()
    run_jobs("messaging.hand_over")
    job = waiting().get()
    assert job.scheduled_at > timezone.now()
    assert job.args == {"message_id": found.pk}
    gateway.status = 202
    assert hand(found) == ("handed", "")


def test_nothing_set_up_is_a_clear_failure_in_production_and_the_outbox_in_the_demo(settings):
    settings.DGS_SMS_URL, settings.EMAIL_HOST, settings.DEMO = "", "", False
    assert hand(message()) == ("failed", "unconfigured")
    settings.DEMO = True
    found = message(key="k2")
    assert hand(found) == ("handed", "")
    assert last(found).provider == "outbox"


def test_a_secret_that_is_too_old_is_not_sent(gateway):
    found = message(is_secret=True, now=timezone.now() - timedelta(minutes=20))
    assert hand(found) == ("failed", "gave-up")
    assert not gateway.taken


def test_an_attempt_that_never_ended_makes_the_message_uncertain_and_sends_nothing(gateway):
    found = message()
    assert handover.begin(found.pk, now=timezone.now())
    assert hand(found) == ("uncertain", "broken-off")
    assert not gateway.taken


def test_a_late_end_still_says_what_became_of_it(gateway):
    found = message()
    _message, attempt, provider = handover.begin(found.pk, now=timezone.now())
    hand(found)
    handover.end(attempt.pk, provider.hand(found), now=timezone.now())
    found.refresh_from_db()
    assert found.state == "handed"
    assert len(gateway.taken) == 1


def test_a_provider_that_breaks_is_uncertain_and_the_log_names_nobody(gateway, monkeypatch, caplog):
    def broken(self, found):
        raise RuntimeError(f"bad thing about {found.to}")
    monkeypatch.setattr(SmsGateway, "hand", broken)
    with caplog.at_level(logging.DEBUG):
        assert hand(message())[0] == "uncertain"
    assert "6281234567890" not in caplog.text
    assert "Siti" not in caplog.text


def test_what_a_provider_says_is_kept_without_numbers(gateway):
    gateway.answer = "0: Accepted for 6281234567890"
    found = message()
    hand(found)
    assert last(found).detail == "HTTP 202 0: Accepted for …"


def test_a_message_whose_job_died_is_queued_again(gateway):
    found = message(now=timezone.now() - timedelta(minutes=11))
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
    assert handover.tend(now=timezone.now()) == 1
    assert handover.tend(now=timezone.now()) == 0
    assert waiting().get().args == {"message_id": found.pk}


def test_a_person_may_send_an_uncertain_message_again_and_only_such_a_one(gateway, django_user_model):
    clerk = django_user_model.objects.create_user(username="p@contoh.id", name="Petugas Percobaan")
    found = message()
    with pytest.raises(NotToBeSentAgain):
        send_again(message_id=found.pk, by=clerk, now=timezone.now())
    assert not AuditRow.objects.exists()
    handover.begin(found.pk, now=timezone.now())
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
    assert handover.forget_secrets(now=now) == 0
    assert handover.forget_secrets(now=now + timedelta(days=2)) == 1
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
