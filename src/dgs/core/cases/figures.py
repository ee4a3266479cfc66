"""Figures over all cases for leaders and the home page, aggregated in SQL; single cases and who may see them are not here.

Indexes made for these questions stand in migration 0002_figures. Days are days of the instance's time zone; `within` says of
which offices (those that own the cases) and regions, as `Access.reaches` answers it: None = of all, empty = of none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.db import connection
from django.db.models import Count
from django.utils import timezone

from dgs.core.access.api import Reach
from dgs.core.cases.models import Case
from dgs.core.services import api as services
from dgs.kernel.keeping import Kept

DECIDED = ("granted", "refused", "deemed")
NOT_ASKED = Kept(most=4, seconds=900)


@dataclass(frozen=True, kw_only=True)
class Flow:
    """What came in and went out in a period, and what is open today, of a service, an office, or all together.

    `median` and `slowest` are working days: half of the decided cases took `median` or less, nine of ten `slowest` or less;
    None when nothing was decided. `on_time` counts decided cases closed on or before their last day.
    """

    key: str = ""
    name: str = ""
    version_id: int | None = None
    received: int = 0
    closed: int = 0
    decided: int = 0
    on_time: int = 0
    median: int | None = None
    slowest: int | None = None
    open: int = 0
    overdue: int = 0

    @property
    def on_time_percent(self) -> int | None:
        """Per cent of the decided cases that kept their term, rounded down; None when nothing was decided."""
        return self.on_time * 100 // self.decided if self.decided else None


@dataclass(frozen=True, kw_only=True)
class Flows:
    """The flow of a period in total, by service (slug) and by office (slug)."""

    total: Flow
    by_service: list[Flow] = field(default_factory=list)
    by_office: list[Flow] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Month:
    """One month: `first` is its first day; the rest as in Flow."""

    first: date
    decided: int
    on_time: int
    median: int | None


RECEIVED = """
SELECT service_id, office_id, count(*) AS received FROM cases_case
WHERE submitted_at >= %(begin)s AND submitted_at < %(end)s AND {within}
GROUP BY GROUPING SETS ((service_id), (office_id), ())
"""
CLOSED = """
SELECT service_id, office_id, count(*) AS closed,
  count(*) FILTER (WHERE outcome = ANY(%(decided)s)) AS decided,
  count(*) FILTER (WHERE outcome = ANY(%(decided)s) AND (due_on IS NULL OR (closed_at AT TIME ZONE %(zone)s)::date <= due_on))
    AS on_time,
  percentile_disc(0.5) WITHIN GROUP (ORDER BY days_used) FILTER (WHERE outcome = ANY(%(decided)s)) AS median,
  percentile_disc(0.9) WITHIN GROUP (ORDER BY days_used) FILTER (WHERE outcome = ANY(%(decided)s)) AS slowest
FROM cases_case
WHERE closed_at >= %(begin)s AND closed_at < %(end)s AND {within}
GROUP BY GROUPING SETS ((service_id), (office_id), ())
"""
OPEN = """
SELECT service_id, office_id, count(*) AS open,
  count(*) FILTER (WHERE paused_since IS NULL AND (step_due_on < %(today)s OR due_on < %(today)s)) AS overdue
FROM cases_case
WHERE closed_at IS NULL AND {within}
GROUP BY GROUPING SETS ((service_id), (office_id), ())
"""
COUNTS = """
SELECT
(SELECT count(*) FROM cases_case WHERE submitted_at >= %(begin)s AND submitted_at < %(end)s
 AND {within}),
(SELECT count(*) FROM cases_case WHERE closed_at >= %(begin)s AND closed_at < %(end)s
 AND {within})
"""
MONTHLY = """
SELECT date_trunc('month', closed_at AT TIME ZONE %(zone)s)::date AS first, count(*) AS decided,
count(*) FILTER (WHERE due_on IS NULL OR (closed_at AT TIME ZONE %(zone)s)::date <= due_on) AS on_time,
percentile_disc(0.5) WITHIN GROUP (ORDER BY days_used) AS median
FROM cases_case
WHERE closed_at >= %(begin)s AND closed_at < %(end)s AND outcome = ANY(%(decided)s)
  AND {within}
