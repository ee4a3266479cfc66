"""All that is known of one message, in the order of time: how it was written, held, tried and received."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from dgs.core.messaging.models import Attempt, Message, Receipt
from dgs.kernel.manifest import Text

TONES = {
    "queued": "waiting", "held": "waiting", "going": "waiting", "handed": "done", "delivered": "done", "failed": "stopped",
    "expired": "stopped", "uncertain": "late", "stopped": "stopped",
}
# How a moment is drawn: "" happened well, "late" is trouble, "paused" waits, "next" is still to come.
ENDED = {Attempt.Outcome.HANDED: "", Attempt.Outcome.LATER: "paused"}
SAID = {Receipt.Said.ACCEPTED: "", Receipt.Said.DELIVERED: "", Receipt.Said.READ: ""}


@dataclass(frozen=True)
class Moment:
    """Something that happened (or, with `tone` "next", will); `text` says more."""

    at: datetime | None
    title: Text
    text: Text = ""
    tone: str = ""


def timeline(message: Message, attempts: Iterable[Attempt]) -> list[Moment]:
    """The moments of a message; `attempts` with their senders and receipts."""
    found = [Moment(message.created_at, _("Written"))]
    for one in attempts:
        through = _sender(one)
        found.append(Moment(one.began_at, _("Try %(number)s began") % {"number": one.number}, through))
        if one.ended_at is None:
            found.append(Moment(one.began_at, _("Nobody knows how this try ended"), through, "late"))
        elif one.outcome == Attempt.Outcome.LATER and one.detail == "not begun":
            found.append(Moment(one.ended_at, _("It went back into the line: the hand-over had not begun"), "", "paused"))
        else:
            found.append(Moment(one.ended_at, _title(one), one.detail, ENDED.get(one.outcome, "late")))
        found += [
            Moment(receipt.received_at, _("The provider reports: %(said)s") % {"said": receipt.get_said_display()},
                   receipt.detail, SAID.get(receipt.said, "late"))
            for receipt in one.receipts.all()
        ]
    # Python's sort keeps what happened at the same moment in the order in which it was told above.
    found.sort(key=lambda moment: moment.at)
    return [*found, *_now(message)]


def cost_of(attempts: Iterable[Attempt]) -> tuple[int, Decimal]:
    """Parts that are paid for, and rupiah."""
    rows = list(attempts)
    return sum(one.parts for one in rows), sum((one.cost for one in rows), Decimal(0))


def _sender(attempt: Attempt) -> str:
    return attempt.sender.title if attempt.sender else attempt.provider


def _title(attempt: Attempt) -> str:
    return {
        Attempt.Outcome.HANDED: _("The provider took it"),
        Attempt.Outcome.REFUSED: _("The provider refused it"),
        Attempt.Outcome.LATER: _("The provider was not reached"),
        Attempt.Outcome.UNSURE: _("The hand-over broke off"),
    }.get(attempt.outcome, _("The try ended"))


def _now(message: Message) -> list[Moment]:
    """What is still to come, or how it ended without a try."""
    why = message.get_reason_display() if message.reason else ""
    if message.state == Message.State.HELD:
        return [Moment(message.not_before, _("It is sent"), why, "next")]
    if message.state == Message.State.QUEUED:
        return [Moment(None, _("It waits in the line for its turn"), why, "next")]
    if message.state == Message.State.GOING:
        return [Moment(None, _("It is being handed over"), "", "next")]
    if message.state == Message.State.HANDED:
        return [Moment(None, _("A receipt may still come; many providers send none"), "", "next")]
    if message.state in {Message.State.STOPPED, Message.State.FAILED, Message.State.UNCERTAIN, Message.State.EXPIRED}:
        return [Moment(None, message.get_state_display().capitalize(), why, "late")]
    return []
