"""Saying something to somebody: the message and its job are written in one transaction; sending is not here."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from dgs.core.audit import api as audit
from dgs.core.messaging.addresses import normalise_email, normalise_phone
from dgs.core.messaging.models import Attempt, Message
from dgs.kernel.errors import RuleBroken

CONTROL = dict.fromkeys([c for c in range(32) if c not in (9, 10, 13)] + [127])


class NotToBeSentAgain(RuleBroken):
    """Only a message that failed or is uncertain can be sent again."""

    code = "message-not-resendable"
    sentence = _("This message is waiting or was already handed over; it is not sent again.")


def say(
    *,
    key: str,
    channel: str,
    to: str,
    body: str,
    now: datetime,
    subject: str = "",
    language: str = "id",
    about: str = "",
    office: str = "",
    party_id: int | None = None,
    is_secret: bool = False,
) -> Message:
    """Write a message and queue its sending in the caller's transaction; the same `key` twice is one message.

    `channel` is "sms" or "email". An address that cannot receive anything does not stop the caller: the message is
    kept as "failed" with its reason, so that staff see it. RuntimeError outside a transaction (house rule).
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("say() must be called in a transaction: the message belongs to what it tells of")
    if channel not in {"sms", "email"}:
        raise ValueError(f"unknown channel {channel!r}")
    if not 0 < len(key) <= 120:
        raise ValueError("a message's key has 1 to 120 characters")
    state, reason, address = Message.State.QUEUED, "", to.translate(CONTROL).strip()[:254]
    try:
        address = normalise_phone(to) if channel == "sms" else normalise_email(to)
    except ValueError:
        state, reason = Message.State.FAILED, Message.Reason.ADDRESS
    try:
        with transaction.atomic():
            message = Message.objects.create(
                key=key, channel=channel, to=address, party_id=party_id, language=language[:2],
                subject=" ".join(subject.translate(CONTROL).split())[:200], body=body.translate(CONTROL).strip(),
                about=about, office_id=office or None, is_secret=is_secret, created_at=now, state=state, reason=reason,
            )
    except IntegrityError:
        existing = Message.objects.filter(key=key).first()
        if existing is None:
            raise
        return existing
    if state == Message.State.QUEUED:
        queue(message.pk)
    return message


def queue(message_id: int, *, delay: timedelta | None = None) -> bool:
    """Queue the sending of a message in the present transaction; False when a job for it already waits."""
    task = app.configure_task(
        "messaging.hand_over",
        lock=f"message:{message_id}",
        queueing_lock=f"message:{message_id}",
        schedule_in={"seconds": int(delay.total_seconds())} if delay else None,
        allow_unknown=False,
    )
    try:
        with transaction.atomic():
            task.defer(message_id=message_id)
    except AlreadyEnqueued:
        return False
    return True


@transaction.atomic
def send_again(*, message_id: int, by, now: datetime) -> Message:
    """A person decides that a failed or uncertain message goes out once more; NotToBeSentAgain for any other.

    An address found useless is not tried again. The decision is audited, because an uncertain message may have
    arrived already.
    """
    message = Message.objects.select_for_update().get(pk=message_id)
    again = {Message.State.FAILED, Message.State.UNCERTAIN}
    if message.state not in again or message.reason == Message.Reason.ADDRESS or message.is_secret:
        raise NotToBeSentAgain
    before = message.state
    Attempt.objects.filter(message=message, ended_at=None).update(ended_at=now, outcome=Attempt.Outcome.UNSURE)
    message.state, message.reason = Message.State.QUEUED, ""
    message.save(update_fields=["state", "reason"])
    queue(message.pk)
    audit.record(
        action="messaging.send_again", by=by, subject=f"messaging.message:{message.pk}", now=now,
        facts={"was": before}, person=message.party_id, office=message.office_id or "",
    )
    return message
