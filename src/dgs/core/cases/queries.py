"""Reading cases: queues, search, a person's own, related ones; nothing here writes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date

from dgs.core.access.api import as_q, as_sql
from dgs.core.cases import clock, naming
from dgs.core.cases.models import Case, Draft
from dgs.core.cases.permissions import Permission
from dgs.core.regions import api as regions
from dgs.core.services import api as services
from dgs.kernel import codes
from dgs.kernel.errors import NotFound

COUNT_LIMIT = 1000
REFERENCE_LENGTH = 12
LIST_FIELDS = ("service", "office", "holder_office", "claimed_by")


def held_by(access) -> Q:
    """The open cases whose present holder is a role that the person has, for the offices it is granted for."""
    rule = Q(pk__in=[])
    for role in sorted(access.roles):
        if reaches := access.reaches_as(role):
            rule |= Q(holder_role=role) & as_q(reaches, "holder_office")
    return rule


def seen_by(access) -> Q:
    """The cases that belong to, or are now held by, the offices for which the person may see the desk.

    A grant for a region opens only the cases of that region and of those below it.
    """
    return access.where(Permission.VIEW_DESK, "office", "holder_office", region="region")


@dataclass(frozen=True, kw_only=True)
class Filter:
    """What the desk shows. `box`: mine, office, overdue, waiting, open, all, closed."""

    box: str = "office"
    q: str = ""
    service: str = ""
    state: str = ""
    channel: str = ""
    office: str = ""
    outcome: str = ""
    since: date | None = None
    until: date | None = None

    BOXES = ("mine", "office", "overdue", "waiting", "open", "all", "closed")

    @classmethod
    def from_query(cls, query) -> Filter:
        """From a page's query string; whatever makes no sense is left out."""

        def text(name: str, limit: int = 60) -> str:
            return query.get(name, "").replace("\x00", "").strip()[:limit]

        def day(name: str) -> date | None:
            try:
                found = parse_date(text(name, 10))
            except ValueError:
                return None
            return found if found and 1900 < found.year < 2200 else None

        box = text("box")
        return cls(
            box=box if box in cls.BOXES else "office",
            q=text("q", 100),
            service=text("service"),
            state=text("state"),
            channel=text("channel"),
            office=text("office"),
            outcome=text("outcome"),
            since=day("since"),
            until=day("until"),
        )


def read_reference(text: str) -> str | None:
    """What somebody typed as a reference, as it is written; None when it cannot be one."""
    return codes.read_code(text, REFERENCE_LENGTH)


def known_reference(text: str) -> str:
    """A reference as it is written, from what stands in an address or was typed; NotFound when it cannot be one."""
    reference = read_reference(text)
    if reference is None:
        raise NotFound
    return reference


def about_of_reference(text: str) -> str | None:
    """The name of the case with this reference (see naming.py), or None."""
    reference = codes.read_code(text, REFERENCE_LENGTH)
    case = Case.objects.filter(reference=reference).only("pk").first() if reference else None
    return naming.about(case) if case else None


def page_of_case(about: str) -> tuple[str, str] | None:
    """The reference of the case that this names, and its page for staff; None for anything else."""
    pk = naming.case_id(about)
    reference = Case.objects.filter(pk=pk).values_list("reference", flat=True).first() if pk else None
    return (reference, reverse("cases:case", args=[reference])) if reference else None


def queue(access, user, wanted: Filter, *, now: datetime) -> QuerySet[Case]:
    """The cases of one box, filtered; the most urgent first (closed ones: the latest first)."""
    today = clock.day_of(now)
    cases = Case.objects.select_related(*LIST_FIELDS)
    if wanted.box == "mine":
        cases = cases.filter(closed_at=None, claimed_by=user)
    elif wanted.box == "office":
        cases = cases.filter(held_by(access), closed_at=None)
    elif wanted.box == "overdue":
        cases = cases.filter(seen_by(access), closed_at=None).filter(
            Q(step_due_on__lt=today, paused_since=None) | Q(due_on__lt=today, paused_since=None)
        )
    elif wanted.box == "waiting":
        cases = cases.filter(seen_by(access), closed_at=None, paused_since__isnull=False)
    elif wanted.box == "open":
        cases = cases.filter(seen_by(access), closed_at=None)
    elif wanted.box == "closed":
        cases = cases.filter(seen_by(access), closed_at__isnull=False)
    else:
        cases = cases.filter(seen_by(access))
    if wanted.q:
        cases = cases.filter(matching(wanted.q))
    if wanted.service:
        cases = cases.filter(service__slug=wanted.service)
    if wanted.state:
        cases = cases.filter(state=wanted.state)
    if wanted.channel:
        cases = cases.filter(channel=wanted.channel)
    if wanted.office:
        cases = cases.filter(office__slug=wanted.office)
    if wanted.outcome:
        cases = cases.filter(outcome=wanted.outcome)
    moment = "closed_at" if wanted.box == "closed" else "submitted_at"
    if wanted.since:
        cases = cases.filter(**{f"{moment}__gte": _midnight(wanted.since)})
    if wanted.until:
        cases = cases.filter(**{f"{moment}__lt": _midnight(date.fromordinal(wanted.until.toordinal() + 1))})
    if wanted.box in ("closed", "all"):
        return cases.order_by("-submitted_at", "-id")
    return cases.order_by("step_due_on", "id")


