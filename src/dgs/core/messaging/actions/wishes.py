"""What people do not want to be told: STOP and MULAI for a number, kinds of messages switched off in an account."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from dgs.core.messaging.kinds import STOPPED, SWITCHABLE
from dgs.core.messaging.models import Message, Silence, Wish


@transaction.atomic
def fall_silent(*, address: str, now: datetime) -> None:
    """No news and no reminders to this address any more, and none of those that wait."""
    Silence.objects.bulk_create([Silence(address=address, since=now)], ignore_conflicts=True)
    Message.objects.filter(to=address, kind__in=STOPPED, state__in=["queued", "held"]).update(
        state=Message.State.STOPPED, reason=Message.Reason.UNWANTED
    )


@transaction.atomic
def speak_again(*, address: str) -> bool:
    """News and reminders to this address again; whether it had been silent."""
    return Silence.objects.filter(address=address).delete()[0] > 0


@transaction.atomic
def wish(*, party_id: int, wanted: set[tuple[str, str]], channels: set[str], now: datetime) -> None:
    """Write down which (channel, kind) a person wants, of those channels and all kinds that may be switched off."""
    for channel in sorted(channels):
        for kind in SWITCHABLE:
            Wish.objects.update_or_create(
                party_id=party_id, channel=channel, kind=kind,
                defaults={"is_wanted": (channel, kind) in wanted, "changed_at": now},
            )
