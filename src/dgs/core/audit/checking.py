"""The proof that nobody touched the record: rows, lanes, batches, published roots; names what is wrong, never writes."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from itertools import groupby
from multiprocessing import get_context
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from dgs.core.audit import hashing, lanes
from dgs.core.audit.chain import seal
from dgs.core.audit.lanes import MOST_PROBLEMS, Checked
from dgs.core.audit.models import LANES, AuditHead, AuditRow, Batch, DayRoot, Part, TimeStamp
from dgs.core.audit.sealing import instant, line_of
from dgs.core.audit.stamping import is_for

# Below this a second process takes longer to start than it saves. A page never checks so many (views.MOST_AT_ONCE).
FROM_HERE_IN_PARALLEL = 200_000
SENTENCES = {
    "missing": _("Rows %(first)s to %(last)s of lane %(lane)s were deleted."),
    "one missing": _("Row %(first)s of lane %(lane)s was deleted."),
    "added": _("Row %(seq)s of lane %(lane)s (id %(id)s) has a number that was never given."),
    "edited": _("Row %(seq)s of lane %(lane)s (id %(id)s) was edited or forged."),
    "moved": _(
        "Row %(seq)s of lane %(lane)s (id %(id)s) was moved: it was written as row %(true_seq)s of lane %(true_lane)s."
    ),
    "replaced before": _(
        "Row %(seq)s of lane %(lane)s (id %(id)s) does not follow from the row before it, which was replaced."
    ),
    "no head": _("Lane %(lane)s has lost its head; the last row found is %(last)s."),
    "head forged": _("The head of lane %(lane)s was forged: its seal does not fit row %(seq)s."),
    "all deleted": _("All %(seq)s rows of lane %(lane)s were deleted."),
    "head set back": _("The head of lane %(lane)s was set back to row %(seq)s; row %(last)s exists."),
    "last replaced": _("Row %(last)s of lane %(lane)s, its last, was replaced."),
    "cut back": _("Lane %(lane)s was cut back: a checkpoint saw row %(seq)s, which is no longer there."),
    "not as sealed": _(
        "Rows %(first)s to %(last)s of lane %(lane)s are not those that batch %(batch)s sealed: it sealed %(rows)s, "
        "%(found)s are there."
    ),
    "sealed with a gap": _(
        "When batch %(batch)s was sealed, %(found)s of %(rows)s rows from %(first)s to %(last)s of lane %(lane)s were there."
    ),
    "part missing": _(
        "Batch %(batch)s goes on in lane %(lane)s with row %(first)s, but what was sealed before ends with row %(reached)s."
    ),
    "batches missing": _("Batches %(first)s to %(last)s were deleted."),
    "batch missing": _("Batch %(first)s was deleted."),
    "batch edited": _("Batch %(batch)s was edited: its digest or its root does not fit what it says."),
    "batch unchained": _("Batch %(batch)s does not follow from the batch before it, which was replaced."),
    "batch gone": _("The record says that there was a batch %(batch)s with another content, or it is gone."),
    "day edited": _("The root of %(day)s is not the digest of batch %(batch)s."),
    "day gone": _("The root of %(day)s was published as the record says, but it is gone or another."),
    "day unrecorded": _("Nothing in the record says that the root of %(day)s was published as it stands."),
    "stamp other": _("The time stamp of %(day)s is not one of its root."),
    "stamp gone": _("The record says that the root of %(day)s got a time stamp, but it is gone."),
    "published other": _(
        "The root published for %(day)s is another than that of this database: the record was rewritten since."
    ),
    "published gone": _("A root was published for %(day)s, but this database has none: it is older, or was cut back."),
}


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One finding. `kind`: edited, reordered, deleted, added, head, checkpoint, sealed, batch, day or published; `lane` and `seq`
    where it is about a row or a lane, `id` the row's, where there is one."""

    kind: str
    sentence: str
    lane: int | None = None
    seq: int | None = None
    id: int | None = None

    def __str__(self) -> str:
        return self.sentence


@dataclass(frozen=True, kw_only=True)
class Findings:
    """The outcome of a check: `rows` were read, `sealed` of them stand in `batches`; `ok`: each is as it was written."""

    rows: int
    problems: list[Problem] = field(default_factory=list)
    sealed: int = 0
    batches: int = 0
    days: int = 0

    @property
    def ok(self) -> bool:
        """Whether nothing was found."""
        return not self.problems


