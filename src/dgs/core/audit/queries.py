"""Reading the audit record: the search behind its page and where the chain stands; the proof is in checking. Never writes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.db import connection
from django.db.models import Q, QuerySet, Sum
from django.utils import timezone

from dgs.core.audit.models import AuditHead, AuditRow, Batch, DayRoot

# The worker seals every five minutes.
LATE = timedelta(minutes=30)


@dataclass(frozen=True, kw_only=True)
class LogFilter:
    """What an auditor looks for; empty = no limit. Dates are days of the platform's time zone, both included."""

    person: int | None = None
    actor: str = ""
    subject: str = ""
    action: str = ""
    kind: str = ""
    since: date | None = None
    until: date | None = None


def log_rows(wanted: LogFilter) -> QuerySet[AuditRow]:
    """The rows that fit, newest first. An actor is looked for by account number or by a part of the name."""
    rows = AuditRow.objects.order_by("-at", "-id")
    if wanted.person is not None:
        rows = rows.filter(person=wanted.person)
    if wanted.actor.isascii() and wanted.actor.isdigit() and len(wanted.actor) < 19:
        rows = rows.filter(actor=int(wanted.actor))
    elif wanted.actor:
        rows = rows.filter(actor_name__icontains=wanted.actor)
    if wanted.subject:
        rows = rows.filter(subject__startswith=wanted.subject)
    if wanted.action:
        rows = rows.filter(action__startswith=wanted.action)
    if wanted.kind:
        rows = rows.filter(kind=wanted.kind)
    if wanted.since:
        rows = rows.filter(at__gte=_midnight(wanted.since))
    if wanted.until:
        rows = rows.filter(at__lt=_midnight(_next(wanted.until)))
    return rows


def older_than(rows: QuerySet[AuditRow], at: datetime, row_id: int) -> QuerySet[AuditRow]:
    """The rows after this one in the order of the log; costs the same on the first and the thousandth page."""
    return rows.filter(at__lte=at).filter(Q(at__lt=at) | Q(id__lt=row_id))


def last_check() -> AuditRow | None:
    """The row about the newest check of the chain, or None."""
    return AuditRow.objects.filter(action="audit.verified").order_by("-at", "-id").first()


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Where the chain stands: the last batch and root, if any, rows in no batch yet, and why no time stamp came."""

    batch: Batch | None
    root: DayRoot | None
    unsealed: int
    refusal: str = ""
    is_late: bool = False


def standing(*, now: datetime) -> Standing:
    """Where the chain stands now; `is_late` when rows have waited for the worker far longer than they should."""
    batch = Batch.objects.order_by("-number").first()
    root = DayRoot.objects.select_related("stamp").order_by("-day").first()
    written = AuditHead.objects.aggregate(rows=Sum("seq"))["rows"] or 0
    refused = None
    if settings.DGS_TSA_URL and root and not hasattr(root, "stamp"):
        refused = AuditRow.objects.filter(action="audit.stamp_refused", at__gte=root.published_at).order_by("-at", "-id").first()
    unsealed = max(0, written - (batch.total if batch else 0))
    return Standing(
        batch=batch, root=root, unsealed=unsealed, refusal=refused.facts.get("why", "") if refused else "",
        is_late=bool(unsealed and (now - batch.sealed_at > LATE if batch else written > 1000)),
    )


def rows_about() -> int:
    """How many rows there are, roughly: what the database remembers of the last analysis."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT greatest(reltuples, 0)::bigint FROM pg_class WHERE oid = 'audit_auditrow'::regclass")
        return cursor.fetchone()[0]


def _next(day: date) -> date:
    return day if day == date.max else day + timedelta(days=1)


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
