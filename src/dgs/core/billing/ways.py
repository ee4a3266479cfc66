"""The ways in which one bill can be paid through the channels of other rooms now; the bank transfer is on the page itself."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from dgs.core.billing.owing import Owed
from dgs.kernel import registry
from dgs.kernel.manifest import PaymentChannel, Way

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Open:
    """A channel with its ways for one bill. `is_broken`: it could not answer. `is_withheld`: it is shown to the payer only."""

    channel: PaymentChannel
    ways: tuple[Way, ...] = ()
    is_broken: bool = False
    is_withheld: bool = False

    @property
    def can_simulate(self) -> bool:
        """Whether the demo can pay by it."""
        return bool(self.ways) and self.channel.simulate is not None


def ways_to_pay(owed: Owed, *, now: datetime, may_issue: bool, until: datetime | None = None) -> list[Open]:
    """Each channel that has a way for the bill, or that failed, in order; none when no money is asked for.

    Channels that issue something when they are shown do so only where `may_issue`: for the payer, not for whoever looks.
    `until`: what is shown must be good that long. A channel that fails is told of and changes nothing.
    """
    if not owed.is_payable:
        return []
    found = (_open(channel, owed, now=now, may_issue=may_issue, until=until) for channel in registry.payment_channels())
    return [one for one in found if one.ways or one.is_broken or one.is_withheld]


def _open(channel: PaymentChannel, owed: Owed, *, now: datetime, may_issue: bool, until: datetime | None) -> Open:
    if channel.is_issuing and not may_issue:
        return Open(channel, is_withheld=True)
    try:
        # What a failing channel wrote, and the error it left in the transaction, go with this savepoint.
        with transaction.atomic():
            return Open(channel, tuple(channel.ways(owed.bill, owed, now, **({"until": until} if until else {}))))
    except Exception:
        logger.exception("the payment channel %s could not answer for a bill", channel.code)
        return Open(channel, is_broken=True)