def verify(*, published: Iterable[Mapping[str, Any]] = ()) -> Findings:
    """Read every row in order and name each that was edited, deleted, moved or added; then the batches and the roots.

    `published` are roots kept from the public page ({"day", "digest", …}): who holds the key and the database can write a new
    history that is sound in itself, but not one that fits what others have kept. Memory does not grow with the number of
    rows. Reads one snapshot, so that acts going on meanwhile do no harm; long records are read by two processes and
    more. At most 500 problems are listed.
    """
    if connection.in_atomic_block:
        return _Check(published).run(1)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        return _Check(published).run(min(os.cpu_count() or 1, 4))


class _Check:
    """One check of everything."""

    def __init__(self, published: Iterable[Mapping[str, Any]]) -> None:
        self.published = list(published)
        self.problems: list[Problem] = []
        self.seen = Checked()
        self.batches: dict[int, str] = {}

    def run(self, processes: int) -> Findings:
        heads = {head.lane: head for head in AuditHead.objects.all()}
        many = sum(head.seq for head in heads.values()) >= FROM_HERE_IN_PARALLEL
        for checked in self._in_parallel(heads, processes) if many and processes > 1 else self._alone():
            self._join(checked)
        for lane in sorted({*range(LANES), *heads, *self.seen.seen}):
            self._head(lane, heads.get(lane))
        for lane, (seq, mark) in sorted(self.seen.noted.items()):
            if seq and not AuditRow.objects.filter(lane=lane, seq=seq, digest=mark).exists():
                self._add("checkpoint", "cut back", lane=lane, seq=seq)
        count = self._batches()
        return Findings(
            rows=self.seen.rows, sealed=self.seen.sealed, batches=count, days=self._days(), problems=self.problems
        )

    def _alone(self) -> Iterator[Checked]:
        connection.ensure_connection()
        yield lanes.Pass(connection.connection, settings.DGS_AUDIT_KEY.encode(), (-32768, 32767)).run()

    def _in_parallel(self, heads: Mapping[int, AuditHead], processes: int) -> Iterator[Checked]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_export_snapshot()")
            snapshot = cursor.fetchone()[0]
        parameters = {
            name: value for name, value in connection.get_connection_params().items()
            if name in {"dbname", "host", "port", "user", "password", "sslmode", "sslrootcert", "options"}
        }
        key = settings.DGS_AUDIT_KEY.encode()
        with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
            shares = [pool.submit(lanes.check_elsewhere, parameters, snapshot, key, share) for share in _shares(heads, processes)]
            for share in shares:
                yield share.result()

    def _join(self, checked: Checked) -> None:
        self.seen.rows += checked.rows
        self.seen.sealed += checked.sealed
        self.seen.seen |= checked.seen
        self.seen.batches |= checked.batches
        self.seen.days |= checked.days
        self.seen.stamped |= checked.stamped
        for lane, noted in checked.noted.items():
            self.seen.noted[lane] = max(noted, self.seen.noted.get(lane, (0, "")))
        for found in checked.findings:
            self._add(found.kind, found.code, **found.values)

    def _add(self, kind: str, code: str, *, lane: int | None = None, seq: int | None = None, id: int | None = None,
             **values: Any) -> None:
        if len(self.problems) < MOST_PROBLEMS:
            if code in {"missing", "batches missing"} and values["first"] == values["last"]:
                code = {"missing": "one missing", "batches missing": "batch missing"}[code]
            sentence = str(SENTENCES[code]) % {"lane": lane, "seq": seq, "id": id, **values}
            self.problems.append(Problem(kind=kind, lane=lane, seq=seq, id=id, sentence=sentence))

    def _head(self, lane: int, head: AuditHead | None) -> None:
        last, mark = self.seen.seen.get(lane, (0, hashing.BEGINNING))
        if head is None:
            self._add("deleted", "no head", lane=lane, last=last)
        elif head.seal != seal(lane, head.seq, head.digest):
            self._add("head", "head forged", lane=lane, seq=head.seq)
        elif head.seq > last == 0:
            self._add("deleted", "all deleted", lane=lane, seq=head.seq)
        elif head.seq > last:
            self._add("deleted", "missing", lane=lane, seq=last + 1, first=last + 1, last=head.seq)
        elif head.seq < last:
            self._add("head", "head set back", lane=lane, seq=head.seq, last=last)
        elif head.digest != mark:
            self._add("edited", "last replaced", lane=lane, seq=last, last=last)

    def _batches(self) -> int:
        number, previous, total = 0, hashing.BEGINNING, 0
        named = {*self.seen.batches, *(batch for batch, _digest in self.seen.days.values())}
        parts = groupby(Part.objects.order_by("batch_id", "lane").iterator(chunk_size=5000), key=lambda part: part.batch_id)
        owner, own = next(parts, (None, ()))
        for batch in Batch.objects.order_by("number").iterator(chunk_size=2000):
            if batch.number > number + 1:
                self._add("deleted", "batches missing", first=number + 1, last=batch.number - 1)
            elif batch.previous != previous:
                self._add("batch", "batch unchained", batch=batch.number)
            while owner is not None and owner < batch.number:
                owner, own = next(parts, (None, ()))
            held = list(own) if owner == batch.number else []
            rows = sum(part.rows for part in held)
            root = hashing.root_of([hashing.leaf(line_of(part)) for part in held]).hex()
            right = hashing.batch_digest(batch.number, instant(batch.sealed_at), rows, batch.total, root, batch.previous)
            if (batch.digest, batch.root, batch.rows) != (right, root, rows) or batch.total < rows or (
                batch.number == number + 1 and batch.total != total + rows
            ):
                self._add("batch", "batch edited", batch=batch.number)
            number, previous, total = batch.number, batch.digest, batch.total
            if number in named:
                self.batches[number] = batch.digest
        last = Part.objects.order_by("-batch_id").values_list("batch_id", flat=True).first() or 0
        if last > number:
            self._add("deleted", "batches missing", first=number + 1, last=last)
        for noted, digest in sorted(self.seen.batches.items()):
            if self.batches.get(noted) != digest:
                self._add("batch", "batch gone", batch=noted)
        return Batch.objects.count()

    def _days(self) -> int:
        kept = {
            str(root.day): (root.batch_id, root.digest, real)
            for root, real in ((root, self._digest_of(root)) for root in DayRoot.objects.order_by("day").iterator())
        }
        for day, (batch, digest, real) in kept.items():
            if digest != real:
                self._add("day", "day edited", day=day, batch=batch)
            if day not in self.seen.days:
                self._add("day", "day unrecorded", day=day)
        stamps = {str(stamp.root_id): stamp.token for stamp in TimeStamp.objects.order_by("root_id").iterator()}
        for day, token in stamps.items():
            if not is_for(token, kept.get(day, ("", ""))[1]):
                self._add("day", "stamp other", day=day)
        for day in sorted(self.seen.stamped - set(stamps)):
            self._add("day", "stamp gone", day=day)
        for day, (batch, digest) in sorted(self.seen.days.items()):
            if kept.get(day, ())[:2] != (batch, digest):
                self._add("day", "day gone", day=day)
        for told in self.published:
            day = str(told["day"])
            if day not in kept:
                self._add("published", "published gone", day=day)
            elif kept[day][1] != told["digest"]:
                self._add("published", "published other", day=day)
        return len(kept)

    def _digest_of(self, root: DayRoot) -> str:
        if root.batch_id not in self.batches:
            self.batches[root.batch_id] = Batch.objects.filter(pk=root.batch_id).values_list("digest", flat=True).first() or ""
        return self.batches[root.batch_id]


def _shares(heads: Mapping[int, AuditHead], processes: int) -> list[tuple[int, int]]:
    """Neighbouring lanes for each process, about as many rows each; together every number a lane can have."""
    wanted = sum(head.seq for head in heads.values()) / processes
    ends, rows = [], 0
    for lane in range(LANES):
        rows += heads[lane].seq if lane in heads else 0
        if rows >= wanted * (len(ends) + 1) and len(ends) < processes - 1:
            ends.append(lane)
    return list(zip([-32768, *(end + 1 for end in ends)], [*ends, 32767], strict=True))
