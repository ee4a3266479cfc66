"""When a reminder speaks: which step is due on a day, when the next one is, and at what hours; and what a matter says then."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone

from dgs.core.messaging.commands import fit
from dgs.core.messaging.kinds import not_before
from dgs.core.messaging.models import Message
from dgs.kernel.manifest import Reachable, Text

# A step that could not be taken on its day is taken later, up to so many days; then what it would say has lost its sense.
LATE = 14
# Nobody is reminded of a bill before eight or in the evening, by e-mail neither.
FROM, UNTIL = time(8), time(20)
LONGEST = 366


@dataclass(frozen=True)
class Words:
    """What is said: by SMS, made fit for it, and as subject and body by e-mail."""

    sms: str
    subject: str
    body: str

    def __post_init__(self):
        object.__setattr__(self, "sms", fit(self.sms))


@dataclass(frozen=True)
class Matter:
    """A matter that goes on: `words(days)` in the active language, `days` left until the date (negative: since it).

    `whom` are the accounts to tell; None is the account that the reminder names.
    """

    words: Callable[[int], Words]
    whom: Sequence[Reachable] | None = None
    title: Text = ""


def step_due(steps: Iterable[int], *, due_on: date, known_on: date, today: date) -> int | None:
    """The step that is to be taken on that day, or None: the nearest of those whose day has come, unless it is too late for it.

    Farther ones that were missed are passed over; after the date only a step after it makes sense.
    """
    come = [days for days in steps if known_on < due_on - timedelta(days=days) <= today]
    nearest = min(come, default=None)
    if nearest is None or nearest >= 0 and today > due_on:
        return None
    return None if today - (due_on - timedelta(days=nearest)) > timedelta(days=LATE) else nearest


def next_day(steps: Iterable[int], *, due_on: date, after: date) -> date | None:
    """The day of the next step after a day, or None."""
    return min((day for days in steps if (day := due_on - timedelta(days=days)) > after), default=None)


def windows(steps: Sequence[int], *, day: date, today: date) -> list[tuple[int, date, date]]:
    """For each step the dates (first, last) it speaks of on that day: one date for a day to come, today those missed too."""
    found = []
    for days in steps:
        last = day + timedelta(days=days)
        first = last
        if day <= today:
            first = last - timedelta(days=LATE)
            nearer = max((other for other in steps if other < days), default=None)
            if nearer is not None:
                first = max(first, day + timedelta(days=nearer + 1))
            if days >= 0:
                first = max(first, day)
        found.append((days, first, last))
    return found


def is_civil(now: datetime) -> bool:
    """Whether it is an hour at which people are reminded of something, in the region's zone."""
    return FROM <= timezone.localtime(now).time() < UNTIL and not_before(Message.Kind.REMINDER, "sms", now) is None
