"""The clock of a case in working days of the region's calendar; pure reckoning, no writes.

Day counting follows the rule of the calendar room: the day on which something begins does not count, the day on which
it ends does. A pause takes the working days inside it out of the count; nothing ever sets the count back to zero, neither
that of the whole term nor that of a step to which the case comes back.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise

from django.utils import timezone

from dgs.core.cases.models import Case, Pause
from dgs.core.cases.record import Record, Stand
from dgs.core.regions import api as regions

Paused = Pause | Stand
Entry = tuple[str, datetime]


def day_of(moment: datetime) -> date:
    """The calendar day of an instant in the region's time zone."""
    return timezone.localtime(moment).date()


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What the clock of a case shows: working days.

    `used` of `allowed` in the whole term; `step_used` of `step_allowed` in the present state, with the days of earlier stays
    in it; `left` may be negative.
    """

    used: int
    allowed: int
    step_used: int
    step_allowed: int | None
    is_paused: bool
    left: int

    @property
    def is_overdue(self) -> bool:
        """Whether the whole term is over."""
        return self.left < 0

    @property
    def share(self) -> int:
        """Used days in per cent of the allowed ones, at most 100."""
        return min(100, round(100 * self.used / self.allowed)) if self.allowed else 0


def days_used(case: Case, pauses: Iterable[Paused], now: datetime) -> int:
    """Working days from submission to now (or the close), less those inside pauses."""
    end = day_of(case.closed_at or now)
    total = regions.working_days_between(day_of(case.submitted_at), end)
    for pause in pauses:
        total -= regions.working_days_between(day_of(pause.began_at), day_of(pause.ended_at or case.closed_at or now))
    return max(total, 0)


def days_before(state: str, pauses: Iterable[Paused], entries: Iterable[Entry]) -> int:
    """Working days that the case spent in a state in earlier stays, less those inside pauses; the last stay is not counted."""
    stays = [(begin, end) for (held, begin), (_next, end) in pairwise(entries) if held == state]
    if not stays:
        return 0
    stood = [(pause.began_at, pause.ended_at) for pause in pauses]
    total = 0
    for begin, end in stays:
        total += regions.working_days_between(day_of(begin), day_of(end))
        for began, ended in stood:
            first, last = max(begin, began), min(end, ended or end)
            if first < last:
                total -= regions.working_days_between(day_of(first), day_of(last))
    return max(total, 0)


def step_due_on(case: Case, state: str, allowed: int | None, pauses: Iterable[Paused], now: datetime) -> date | None:
    """Last day of the step that begins now: what earlier stays left of its limit; today when they left nothing."""
    if not allowed:
        return None
    entries = case.events.exclude(to_state="").order_by("seq").values_list("to_state", "at")
    left = max(allowed - days_before(state, pauses, entries), 0)
    return regions.add_working_days(day_of(now), left) if left else day_of(now)


def read(case: Case, record: Record, allowed: int, step_allowed: int | None, now: datetime) -> Reading:
    """The whole reading for a page."""
    used = case.days_used if case.days_used is not None else days_used(case, record.pauses, now)
    here = regions.working_days_between(day_of(case.state_since), day_of(case.closed_at or now))
    return Reading(
        used=used,
        allowed=allowed,
        step_used=here + (days_before(case.state, record.pauses, record.entries) if step_allowed else 0),
        step_allowed=step_allowed,
        is_paused=case.paused_since is not None,
        left=allowed - used,
    )