def cut(cases: QuerySet[Case]) -> tuple[QuerySet[Case], int]:
    """The cases that a search found and how many there are, found once; at most COUNT_LIMIT + 1.

    Of words that more cases bear, it is that many of them, whichever are found first, so that a search costs the same at
    any number of cases; who asks must say so when the number is above the limit.
    """
    found = list(cases.order_by().values_list("pk", flat=True)[: COUNT_LIMIT + 1])
    return Case.objects.filter(pk__in=found).order_by(*cases.query.order_by), len(found)


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime(day.year, day.month, day.day))


def matching(text: str) -> Q:
    """Cases whose reference is what was typed, or whose title begins its words with the words typed."""
    reference = codes.read_code(text, REFERENCE_LENGTH)
    if reference:
        return Q(reference=reference)
    words = ["".join(ch for ch in word if ch.isalnum()) for word in text.lower().split()]
    words = [word for word in words if word][:6]
    if not words:
        return Q(pk__in=[])
    from django.contrib.postgres.search import SearchQuery

    return Q(search=SearchQuery(" & ".join(f"{word}:*" for word in words), config="simple", search_type="raw"))


def counted(cases: QuerySet[Case]) -> int:
    """How many, but counting stops at COUNT_LIMIT: nobody reads further, and the page stays quick at any size."""
    return cases.order_by()[: COUNT_LIMIT + 1].count()


@dataclass
class Row:
    """One line of the queue: just what it shows and what decides which acts are offered; no model, so that it is light."""

    pk: int
    reference: str
    title: str
    seq: int
    state: str
    state_since: datetime
    version_id: int
    channel: str
    step_due_on: date | None
    paused_since: datetime | None
    deemed_at: datetime | None
    closed_at: datetime | None
    claimed_by_id: int | None
    claimed_name: str | None
    holder_role: str
    holder_office_id: int | None
    holder_name: str | None
    applicant_id: int
    business_id: int | None
    region_code: str | None
    days_left: int | None = None
    days_late: int = 0


ROW_FIELDS = (
    "pk", "reference", "title", "seq", "state", "state_since", "version_id", "channel", "step_due_on", "paused_since",
    "deemed_at", "closed_at", "claimed_by_id", "claimed_by__name", "holder_role", "holder_office_id",
    "holder_office__short_name", "applicant_id", "business_id", "region__code",
)  # fmt: skip


def rows(cases: QuerySet[Case], *, now: datetime) -> list[Row]:
    """The lines of a page of the queue, each with its definition, its present state and the working days it has left.

    On the weekend after its last day a case is late although no working day has passed since.
    """
    today = clock.day_of(now)
    found = [Row(*values) for values in cases.select_related(None).values_list(*ROW_FIELDS)]
    definitions(found)
    for row in found:
        if row.step_due_on and not row.closed_at:
            apart = regions.working_days_between(*sorted((today, row.step_due_on)))
            row.days_late = max(1, apart) if row.step_due_on < today else 0
            row.days_left = -row.days_late or apart
    return found


def latest_event() -> tuple[int, int]:
    """A mark that changes whenever any case changes: the highest event number and the sum of the last 200.

    Every change of a case writes an event. The sum notices an event whose transaction ended after that of a higher
    number. One short index scan at any number of cases: the limit keeps PostgreSQL from counting with several processes.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(max(id), 0), coalesce(sum(id), 0) "
            "FROM (SELECT id FROM cases_caseevent ORDER BY id DESC LIMIT 200) latest"
        )
        return cursor.fetchone()


def box_counts(access, user, *, now: datetime) -> dict[str, int]:
    """How many cases lie in the boxes that show a number, in one query; counting stops at COUNT_LIMIT + 1."""
    held, values = [], []
    for role in sorted(access.roles):
        if reaches := access.reaches_as(role):
            rule, own = as_sql(reaches, "holder_office_id")
            held.append(f"(holder_role = %s AND {rule})")
            values += [role, *own]
    seen, seen_values = as_sql(access.reaches(Permission.VIEW_DESK), "office_id", "holder_office_id")
    today = clock.day_of(now)
    conditions = {
        "office": (" OR ".join(held) or "FALSE", values),
        "mine": ("claimed_by_id = %s", [user.pk]),
        "overdue": (
            f"{seen} AND paused_since IS NULL AND (step_due_on < %s OR due_on < %s)",
            [*seen_values, today, today],
        ),
    }
    parts = [
        f"(SELECT count(*) FROM (SELECT 1 FROM cases_case WHERE closed_at IS NULL AND ({rule}) LIMIT {COUNT_LIMIT + 1}) x)"  # noqa: S608 - our own words
        for rule, _values in conditions.values()
    ]
    with connection.cursor() as cursor:
        cursor.execute("SELECT " + ", ".join(parts), [v for _rule, own in conditions.values() for v in own])
        return dict(zip(conditions, cursor.fetchone(), strict=True))


def drafts_of(user) -> QuerySet[Draft]:
    """The person's open drafts, the latest first."""
    return (
        Draft.objects.filter(owner=user, case=None, discarded_at=None)
        .select_related("version__service", "business", "applicant")
        .order_by("-updated_at")
    )


def definitions(cases) -> None:
    """Give each case of a page its parsed definition and state (cached by version, so no query for known versions)."""
    for case in cases:
        case.definition = services.definition_of(case.version_id)
        case.present = case.definition.workflow.states[case.state]
