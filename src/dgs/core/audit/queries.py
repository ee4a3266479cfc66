"""Reading the audit chain: the search behind the page and the proof that nobody touched a row; never writes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from dgs.core.audit.chain import BEGINNING, Content, canonical, digest, seal
from dgs.core.audit.models import LANES, AuditHead, AuditRow

COLUMNS = (
    "lane, seq, digest, id, at, kind, action, actor, actor_name, subject, person, office, purpose, facts, previous"
)
TRIES = 20_000
MOST_PROBLEMS = 500


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One finding. `kind` is edited, reordered, deleted, added, head or checkpoint; `id` the row's, where there is one."""

    kind: str
    lane: int
    sentence: str
    seq: int | None = None
    id: int | None = None

    def __str__(self) -> str:
        return self.sentence


@dataclass(frozen=True, kw_only=True)
class Findings:
    """The outcome of a check: `rows` were read; `ok` means that every row and every lane is as it was written."""

    rows: int
    problems: list[Problem] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether nothing was found."""
        return not self.problems


def verify() -> Findings:
    """Read every row in order through a server-side cursor and name each that was edited, deleted, moved or added.

    Memory does not grow with the number of rows. Reads one snapshot, so that acts going on meanwhile do no harm.
    At most 500 problems are listed.
    """
    if connection.in_atomic_block:
        return _Check().run()
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        return _Check().run()


class _Check:
    """One pass over the chain; holds what is known of the lane being read."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.rows = 0
        self.seen: dict[int, tuple[int, str]] = {}
        self.noted: dict[int, tuple[int, str]] = {}

    def run(self) -> Findings:
        heads = {head.lane: head for head in AuditHead.objects.all()}
        lane, expected, previous = -1, 1, BEGINNING
        for row_lane, seq, mark, content in self._stream():
            self.rows += 1
            if row_lane != lane:
                lane, expected, previous = row_lane, 1, BEGINNING
            previous = self._row(lane, expected, previous, seq, mark, content)
            expected = seq + 1
            self.seen[lane] = (seq, mark)
        for lane in sorted({*range(LANES), *heads, *self.seen}):
            self._head(lane, heads.get(lane))
        self._checkpoints()
        return Findings(rows=self.rows, problems=self.problems)

    def _stream(self) -> Iterator[tuple[int, int, str, Content]]:
        with connection.chunked_cursor() as cursor:
            cursor.itersize = 2000
            cursor.execute(f"SELECT {COLUMNS} FROM audit_auditrow ORDER BY lane, seq")  # noqa: S608
            while batch := cursor.fetchmany(2000):
                for lane, seq, mark, *rest in batch:
                    content = Content(*rest)
                    facts = content.facts
                    yield lane, seq, mark, content._replace(facts=json.loads(facts) if isinstance(facts, str) else facts)

    def _add(self, kind: str, lane: int, sentence: str, seq: int | None = None, row_id: int | None = None) -> None:
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(Problem(kind=kind, lane=lane, seq=seq, id=row_id, sentence=sentence))

    def _row(self, lane: int, expected: int, previous: str, seq: int, mark: str, content: Content) -> str:
        where = {"lane": lane, "seq": seq, "id": content.id}
        if seq > expected:
            self._missing(lane, expected, seq - 1)
        elif seq < expected:
            self._add("added", lane, _("Row %(seq)s of lane %(lane)s (id %(id)s) has a number that was never given.")
                      % where, seq, content.id)
        body = canonical(content)
        if digest(lane, seq, body) != mark:
            place = self._true_place(lane, seq, mark, body)
            if place is None:
                self._add("edited", lane, _("Row %(seq)s of lane %(lane)s (id %(id)s) was edited or forged.") % where,
                          seq, content.id)
            else:
                self._add(
                    "reordered", lane,
                    _("Row %(seq)s of lane %(lane)s (id %(id)s) was moved: it was written as row %(true_seq)s of "
                      "lane %(true_lane)s.") % {**where, "true_lane": place[0], "true_seq": place[1]},
                    seq, content.id,
                )
        elif content.previous != previous and seq == expected:
            self._add(
                "edited", lane,
                _("Row %(seq)s of lane %(lane)s (id %(id)s) does not follow from the row before it, which was "
                  "replaced.") % where, seq, content.id,
            )
        elif content.action == "audit.checkpoint":
            for name, (noted_seq, noted_digest) in content.facts.get("heads", {}).items():
                if noted_seq > self.noted.get(int(name), (0, ""))[0]:
                    self.noted[int(name)] = (noted_seq, noted_digest)
        return mark

    def _missing(self, lane: int, first: int, last: int) -> None:
        if first == last:
            sentence = _("Row %(first)s of lane %(lane)s was deleted.")
        else:
            sentence = _("Rows %(first)s to %(last)s of lane %(lane)s were deleted.")
        self._add("deleted", lane, sentence % {"lane": lane, "first": first, "last": last}, first)

    def _true_place(self, lane: int, seq: int, mark: str, body: str) -> tuple[int, int] | None:
        # Only the first broken rows are traced home, so that a wholly forged table cannot make the check endless.
        if len(self.problems) > 50:
            return None
        near = (place for step in range(1, TRIES // 2) for place in (seq - step, seq + step) if place > 0)
        places = [(lane, other) for other in near] + [(other, seq) for other in range(LANES) if other != lane]
        return next((place for place in places if digest(*place, body) == mark), None)

    def _head(self, lane: int, head: AuditHead | None) -> None:
        last, mark = self.seen.get(lane, (0, BEGINNING))
        where = {"lane": lane, "last": last}
        if head is None:
            self._add("deleted", lane, _("Lane %(lane)s has lost its head; the last row found is %(last)s.") % where)
            return
        where["seq"] = head.seq
        if head.seal != seal(lane, head.seq, head.digest):
            self._add("head", lane, _("The head of lane %(lane)s was forged: its seal does not fit row %(seq)s.") % where)
        elif head.seq > last == 0:
            self._add("deleted", lane, _("All %(seq)s rows of lane %(lane)s were deleted.") % where, 1)
        elif head.seq > last:
            self._missing(lane, last + 1, head.seq)
        elif head.seq < last:
            self._add("head", lane, _("The head of lane %(lane)s was set back to row %(seq)s; row %(last)s exists.")
                      % where, head.seq)
        elif head.digest != mark:
            self._add("edited", lane, _("Row %(last)s of lane %(lane)s, its last, was replaced.") % where, last)

    def _checkpoints(self) -> None:
        for lane, (seq, mark) in sorted(self.noted.items()):
            if seq and not AuditRow.objects.filter(lane=lane, seq=seq, digest=mark).exists():
                self._add(
                    "checkpoint", lane,
                    _("Lane %(lane)s was cut back: a checkpoint saw row %(seq)s, which is no longer there.")
                    % {"lane": lane, "seq": seq}, seq,
                )


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


def rows_about() -> int:
    """How many rows there are, roughly: what the database remembers of the last analysis."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT greatest(reltuples, 0)::bigint FROM pg_class WHERE oid = 'audit_auditrow'::regclass")
        return cursor.fetchone()[0]


def _next(day: date) -> date:
    return day if day == date.max else day + timedelta(days=1)


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
