"""Seals committed rows of all lanes into batches, one after another, and publishes the day's root; no writer waits for it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from django.db import connection, transaction
from django.utils import timezone
from psycopg.rows import tuple_row

from dgs.core.audit import hashing
from dgs.core.audit.actions import record
from dgs.core.audit.models import AuditRow, Batch, DayRoot, Part
from dgs.kernel.freshness import announce_change

ALONE = "SELECT pg_try_advisory_xact_lock(1096107081, 1000)"  # beside the locks of the lanes, whose second key is below 64
# Where each lane stands and how far it is sealed. A lane counts 1, 2, 3 … and is held until its transaction commits: all rows up
# to a head that is seen are there, and none comes in between later.
OPEN = """
    SELECT h.lane, coalesce(p.last, 0) + 1, h.seq
    FROM audit_audithead h
    LEFT JOIN LATERAL (SELECT last FROM audit_part WHERE lane = h.lane ORDER BY first DESC LIMIT 1) p ON true
    WHERE h.seq > coalesce(p.last, 0) ORDER BY h.lane
"""
ROWS = f"SELECT {hashing.COLUMNS} FROM audit_auditrow r WHERE r.lane = %s AND r.seq BETWEEN %s AND %s ORDER BY r.seq LIMIT %s"  # noqa: S608
FETCHED = 5000


class Range(NamedTuple):
    """Rows of one lane."""

    lane: int
    first: int
    last: int


def row_lines(ranges: list[Range]) -> Iterator[tuple[int, int, str]]:
    """(lane, seq, line) of each row in the ranges, in order.

    A statement for each lane: the database never goes through more than is asked for, however long the record has grown. Some
    thousand rows at a time, so that memory stays as it is.
    """
    connection.ensure_connection()
    with connection.connection.cursor(row_factory=tuple_row) as cursor:
        for one in ranges:
            found, after = [], one.first
            while after == one.first or len(found) == FETCHED:
                found = cursor.execute(ROWS, [one.lane, after, one.last, FETCHED]).fetchall()
                for lane, seq, mark, *content in found:
                    yield lane, seq, hashing.row_line(lane, seq, mark, hashing.content_line(content))
                    after = seq + 1
                if not found:
                    break


def seal(*, now: datetime) -> Batch | None:
    """Seal what was committed since the last batch; None when there is nothing, or when another process is sealing.

    Where rows are gone it seals what there is and counts less, so that the chain goes on and the loss stays written down.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(ALONE)
            if not cursor.fetchone()[0]:
                return None
            cursor.execute(OPEN)
            ranges = [Range(*row) for row in cursor.fetchall()]
        if not ranges:
            return None
        trees = {one.lane: hashing.Tree() for one in ranges}
        for lane, _seq, line in row_lines(ranges):
            trees[lane].add(line)
        return _written(ranges, trees, now)


def _written(ranges: list[Range], trees: dict[int, hashing.Tree], now: datetime) -> Batch:
    last = Batch.objects.order_by("-number").first()
    number, previous, total = (last.number + 1, last.digest, last.total) if last else (1, hashing.BEGINNING, 0)
    parts = [
        Part(batch_id=number, lane=one.lane, first=one.first, last=one.last, rows=trees[one.lane].count,
             root=trees[one.lane].root())
        for one in ranges
    ]
    rows = sum(part.rows for part in parts)
    root = hashing.root_of([hashing.leaf(line_of(part)) for part in parts]).hex()
    batch = Batch(
        number=number, sealed_at=now, rows=rows, total=total + rows, root=root, previous=previous,
        digest=hashing.batch_digest(number, instant(now), rows, total + rows, root, previous),
    )
    batch.save(force_insert=True)
    Part.objects.bulk_create(parts)
    return batch


def line_of(part: Part) -> str:
    """The line of a part as it is hashed."""
    return hashing.part_line(part.lane, part.first, part.last, part.rows, part.root)


def instant(at: datetime) -> str:
    """An instant as it is hashed: UTC with microseconds."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def publish_day(*, now: datetime) -> DayRoot | None:
    """Publish the digest of the last batch as the root of yesterday, once; None when it is published or nothing was recorded yet.

    Called after sealing, so that the root holds all that was committed on that day. When nothing was running at its end it
    is the root of the first batch after it; `published_at` says so.
    """
    day = timezone.localdate(now) - timedelta(days=1)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(ALONE)
            if not cursor.fetchone()[0] or DayRoot.objects.filter(day__gte=day).exists():
                return None
        batch = Batch.objects.order_by("-number").first()
        began = AuditRow.objects.order_by("at").values_list("at", flat=True).first()
        if batch is None or began is None or timezone.localdate(began) > day:
            return None
        root = DayRoot(day=day, batch=batch, digest=batch.digest, rows=batch.total, published_at=now)
        root.save(force_insert=True)
        record(
            action="audit.root_published", by=None, subject=f"audit.dayroot:{day}", now=now,
            facts={"day": day, "batch": batch.number, "digest": batch.digest, "rows": batch.total},
        )
        announce_change()
    return root
