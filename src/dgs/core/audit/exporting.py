"""What leaves the instance to be checked elsewhere: the export of sealed rows, the published roots, the proof of one row."""

from __future__ import annotations

import base64
import gzip
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from dgs.core.audit import hashing
from dgs.core.audit.models import AuditRow, Batch, DayRoot, Part
from dgs.core.audit.sealing import Range, instant, row_lines
from dgs.kernel.errors import RuleBroken

WARNING = (
    "Personal: this file tells who did and read what in this government's service. Keep it as you would keep the record itself."
)


class NothingSealed(RuleBroken):
    """There is no batch in these days, or the row is in none yet."""

    code = "nothing-sealed"
    sentence = _("Nothing of this was sealed yet. Rows are sealed every five minutes by the worker.")


def published(root: DayRoot) -> dict[str, Any]:
    """A day's root as open data: it tells how many rows there are and nothing of what is in them."""
    stamp = getattr(root, "stamp", None)
    return {
        "day": root.day.isoformat(), "batch": root.batch_id, "digest": root.digest, "rows": root.rows,
        "published_at": instant(root.published_at),
        "time_stamp": stamp and {
            "at": instant(stamp.stamped_at), "authority": stamp.authority, "sha256": sha256(stamp.token).hexdigest(),
            "address": f"{settings.BASE_URL}/akar-audit/{root.day}.tst",
        },
    }


def export(
    path: Path, *, since: date | None, until: date | None, now: datetime, progress: Callable[[int], None]
) -> tuple[int, int]:
    """Write the batches of these days (both included; None: all) with their rows and roots; how many batches and rows.

    One snapshot, constant memory. Writes beside the file and renames it at the end, so that a file of that name is
    whole. FileExistsError when there is one.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as raw:
        try:
            with gzip.GzipFile(fileobj=raw, mode="wb", compresslevel=3, mtime=0) as file, _snapshot():
                counts = _write(file, since, until, now, progress)
            raw.flush()
            os.fsync(raw.fileno())
            os.link(beside, path)  # refused when the name was taken meanwhile
        finally:
            beside.unlink()
    return counts


@contextmanager
def _snapshot() -> Iterator[None]:
    if connection.in_atomic_block:
        yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def _write(file, since, until, now, progress) -> tuple[int, int]:
    before = DayRoot.objects.filter(day__lt=since).order_by("-day").first() if since else None
    upto = DayRoot.objects.filter(day__lte=until).order_by("-day").first() if until else None
    batches = Batch.objects.filter(number__gt=before.batch_id if before else 0).order_by("number")
    if until:
        batches = batches.filter(number__lte=upto.batch_id if upto else 0)
    first, last = batches.first(), batches.last()
    if first is None:
        raise NothingSealed
    held = DayRoot.objects.filter(batch_id__gte=first.number, batch_id__lte=last.number)
    roots = held.select_related("stamp").order_by("day")
    _say(file, {
        "dgs_audit_export": 1, "warning": WARNING, "region": settings.REGION, "address": settings.BASE_URL,
        "made_at": instant(now), "until": until and until.isoformat(), "first_batch": first.number, "previous": first.previous,
        "total_before": first.total - first.rows, "lanes_before": _lanes_before(first.number),
    })
    rows = done = 0
    for batch in batches.filter(number__lte=last.number).iterator(chunk_size=500):
        parts = list(Part.objects.filter(batch_id=batch.number).order_by("lane"))
        _say(file, {
            "batch": batch.number, "sealed_at": instant(batch.sealed_at), "rows": batch.rows, "total": batch.total,
            "root": batch.root, "previous": batch.previous, "digest": batch.digest,
            "parts": [[part.lane, part.first, part.last, part.rows, part.root] for part in parts],
        })
        for _lane, _seq, line in row_lines([Range(part.lane, part.first, part.last) for part in parts]):
            file.write(line.encode() + b"\n")
            rows += 1
            if rows % 50_000 == 0:
                progress(rows)
        done += 1
    days = 0
    for root in roots.iterator():
        stamp = getattr(root, "stamp", None)
        token = base64.b64encode(stamp.token).decode() if stamp else None
        _say(file, {"root": {**published(root), "token": token}})
        days += 1
    _say(file, {"end": True, "batches": done, "rows": rows, "roots": days})
    return done, rows


def _lanes_before(number: int) -> dict[str, int]:
    before = Part.objects.filter(batch_id__lt=number).order_by("lane", "-first").distinct("lane")
    return {str(lane): last for lane, last in before.values_list("lane", "last")}


def _say(file, told: dict[str, Any]) -> None:
    file.write(json.dumps(told, ensure_ascii=True).encode() + b"\n")


def proof(row_id: int) -> dict[str, Any]:
    """That this row is in the first day's root after it: the row, its path to its part and batch, and the batches up to the root.

    The row's own line is in it, and with it what the row says: the other leaves tell nothing.
    """
    row = AuditRow.objects.filter(pk=row_id).first()
    part = row and Part.objects.filter(lane=row.lane, first__lte=row.seq, last__gte=row.seq).first()
    root = part and DayRoot.objects.filter(batch_id__gte=part.batch_id).order_by("day").first()
    if not root:
        raise NothingSealed
    with transaction.atomic():
        lines = list(row_lines([Range(part.lane, part.first, part.last)]))
    leaves = [hashing.leaf(line) for _lane, _seq, line in lines]
    index = next(number for number, (_lane, seq, _line) in enumerate(lines) if seq == row.seq)
    parts = list(Part.objects.filter(batch_id=part.batch_id).order_by("lane"))
    part_lines = [hashing.part_line(one.lane, one.first, one.last, one.rows, one.root) for one in parts]
    place = [one.pk for one in parts].index(part.pk)
    return {
        "dgs_audit_proof": 1, "region": settings.REGION, "address": settings.BASE_URL,
        "row": lines[index][2], "path": hashing.path_to(index, leaves),
        "part": part_lines[place], "part_path": hashing.path_to(place, [hashing.leaf(line) for line in part_lines]),
        "batches": list(_chain(part.batch_id, root.batch_id)), "root": published(root),
    }


def _chain(first: int, last: int) -> Iterator[dict[str, Any]]:
    for batch in Batch.objects.filter(number__gte=first, number__lte=last).order_by("number"):
        yield {"batch": batch.number, "sealed_at": instant(batch.sealed_at), "rows": batch.rows, "total": batch.total,
               "root": batch.root, "previous": batch.previous, "digest": batch.digest}
