"""What follows from a message's kind: what goes first, what waits for the morning, what a person may switch off."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from django.conf import settings
from django.utils import timezone

from dgs.core.messaging.models import Message

Kind = Message.Kind

URGENCY = {Kind.EMERGENCY: 0, Kind.CODE: 1, Kind.REPLY: 2, Kind.MATTER: 3, Kind.MONEY: 3, Kind.REMINDER: 4, Kind.NEWS: 5}
# What a person may switch off, and what STOP switches off; codes and answers are asked for, and emergencies are for life.
SWITCHABLE = (Kind.MATTER, Kind.MONEY, Kind.REMINDER, Kind.NEWS)
STOPPED = {Kind.REMINDER, Kind.NEWS}
# An e-mail wakes nobody.
WAKING = {Message.Channel.SMS, Message.Channel.PUSH, Message.Channel.WHATSAPP}
CAPPED = set(SWITCHABLE)


def not_before(kind: str, channel: str, now: datetime) -> datetime | None:
    """The end of the quiet hours that hold this back now, in the region's zone; None when it may go at once."""
    if not settings.DGS_QUIET_HOURS or kind not in SWITCHABLE or channel not in WAKING:
        return None
    begin, end = quiet_hours()
    local = timezone.localtime(now)
    at = local.time()
    is_quiet = begin <= at or at < end if begin > end else begin <= at < end
    if not is_quiet:
        return None
    day = local.date() + timedelta(days=1 if at >= end else 0)
    return timezone.make_aware(datetime.combine(day, end))


def quiet_hours() -> tuple[time, time]:
    """Begin and end, from DGS_QUIET_HOURS such as "21:00-06:00"; ValueError when it is written otherwise."""
    begin, _dash, end = settings.DGS_QUIET_HOURS.partition("-")
    return time.fromisoformat(begin.strip()), time.fromisoformat(end.strip())
