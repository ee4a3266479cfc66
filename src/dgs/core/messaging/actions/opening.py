"""A person opens what they were told in their account; which messages those are is in own_messages.py."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from dgs.core.messaging.models import Attempt, Message, Receipt
from dgs.core.messaging.own_messages import own
from dgs.kernel.errors import NotFound


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
