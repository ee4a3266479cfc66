"""What a signed-in person was told: the same rows that went out by SMS and e-mail, never secret ones; and what was opened.

Nothing is doubled for the account: a message belongs to whose party it names. Who loses a telephone finds everything here.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from dgs.core.messaging.models import Attempt, Message, Receipt
from dgs.kernel.errors import NotFound

# Each said more fully than the one before; of what was said of one thing at one time by several, the fullest is shown.
FULLNESS = {"push": 0, "whatsapp": 1, "sms": 2, "email": 3, "app": 4}
MOST_COUNTED = 100


def own(user) -> QuerySet[Message]:
    """The messages to this person, each thing once: also what was switched off, but no codes, no answers to the person's own SMS
    and nothing that was withdrawn."""
    whose = Q(channel="app", to=str(user.pk))
    if user.party_id is not None:
        whose |= Q(party=user.party_id)
    found = Message.objects.filter(whose, is_secret=False).exclude(kind__in=["code", "reply"]).exclude(reason="withdrawn")
    found = found.exclude(channel="push")
    fuller = Message.objects.filter(
        ~Q(about=""), about=OuterRef("about"), created_at=OuterRef("created_at"), party=OuterRef("party"), is_secret=False,
    ).exclude(reason="withdrawn")
    for channel in ("whatsapp", "sms", "email"):
        better = [other for other, rank in FULLNESS.items() if rank > FULLNESS[channel]]
        found = found.exclude(Q(Exists(fuller.filter(channel__in=better))), channel=channel)
    return found


def unread_of(user) -> int:
    """How many of them were not opened yet; more than a hundred are not counted."""
    return own(user).filter(opened_at=None)[: MOST_COUNTED].count()


@transaction.atomic
def open_one(*, user, message_id: int, now: datetime) -> Message:
    """The message, which is read by that; NotFound for another's."""
    message = own(user).filter(pk=message_id).first()
    if message is None:
        raise NotFound
    if message.opened_at is None:
        _read([message.pk], now=now)
    return message


@transaction.atomic
def read_all(*, user, now: datetime) -> int:
    """All of them are read; how many were not."""
    return _read(list(own(user).filter(opened_at=None).values_list("pk", flat=True)), now=now)


def _read(pks: list[int], *, now: datetime) -> int:
    """Write down that these were opened; of what was said in the account that is its receipt too."""
    changed = Message.objects.filter(pk__in=pks, opened_at=None).update(opened_at=now)
    said_here = list(Message.objects.filter(pk__in=pks, channel="app"))
    Attempt.objects.bulk_create(
        [Attempt(message=one, number=1, provider="account", began_at=one.created_at, ended_at=one.created_at,
                 outcome=Attempt.Outcome.HANDED) for one in said_here],
        ignore_conflicts=True,
    )
    Receipt.objects.bulk_create(
        [Receipt(attempt=one, said=Receipt.Said.READ, received_at=now)
         for one in Attempt.objects.filter(message__in=said_here, number=1)],
        ignore_conflicts=True,
    )
    return changed
