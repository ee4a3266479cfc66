"""What providers say afterwards: receipts, late, doubled or out of order, and SMS they bring; each is taken in once."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime

from django.db import DatabaseError, transaction

from dgs.core.messaging.actions.dead import address_works, came_back
from dgs.core.messaging.actions.receiving import receive
from dgs.core.messaging.models import Attempt, Inbound, Message, Receipt, Sender
from dgs.core.messaging.senders.talking import Came, Told
from dgs.core.messaging.trouble import where

log = logging.getLogger(__name__)

Said, State, Reason = Receipt.Said, Message.State, Message.Reason
# What a receipt of the newest attempt makes of a message; only "delivered" and "read" also count when they come from an
# earlier one, for then it arrived, whatever was done since.
MAKES = {
    Said.DELIVERED: (State.DELIVERED, ""), Said.READ: (State.DELIVERED, ""), Said.FAILED: (State.FAILED, Reason.UNDELIVERABLE),
    Said.BOUNCED: (State.FAILED, Reason.BOUNCED), Said.EXPIRED: (State.EXPIRED, ""), Said.ACCEPTED: (State.HANDED, ""),
}
# The weaker is overruled by the stronger, never the other way round.
STRENGTH = {
    State.STOPPED: 0, State.QUEUED: 0, State.HELD: 0, State.GOING: 0, State.UNCERTAIN: 1, State.HANDED: 2, State.EXPIRED: 3,
    State.FAILED: 4, State.DELIVERED: 5,
}


def take_in(sender: Sender, things: Iterable[Told | Came], *, now: datetime) -> int:
    """Take in receipts and SMS, each in its own transaction; how many were new or not."""
    count = 0
    for thing in things:
        if isinstance(thing, Came):
            _come(sender, thing, now=now)
        else:
            told(sender, thing, now=now)
        count += 1
    return count


def _come(sender: Sender, thing: Came, *, now: datetime) -> None:
    """Once it is written down it is taken in: what breaks at its answer is tried again by the pump, not brought again."""
    try:
        receive(sender=sender, gateway_id=thing.gateway_id, number=thing.number, text=thing.text, to=thing.to, now=now)
    except DatabaseError:
        raise
    except Exception as error:
        if not Inbound.objects.filter(sender=sender, gateway_id=thing.gateway_id).exists():
            raise
        log.error("what %s brought could not be answered yet: %s", sender.name, where(error))


@transaction.atomic
def told(sender: Sender | None, receipt: Told, *, now: datetime) -> bool:
    """Write a receipt down and let it count; False when it was known, or is about nothing that went through this sender."""
    mine = Attempt.objects.filter(sender=sender)
    mine = mine.filter(pk=receipt.attempt_id) if receipt.attempt_id else mine.filter(gateway_id=receipt.gateway_id)
    attempt = mine.order_by("-pk").first() if receipt.attempt_id or receipt.gateway_id else None
    if attempt is None:
        log.warning("%s sent a receipt for something it was never given", sender.name if sender else "a mail server")
        return False
    message = Message.objects.select_for_update().get(pk=attempt.message_id)
    row = Receipt(attempt=attempt, said=receipt.said, detail=receipt.detail[:300], received_at=now)
    known = Receipt.objects.filter(attempt=attempt, said=receipt.said).exists()
    if known:
        return False
    row.save()
    if message.channel == Message.Channel.EMAIL:
        _learn(message.to, receipt, now=now)
    state, reason = MAKES[Said(receipt.said)]
    is_newest = not Attempt.objects.filter(message=message, number__gt=attempt.number).exists()
    # A message that a person has sent again waits; an old receipt of the try before does not stop it, unless it arrived.
    is_waiting = message.state in {State.QUEUED, State.HELD, State.STOPPED}
    if state != State.DELIVERED and (not is_newest or is_waiting):
        return True
    if STRENGTH[state] > STRENGTH[State(message.state)]:
        Message.objects.filter(pk=message.pk).update(state=state, reason=reason)
    return True


def _learn(address: str, receipt: Told, *, now: datetime) -> None:
    """What a receipt says of an e-mail address, whatever became of the message."""
    if receipt.said == Said.BOUNCED:
        came_back(address, detail=receipt.detail, now=now)
    elif receipt.said in {Said.DELIVERED, Said.READ}:
        address_works(address=address)
