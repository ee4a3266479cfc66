"""A person decides that a message goes out once more, for nothing is sent twice by itself."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from dgs.core.audit import api as audit
from dgs.core.messaging.models import Attempt, Message
from dgs.core.messaging.models.outbox import a_draw
from dgs.kernel.errors import RuleBroken


class NotToBeSentAgain(RuleBroken):
    """Only a message that failed, expired or is uncertain can be sent again."""

    code = "message-not-resendable"
    sentence = _("This message is waiting or was already handed over; it is not sent again.")


def may_be_sent_again(message: Message) -> bool:
    """Whether a person may have it sent again: not to an address that is none, and never an old code."""
    return message.state in Message.LOST and message.reason != Message.Reason.ADDRESS and not message.is_secret


@transaction.atomic
def send_again(*, message_id: int, by, now: datetime) -> Message:
    """Queue a failed, expired or uncertain message once more; NotToBeSentAgain for any other.

    The decision is audited, because an uncertain message may have arrived already.
    """
    message = Message.objects.select_for_update().get(pk=message_id)
    if not may_be_sent_again(message):
        raise NotToBeSentAgain
    before = message.state
    Attempt.objects.filter(message=message, ended_at=None).update(ended_at=now, outcome=Attempt.Outcome.UNSURE)
    message.state, message.reason, message.not_before, message.draw = Message.State.QUEUED, "", None, a_draw()
    message.save(update_fields=["state", "reason", "not_before", "draw"])
    audit.record(
        action="messaging.send_again", by=by, subject=f"messaging.message:{message.pk}", now=now,
        facts={"was": before}, person=message.party_id, office=message.office_id or "",
    )
    return message


@transaction.atomic
def send_several_again(*, message_ids: Iterable[int], by, now: datetime) -> tuple[int, int]:
    """Queue several once more; how many were, and how many are not to be (another was faster, or they arrived meanwhile)."""
    sent = refused = 0
    for message_id in sorted(set(message_ids)):
        try:
            send_again(message_id=message_id, by=by, now=now)
            sent += 1
        except NotToBeSentAgain:
            refused += 1
    return sent, refused
