"""The working calendar of the home region: which days are worked, and counting them; the page is in views.py.

Offices work Monday to Friday except on national holidays, days of collective leave, and local holidays of the home
region or of a region above it (UU 30/2014: time limits run in working days). Holidays are remembered in each process;
a change is seen at once by the process that made it and within CHECK_EVERY seconds by the others.
"""

from __future__ import annotations

import bisect
import time
import uuid
from dataclasses import dataclass
from datetime import date, timedelta

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from dgs.core.regions.models import Holiday, ReferenceData, Region
from dgs.ui.themes import THEMES

CHECK_EVERY = 3.0
MOST_DAYS = 10_000


@dataclass(frozen=True)
class _Remembered:
    """The days off of one calendar: `off` all of them, `weekdays_off` the ordinals of those from Monday to Friday."""

    key: tuple
    version: str
    off: frozenset[date]
    weekdays_off: tuple[int, ...]
    checked: float


_remembered: _Remembered | None = None


def home_code() -> str:
    """The code of the region that this installation serves: settings.REGION, a name we know or a code."""
    theme = THEMES.get(settings.REGION)
    return theme.code if theme else settings.REGION


def home_region() -> Region:
    """The region that this installation serves; refuses when regions are not loaded."""
    region = Region.objects.filter(code=home_code()).first()
    if region is None:
        raise ImproperlyConfigured(f"Region {settings.REGION!r} is not in the database: load the regions first.")
    return region


def is_working_day(day: date) -> bool:
    """Whether the offices of the home region work on that day."""
    return day.weekday() < 5 and day not in _days_off().off


def add_working_days(start: date, n: int) -> date:
    """The n-th working day after `start` (which itself does not count); 0 gives `start`. Refuses n below 0."""
    if not 0 <= n <= MOST_DAYS:
        raise ValueError(f"{n} working days cannot be counted on")
    off, day = _days_off().off, start
    while n:
        day += timedelta(days=1)
        if day.weekday() < 5 and day not in off:
            n -= 1
    return day


def working_days_between(start: date, end: date) -> int:
    """Working days after `start` up to and including `end`; 0 when `end` is not after `start`."""
    if end <= start:
        return 0
    off = _days_off().weekdays_off
    first, last = start.toordinal(), end.toordinal()
    holidays = bisect.bisect_right(off, last) - bisect.bisect_right(off, first)
    return _weekdays(last) - _weekdays(first) - holidays


def years_without_holidays(today: date) -> list[int]:
    """This year and the next, as far as no national holiday is loaded: only weekends are off then."""
    loaded = set(Holiday.objects.filter(region=None).values_list("on__year", flat=True).distinct())
    return [year for year in (today.year, today.year + 1) if year not in loaded]


def holidays_of(first: date, last: date) -> list[Holiday]:
    """The holidays that count in the home region between two days, both included, by date."""
    return list(_counting().filter(on__range=(first, last)).select_related("region").order_by("on", "region_id"))


def change() -> None:
    """Note, inside the transaction of a change, that every process must read its holidays again."""
    ReferenceData.objects.update_or_create(
        name="calendar", defaults={"digest": uuid.uuid4().hex, "loaded_at": timezone.now()}
    )
    forget()
    transaction.on_commit(forget)


def forget() -> None:
    """Read the holidays again at the next question."""
    global _remembered
    _remembered = None


def _counting():
    code = home_code()
    above = [code[:end] for end in (2, 5, 8, 13) if end <= len(code)]
    return Holiday.objects.filter(Q(region=None) | Q(region__code__in=above))


def _days_off() -> _Remembered:
    global _remembered
    key = (home_code(), connection.settings_dict["NAME"], connection.settings_dict["HOST"])
    known, tick = _remembered, time.monotonic()
    if known and known.key == key and tick - known.checked < CHECK_EVERY:
        return known
    version = ReferenceData.objects.filter(name="calendar").values_list("digest", flat=True).first() or ""
    if known and known.key == key and known.version == version:
        off, weekdays_off = known.off, known.weekdays_off
    else:
        off = frozenset(_counting().values_list("on", flat=True))
        weekdays_off = tuple(sorted(day.toordinal() for day in off if day.weekday() < 5))
    _remembered = found = _Remembered(key, version, off, weekdays_off, tick)
    return found


def _weekdays(ordinal: int) -> int:
    """Days from Monday to Friday from day 1 (a Monday) up to and including this ordinal."""
    weeks, rest = divmod(ordinal, 7)
    return weeks * 5 + min(rest, 5)
