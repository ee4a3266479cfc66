"""Closing a day or a year for ever, and putting the totals of days gone by together; posting is done by the database."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import connection, transaction
from django.utils import timezone

from dgs.core.audit import api as audit
from dgs.core.ledger import queries
from dgs.core.ledger.errors import CannotClose, YearFirst
from dgs.core.ledger.models import Closing, Entry, Posting, Total
from dgs.kernel.deadlocks import retry_on_deadlock
from dgs.ui import formats

# The same lock that every posting takes part in (ledger_open_day): a closing waits for postings on their way, and they for it.
LOCK = "SELECT pg_advisory_xact_lock(1279607879, 0)"
OF_THE_YEAR = ("revenue", "expense")


def close_period(*, kind: str, through: date, note: str, now: datetime, by) -> Closing:
    """Close all days up to `through` (kind "day"), or a year whose last day it is (kind "year").

    A year's revenue and expense are brought to equity by an entry on its last day, before it is closed. Refuses days that are not
    over, what is closed already, and days that reach the end of a year that is not closed (YearFirst). The balances of that
    moment are kept with the closing.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(LOCK)
        closed = queries.closed_through()
        is_wrong_year = kind == "year" and (through.month, through.day) != (12, 31)
        is_closed = closed is not None and through <= closed
        if kind not in {"day", "year"} or through >= timezone.localdate(now) or is_closed or is_wrong_year:
            raise CannotClose(through=formats.day(through))
        _refuse_open_year(through if kind == "day" else through - timedelta(days=1), closed)
        if kind == "year":
            _to_equity(through, now=now, by=by)
        held = {one.account.code: str(one.after) for one in queries.balances(date(1900, 1, 1), through)}
        made = Closing.objects.create(kind=kind, through=through, at=now, by=by, figures=held, note=note.strip()[:300])
        audit.record(
            action="ledger.close",
            by=by,
            subject=f"ledger.closing:{made.pk}",
            now=now,
            facts={"kind": kind, "through": through.isoformat(), "balances": held},
        )
    return made


def _refuse_open_year(last: date, closed: date | None) -> None:
    """Days that are closed beyond the end of a year would leave its result where no closing can bring it to equity."""
    end = last if (last.month, last.day) == (12, 31) else date(last.year - 1, 12, 31)
    if (closed is None or closed < end) and Entry.objects.filter(booked_on__lte=end).exists():
        raise YearFirst(year=end.year)


def fold_totals(*, today: date) -> int:
    """Put the lanes of each day before today together, which keeps reports quick; how many days. Sums stay as they are."""
    lanes = Total.objects.filter(booked_on__lt=today).exclude(lane=0)
    days = list(lanes.values_list("booked_on", flat=True).distinct().order_by("booked_on"))
    for day in days:
        _fold(day)
    return len(days)


@retry_on_deadlock
def _fold(day: date) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT ledger_fold_totals(%s)", [day])


def _to_equity(last: date, *, now: datetime, by) -> None:
    results = [one for one in queries.balances(date(last.year, 1, 1), last) if one.account.kind in OF_THE_YEAR and one.after != 0]
    if not results:
        return
    entry = Entry.objects.create(kind="year", source=last.year, booked_on=last, at=now, by=by, text=str(last.year))
    common = {"entry": entry, "booked_on": last, "revenue": "", "region": "", "channel": ""}
    Posting.objects.bulk_create(
        [Posting(account=one.account, amount=-one.after, **common) for one in results]
        + [Posting(account_id="equity", amount=sum(one.after for one in results), **common)]
    )
