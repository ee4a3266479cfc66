"""Handing one message to its provider so that a crash at any point loses nothing and doubles nothing."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from dgs.core.messaging.actions import queue
from dgs.core.messaging.models import Attempt, Message
from dgs.core.messaging.providers import Answer, Provider, provider_for

log = logging.getLogger(__name__)

TRIES = 7
SECRET_LIVES = timedelta(minutes=15)
PATIENCE = timedelta(minutes=10)


def hand_over(message_id: int) -> None:
    """Try once to hand a queued message over; anything but a queued message is left alone.

    The begin of the attempt is committed before the provider is called and its end after. A process that dies in
    between leaves an attempt without an end: whoever meets it next marks the message uncertain and does not send it.
    """
    begun = begin(message_id, now=timezone.now())
    if begun is None:
        return
    message, attempt, provider = begun
    try:
        answer = provider.hand(message)
    except Exception as error:  # noqa: BLE001 - whatever went wrong, it may have happened after the provider took it
        log.error("message %s: the provider %s failed with %s", message_id, provider.name, type(error).__name__)
        answer = Answer(Attempt.Outcome.UNSURE, type(error).__name__)
    end(attempt.pk, answer, now=timezone.now())


@transaction.atomic
def begin(message_id: int, *, now: datetime) -> tuple[Message, Attempt, Provider] | None:
    """Write down that an attempt begins; None when there is nothing to send."""
    message = Message.objects.select_for_update().filter(pk=message_id, state=Message.State.QUEUED).first()
    if message is None:
        return None
    last = message.attempts.order_by("-number").first()
    if last is not None and last.ended_at is None:
        _settle(message, Message.State.UNCERTAIN, Message.Reason.BROKEN_OFF)
        return None
    if message.is_secret and now - message.created_at > SECRET_LIVES:
        _settle(message, Message.State.FAILED, Message.Reason.GAVE_UP)
        return None
    provider = provider_for(message.channel)
    if provider is None:
        _settle(message, Message.State.FAILED, Message.Reason.UNCONFIGURED)
        return None
    attempt = Attempt.objects.create(
        message=message, number=last.number + 1 if last else 1, provider=provider.name, began_at=now
    )
    return message, attempt, provider


@transaction.atomic
def end(attempt_id: int, answer: Answer, *, now: datetime) -> None:
    """Write down how an attempt ended; when it is to be tried again, the next job is queued in the same transaction."""
    attempt = Attempt.objects.select_related("message").select_for_update().get(pk=attempt_id)
    message = attempt.message
    attempt.ended_at, attempt.outcome, attempt.detail = now, answer.outcome, answer.detail[:300]
    attempt.save(update_fields=["ended_at", "outcome", "detail"])
    if answer.outcome == Attempt.Outcome.HANDED:
        _settle(message, Message.State.HANDED, "")
    elif answer.outcome == Attempt.Outcome.REFUSED:
        _settle(message, Message.State.FAILED, Message.Reason.REFUSED)
    elif answer.outcome == Attempt.Outcome.UNSURE:
        _settle(message, Message.State.UNCERTAIN, Message.Reason.BROKEN_OFF)
    elif _tries_since_a_person_asked(message) >= TRIES:
        _settle(message, Message.State.FAILED, Message.Reason.GAVE_UP)
    else:
        queue(message.pk, delay=pause_after(attempt.number))


def pause_after(number: int) -> timedelta:
    """How long to wait after the n-th try: 30 s, 2 min, 8 min, 32 min, then two hours and eight."""
    return timedelta(seconds=30 * 4 ** min((number - 1) % TRIES, 5))


def tend(*, now: datetime) -> int:
    """Queue again what waits without a job (its job died) and mark uncertain what was begun and never ended.

    Answers how many messages were touched. Runs each minute; looks only at messages older than ten minutes, longer
    than any provider is waited for.
    """
    touched = 0
    old = Message.objects.filter(state=Message.State.QUEUED, created_at__lt=now - PATIENCE)
    recent = Attempt.objects.filter(began_at__gte=now - PATIENCE).values("message_id")
    for message_id in old.exclude(pk__in=recent).order_by("pk").values_list("pk", flat=True)[:500]:
        with transaction.atomic():
            touched += queue(message_id)
    return touched


def forget_secrets(*, now: datetime) -> int:
    """Empty the text of one-time codes after a day: nobody needs them any more and they must not lie about."""
    return Message.objects.filter(is_secret=True, created_at__lt=now - timedelta(days=1)).exclude(body="").update(body="")


def _tries_since_a_person_asked(message: Message) -> int:
    count = 0
    for outcome in message.attempts.order_by("-number").values_list("outcome", flat=True):
        if outcome != Attempt.Outcome.LATER:
            break
        count += 1
    return count


def _settle(message: Message, state: str, reason: str) -> None:
    Message.objects.filter(pk=message.pk).update(state=state, reason=reason)
    if state != Message.State.HANDED:
        log.warning("message %s is %s: %s", message.pk, state, reason)