GROUP BY 1
"""


def flows(first: date, last: date, *, today: date, within: Sequence[Reach] | None = None) -> Flows:
    """What was received and closed from first to last day, and what is open and overdue today.

    Overdue is as on the desk: the clock runs and the term of the present step or of the whole is over.
    """
    where, values = _within(within)
    values |= _values(first, last) | {"today": today}
    total: dict = {}
    services: dict[int, dict] = {}
    owners: dict[int, dict] = {}
    for sql in (RECEIVED, CLOSED, OPEN):
        for row in _rows(sql.format(within=where), values):
            service, office = row.pop("service_id"), row.pop("office_id")
            if service is not None:
                services.setdefault(service, {}).update(row)
            elif office is not None:
                owners.setdefault(office, {}).update(row)
            else:
                total.update(row)
    names = {
        row["id"]: row
        for row in _rows("SELECT id, slug AS key, slug AS name, current_id AS version_id FROM services_service", {})
    }
    places = {row["id"]: row for row in _rows("SELECT id, slug AS key, name FROM organisations_office", {})}
    return Flows(total=Flow(**total), by_service=_named(services, names), by_office=_named(owners, places))


def _named(found: dict[int, dict], names: dict[int, dict]) -> list[Flow]:
    rows = [Flow(**{k: v for k, v in names[pk].items() if k != "id"}, **row) for pk, row in found.items()]
    return sorted(rows, key=lambda row: (-row.overdue, -row.received - row.closed, row.name))


def counts(first: date, last: date, *, within: Sequence[Reach] | None = None) -> tuple[int, int]:
    """How many were received and how many closed from first to last day."""
    where, values = _within(within)
    return _one(
        COUNTS.format(within=where),
        values | _values(first, last),
    )


def daily(first: date, last: date, *, within: Sequence[Reach] | None = None) -> list[tuple[date, int, int]]:
    """For each day from first to last: how many were received, how many closed; days without stand as zero."""
    where, values = _within(within)
    values |= _values(first, last)
    found: dict[str, dict[date, int]] = {}
    for column in ("submitted_at", "closed_at"):
        rows = _rows(
            f"""SELECT ({column} AT TIME ZONE %(zone)s)::date AS day, count(*) AS count FROM cases_case
            WHERE {column} >= %(begin)s AND {column} < %(end)s AND {where} GROUP BY 1""",  # noqa: S608
            values,
        )
        found[column] = {row["day"]: row["count"] for row in rows}
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return [(day, found["submitted_at"].get(day, 0), found["closed_at"].get(day, 0)) for day in days]


def monthly(last: date, months: int = 12, *, within: Sequence[Reach] | None = None) -> list[Month]:
    """The decided cases of each of the last calendar months up to the day `last`, oldest first."""
    starts = [last.replace(day=1)]
    while len(starts) < months:
        starts.append((starts[-1] - timedelta(days=1)).replace(day=1))
    starts.reverse()
    where, values = _within(within)
    rows = _rows(
        MONTHLY.format(within=where),
        values | _values(starts[0], last),
    )
    found = {row["first"]: Month(**row) for row in rows}
    empty = Month(first=starts[0], decided=0, on_time=0, median=None)
    return [found.get(start) or replace(empty, first=start) for start in starts]


def _within(reaches: Sequence[Reach] | None) -> tuple[str, dict]:
    """The condition on cases, and its values."""
    if reaches is None or any(reach.is_all for reach in reaches):
        return "TRUE", {}
    either, values = [], {}
    for n, reach in enumerate(reaches):
        both = []
        if reach.offices is not None:
            both.append(f"office_id = ANY(%(offices_{n})s)")
            values[f"offices_{n}"] = sorted(reach.offices)
        if reach.region is not None:
            codes = f"code = %(region_{n})s OR code LIKE %(below_{n})s"
            both.append(f"region_id IN (SELECT id FROM regions_region WHERE {codes})")  # noqa: S608 - names of values only
            values |= {f"region_{n}": reach.region, f"below_{n}": f"{reach.region}.%"}
        either.append(f"({' AND '.join(both)})")
    return f"({' OR '.join(either)})" if either else "FALSE", values


def _values(first: date, last: date) -> dict:
    return {
        "begin": _midnight(first),
        "end": _midnight(last + timedelta(days=1)),
        "decided": list(DECIDED),
        "zone": settings.TIME_ZONE,
    }


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))


def _rows(sql: str, values: dict) -> list[dict]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _one(sql: str, values: dict) -> tuple:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchone()


def questions_not_asked() -> int:
    """How many questions nobody had to answer, in all applications so far, for the register did; a quarter of an hour old."""

    def count() -> int:
        by_version = Case.objects.order_by().values_list("version").annotate(n=Count("pk"))
        return sum(n * services.questions_not_asked(services.definition_of(version)) for version, n in by_version)

    return NOT_ASKED.get(connection.settings_dict["NAME"], count)
