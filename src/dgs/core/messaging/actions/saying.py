"""Saying something to somebody: the message is written in the transaction of what it tells of; sending is the pump's."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from django.db import transaction

from dgs.core.messaging.actions.dead import is_dead
from dgs.core.messaging.actions.notices import accounts_noticed
from dgs.core.messaging.addresses import normalise
from dgs.core.messaging.commands import PLAIN
from dgs.core.messaging.kinds import STOPPED, SWITCHABLE, URGENCY, not_before
from dgs.core.messaging.models import Message, Silence, Wish
from dgs.core.messaging.plain import plain
from dgs.kernel.statements import Insert

# The same words to the same address in the same matter within this time are one message, whatever their key.
DOUBLES = timedelta(minutes=10)
# Of what a person did not just ask for.
NOTICED = {*SWITCHABLE, Message.Kind.EMERGENCY}
MAY_REPEAT = {Message.Kind.CODE, Message.Kind.REPLY}
ADD = Insert(Message, once="")
Reason, State = Message.Reason, Message.State


def say(
    *,
    key: str,
    channel: str,
    to: str,
    body: str,
    now: datetime,
    kind: str = Message.Kind.MATTER,
    subject: str = "",
    language: str = "id",
    about: str = "",
    office: str = "",
    party_id: int | None = None,
    sender_id: int | None = None,
    is_secret: bool = False,
    is_awaited: bool = False,
) -> Message:
    """Write a message in the caller's transaction; the same `key` twice is one message, and so are the same words to the same
    address about the same thing within ten minutes.

    `channel` is one of `Message.Channel`, `kind` one of `Message.Kind` (`is_secret` makes it a code). An address that cannot
    receive anything does not stop the caller: the message is kept as "failed" with its reason, so that staff see it; one whose
    addressee does not want such messages is kept as "stopped". `is_awaited`: the addressee has just done something and waits
    for this, so that it goes out in quiet hours too. By "app" and "push" it goes `to` an account, named by its number.
    RuntimeError outside a transaction (house rule).
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("say() must be called in a transaction: the message belongs to what it tells of")
    if not 0 < len(key) <= 120:
        raise ValueError("a message's key has 1 to 120 characters")
    kind = Message.Kind.CODE if is_secret and kind == Message.Kind.MATTER else Message.Kind(kind)
    message = Message(
        key=key, channel=Message.Channel(channel), to=plain(to, 254), party_id=party_id, kind=kind,
        urgency=URGENCY[kind], language=language[:2], subject=" ".join(plain(subject).split())[:200],
        body=plain(body), about=about, office_id=office or None, is_secret=is_secret, created_at=now,
        sender_id=sender_id,
    )
    if channel == Message.Channel.SMS:
        message.body = message.body.translate(PLAIN)  # one typeset sign makes an SMS cost twice
    _stand(message, to, is_awaited=is_awaited)
    if kind not in MAY_REPEAT:
        message.digest = digest(message, now)
        before = Message.objects.filter(digest=digest(message, now - DOUBLES), created_at__gt=now - DOUBLES).first()
        if before is not None:
            return before
    if not ADD.add(message):
        return Message.objects.filter(key=key).first() or Message.objects.get(digest=message.digest)
    if message.kind in NOTICED and message.channel != Message.Channel.PUSH and not message.is_secret:
        _notice(message)
    return message


def _notice(message: Message) -> None:
    """Browsers of the addressee that take notices show one; what is said by SMS and e-mail at once is noticed once."""
    for user_id, language in accounts_noticed(message):
        moment = f"{message.about}:{message.created_at.timestamp()}" if message.about else message.key
        key = f"push:{user_id}:{hashlib.sha256(moment.encode()).hexdigest()[:40]}"
        say(
            key=key, channel=Message.Channel.PUSH, to=str(user_id),
            body=message.subject or message.body, kind=message.kind, language=language, about=message.about,
            office=message.office_id or "", party_id=message.party_id, now=message.created_at,
        )


def digest(message: Message, at: datetime) -> str:
    """What makes two messages the same for their reader: channel, address, matter and words, and in which ten minutes.

    The table holds it once, so that two who say the same at the same time say it once.
    """
    part = str(int(at.timestamp() // DOUBLES.total_seconds()))
    parts = (part, message.channel, message.to, message.about, message.subject, message.body)
    return hashlib.sha256("\x00".join(parts).encode()).hexdigest()[:32]


def _stand(message: Message, to: str, *, is_awaited: bool) -> None:
    """Whether it can go, and when: the address, what its reader wants, the hour."""
    try:
        message.to = normalise(message.channel, to)
    except ValueError:
        message.state, message.reason = State.FAILED, Reason.ADDRESS
        return
    # A code still goes there, for with it the address is confirmed anew.
    if message.channel == Message.Channel.EMAIL and message.kind != Message.Kind.CODE and is_dead(message.to):
        message.state, message.reason = State.FAILED, Reason.DEAD
        return
    if message.kind in SWITCHABLE and _is_unwanted(message):
        message.state, message.reason = State.STOPPED, Reason.UNWANTED
        return
    if message.channel == Message.Channel.APP:  # it stands in the account now, and nobody has to carry it there
        message.state = State.DELIVERED
        return
    message.not_before = None if is_awaited else not_before(message.kind, message.channel, message.created_at)
    if message.not_before is not None:
        message.state, message.reason = State.HELD, Reason.QUIET


def _is_unwanted(message: Message) -> bool:
    if message.kind in STOPPED and Silence.objects.filter(address=message.to).exists():
        return True
    wish = message.party_id and Wish.objects.filter(party=message.party_id, channel=message.channel, kind=message.kind).first()
    return bool(wish and not wish.is_wanted)
