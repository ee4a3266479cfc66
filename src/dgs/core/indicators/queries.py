"""The figures of a period put together for a page: cases, money, comparison, headline; rooms below do the counting."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from django.core.cache import cache
from django.utils import timezone
from django.utils.translation import gettext as _

from dgs.core.access.api import Reach
from dgs.core.billing import api as billing
from dgs.core.cases import api as cases
from dgs.core.services import api as services
from dgs.ui import formats

PERIODS = ("7", "30", "90", "tahun")
WEEKLY_FROM = 60
KEEP_PUBLIC = 300
KEEP_PAGE = 60
KEY_LENGTH = 200


@dataclass(frozen=True)
class Period:
    """Days from first to last, and the same number of days before them to compare with."""

    code: str
    first: date
    last: date

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.last - self.first).days + 1

    @property
    def before(self) -> Period:
        """The same stretch of time right before it; for this year, the same days of last year."""
        if self.code == "tahun":
            return Period("", _year_before(self.first), _year_before(self.last))
        return Period("", self.first - timedelta(days=self.days), self.first - timedelta(days=1))


def period(code: str, today: date) -> Period:
    """The period of a code: 7, 30 or 90 days up to today, or "tahun" for this year; 30 when the code is unknown."""
    if code not in PERIODS:
        code = "30"
    first = today.replace(month=1, day=1) if code == "tahun" else today - timedelta(days=int(code) - 1)
    return Period(code, first, today)


def _year_before(day: date) -> date:
    return day.replace(year=day.year - 1, day=28) if (day.month, day.day) == (2, 29) else day.replace(year=day.year - 1)


def executive(span: Period, reaches: list[Reach], money_of: set[int] | None) -> dict:
    """Everything the executive page shows, from the cache when it was counted less than a minute ago.

    `reaches` says of which offices and regions the cases are counted, `money_of` of which offices the money.
    """
    said = sorted(f"{reach.region}:{'all' if reach.offices is None else sorted(reach.offices)}" for reach in reaches)
    said.append("all" if money_of is None else str(sorted(money_of)))
    key = f"executive:{span.first}:{span.last}:{'/'.join(said)}".replace(" ", "")
    if len(key) > KEY_LENGTH:
        key = f"executive:{hashlib.sha256(key.encode()).hexdigest()}"
    found = cache.get(key)
    if found is None:
        found = _count(span, reaches, money_of)
        cache.set(key, found, KEEP_PAGE)
    return found


def _count(span: Period, reaches: list[Reach], money_of: set[int] | None) -> dict:
    before = span.before
    flows = cases.flows(span.first, span.last, today=span.last, within=reaches)
    received_before, closed_before = cases.counts(before.first, before.last, within=reaches)
    money = billing.revenue_by_day(span.first, span.last, money_of)
    money_before = sum(amount for _day, amount in billing.revenue_by_day(before.first, before.last, money_of))
    return {
        "total": flows.total, "by_office": flows.by_office, "by_service": flows.by_service,
        "daily": cases.daily(span.first, span.last, within=reaches),
        "revenue_daily": money, "revenue": sum(amount for _day, amount in money), "revenue_before": money_before,
        "received_before": received_before, "closed_before": closed_before,
    }


def titled(rows: list) -> list:
    """Flows by service with the title of the service in the active language as name."""
    return [replace(row, name=_title(row.version_id) or row.name) for row in rows]


def _title(version_id: int | None) -> str:
    return str(services.definition_of(version_id).title) if version_id else ""


def change(now: int, before: int) -> str:
    """How a figure moved against the period before, in words; "" when there is nothing to compare with."""
    if not before:
        return ""
    percent = round((now - before) * 100 / before)
    if percent == 0:
        return _("as much as before")
    if percent > 0:
        return _("%(percent)s %% more than before") % {"percent": formats.number(percent)}
    return _("%(percent)s %% fewer than before") % {"percent": formats.number(-percent)}


def headline(total, by_office: list) -> str:
    """The one sentence that matters most, made from the figures."""
    late = [row for row in by_office if row.overdue]
    if not total.overdue:
        if not total.open and not total.closed:
            return _("No application has come in during this period.")
        return _("No application is late. %(open)s are in progress.") % {"open": formats.number(total.open)}
    values = {"count": formats.number(total.overdue)}
    if len(late) == 1:
        return _("%(count)s applications are late, all at %(office)s.") % {**values, "office": late[0].name}
    worst = max(late, key=lambda row: row.overdue)
    return _("%(count)s applications are late, %(most)s of them at %(office)s.") % {
        **values, "most": formats.number(worst.overdue), "office": worst.name,
    }


def by_week_if_long(rows: list[tuple]) -> list[tuple]:
    """Rows of (day, figures…) as they are, or summed by week (named by its Monday) when there are many days."""
    if len(rows) <= WEEKLY_FROM:
        return rows
    weeks: dict[date, list] = {}
    for day, *figures in rows:
        monday = day - timedelta(days=day.weekday())
        weeks[monday] = [a + b for a, b in zip(weeks.get(monday, [0] * len(figures)), figures, strict=True)]
    return [(monday, *figures) for monday, figures in weeks.items()]


@dataclass(frozen=True, kw_only=True)
class PublicFigures:
    """Of the applications decided this month: how many, median working days, per cent on time; and twelve months of each.

    `median` and `on_time` are None while nothing was decided this month.
    """

    month: date
    done: int
    median: int | None
    on_time: int | None
    done_line: list[int]
    median_line: list[int | None]
    on_time_line: list[int | None]


def public_figures(now: datetime) -> PublicFigures:
    """The three figures of the home page, counted at most every five minutes."""
    today = timezone.localdate(now)
    key = f"public-figures:{today}"
    found = cache.get(key)
    if found is None:
        months = cases.monthly(today)
        shares = [month.on_time * 100 // month.decided if month.decided else None for month in months]
        found = PublicFigures(
            month=months[-1].first, done=months[-1].decided, median=months[-1].median, on_time=shares[-1],
            done_line=[month.decided for month in months], median_line=[month.median for month in months],
            on_time_line=shares,
        )
        cache.set(key, found, KEEP_PUBLIC)
    return found
