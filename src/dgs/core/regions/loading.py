"""Loads regions, their codes and the holidays from data/ into the database, once for each content; no pages."""

from __future__ import annotations

import csv
import hashlib
import lzma
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from functools import cache
from pathlib import Path

import yaml
from django.db import connection, transaction
from django.utils import timezone

from dgs.core.regions import workdays
from dgs.core.regions.models import Holiday, Level, ReferenceData, Region, RegionCode, Scheme
from dgs.core.regions.naming import LEVEL_WORD, without_kind, words

DATA = Path(__file__).parent / "data"
# How names become words to search is a part of what is loaded.
RULES = Path(__file__).parent / "naming.py"
REGIONS, BPS, HOLIDAYS = DATA / "regions.csv.xz", DATA / "bps.csv", DATA / "holidays.yaml"

INCOMING = """
CREATE TEMPORARY TABLE incoming (
    id bigint, code text, level smallint, parent_id bigint, name text, path_label text, sort_name text, search tsvector
) ON COMMIT DROP
"""
COLUMNS = "id, code, level, parent_id, name, path_label, sort_name, search"
# What can be built at once afterwards: indexes that enforce nothing, and foreign keys of the two tables.
SLOW_PARTS = """
SELECT format('DROP INDEX %I', c.relname), pg_get_indexdef(c.oid)
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE i.indrelid IN ('regions_region'::regclass, 'regions_regioncode'::regclass) AND NOT i.indisunique
UNION ALL
SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname),
       format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid))
FROM pg_constraint
WHERE conrelid IN ('regions_region'::regclass, 'regions_regioncode'::regclass) AND contype = 'f'
"""
# Rows that exist keep their id, so that nothing that points at them moves.
MERGE = """
WITH known AS (
    UPDATE regions_region r SET level = i.level, name = i.name, path_label = i.path_label, sort_name = i.sort_name,
        search = i.search
    FROM incoming i WHERE r.code = i.code RETURNING r.code
)
INSERT INTO regions_region (id, code, level, name, path_label, sort_name, search)
SELECT id, code, level, name, path_label, sort_name, search FROM incoming
WHERE code NOT IN (SELECT code FROM known)
"""
ALL_CODES = "INSERT INTO regions_regioncode (region_id, scheme, code) SELECT id, %s, code FROM regions_region"
NEW_CODES = ALL_CODES + " WHERE code IN (SELECT code FROM incoming) ON CONFLICT DO NOTHING"  # noqa: S608
PARENTS = """
UPDATE regions_region r SET parent_id = p.id FROM regions_region p
WHERE r.level > 1 AND p.code = left(r.code, length(r.code) - position('.' IN reverse(r.code)))
    AND r.parent_id IS DISTINCT FROM p.id
"""


def load_regions(only: tuple[str, ...] = ()) -> int:
    """Load every region of Indonesia with its codes by COPY; returns the number of regions loaded.

    Does nothing and returns 0 when the same data are there. A newer edition changes rows in place: ids stay, codes that
    are no longer in it end today. `only` limits it to regions whose code begins so, and those above them (for tests).
    """
    digest = _digest(REGIONS, BPS, RULES, extra=",".join(only))
    with transaction.atomic(), connection.cursor() as cursor:
        if _is_loaded("regions", digest):
            return 0
        first = not Region.objects.exists()
        rows = list(_region_rows(only))
        cursor.execute("SELECT setval(pg_get_serial_sequence('regions_region', 'id'), "
                       "nextval(pg_get_serial_sequence('regions_region', 'id')) + %s)", [len(rows)])
        last = cursor.fetchone()[0]
        if first:
            with _bare_tables(cursor):
                _copy(cursor, "regions_region", rows, last - len(rows))
                _load_codes(cursor, first)
        else:
            _merge(cursor, rows, last - len(rows))
            _load_codes(cursor, first)
        cursor.execute("ANALYZE regions_region")
        _note("regions", digest, len(rows))
    return len(rows)


def load_holidays() -> int:
    """Load the national holidays and days of collective leave; returns how many, or 0 when they are there already.

    The file is the whole truth about the years it holds; local holidays and other years are not touched.
    """
    digest = _digest(HOLIDAYS)
    with transaction.atomic():
        if _is_loaded("holidays", digest):
            return 0
        days = [day for year in yaml.safe_load(HOLIDAYS.read_text(encoding="utf-8"))["years"] for day in _days(year)]
        years = {day.on.year for day in days}
        Holiday.objects.filter(region=None, on__year__in=years).exclude(on__in=[day.on for day in days]).delete()
        Holiday.objects.bulk_create(
            days, update_conflicts=True, unique_fields=["region", "on"],
            update_fields=["name", "kind", "source", "is_verified"],
        )
        _note("holidays", digest, len(days))
        workdays.change()
    return len(days)


def _days(year: dict) -> Iterator[Holiday]:
    for kind in ("national", "collective"):
        for on, name in year[kind].items():
            if not isinstance(on, date) or on.year != year["year"]:
                raise ValueError(f"holidays.yaml: {on!r} does not lie in {year['year']}")
            yield Holiday(on=on, name=name, kind=kind, source=year["source"], is_verified=year["verified"])


def _region_rows(only: tuple[str, ...]) -> Iterator[tuple]:
    """code, level, parent's code, name, path label, sort name, search vector; parents come before their children."""
    with lzma.open(REGIONS, "rt", encoding="utf-8", newline="") as opened:
        names = dict(csv.reader(opened))
    known: dict[str, tuple[str, list[str]]] = {"": ("", [])}
    split = cache(words)
    for code, name in names.items():
        if only and not any(code.startswith(prefix) or prefix.startswith(f"{code}.") for prefix in only):
            continue
        above = code.rpartition(".")[0]
        label, ancestors = known[above]
        label, own = f"{name}, {label}" if label else name, split(name)
        level = code.count(".") + 1
        plain = without_kind(own) if level == Level.REGENCY else own
        if level < Level.VILLAGE:
            known[code] = (label, plain + ancestors)
        # The level is a word of its own that nobody can type, so that the index alone finds "of this level".
        vector = [f"{LEVEL_WORD}{level}", *(f"{word}:{place}A" for place, word in enumerate(own, 1))]
        vector += [f"{word}:{place}" for place, word in enumerate(ancestors, len(own) + 1)]
        yield code, level, above, name, label, " ".join(plain), " ".join(vector)


def _copy(cursor, table: str, rows: list[tuple], start: int) -> None:
    """Number the rows from `start`, parents before children, and send them."""
    ids: dict[str, int] = {"": -1}
    lines = []
    for number, (code, level, above, *texts) in enumerate(rows, start):
        ids[code] = number
        lines.append("\t".join((str(number), code, str(level), str(ids[above]) if above else r"\N", *texts)))
    with cursor.copy(f"COPY {table} ({COLUMNS}) FROM STDIN") as copy:
        copy.write("\n".join(lines) + "\n")


@contextmanager
def _bare_tables(cursor) -> Iterator[None]:
    """The two tables without indexes and foreign keys, which takes a third of the time; all or nothing with the rest."""
    cursor.execute(SLOW_PARTS)
    parts = cursor.fetchall()
    for drop, _make in parts:
        cursor.execute(drop)
    yield
    for _drop, make in parts:
        cursor.execute(make)


def _merge(cursor, rows: list[tuple], start: int) -> None:
    cursor.execute(INCOMING)
    _copy(cursor, "incoming", rows, start)
    cursor.execute(MERGE)
    cursor.execute(PARENTS)


def _load_codes(cursor, first: bool) -> None:
    with BPS.open(encoding="utf-8", newline="") as opened:
        bps = [(row["kemendagri"], row["bps"]) for row in csv.DictReader(opened)]
    if not first:
        today = timezone.localdate()
        gone = RegionCode.objects.filter(scheme=Scheme.KEMENDAGRI, valid_to=None)
        gone.extra(where=["NOT EXISTS (SELECT FROM incoming i WHERE i.code = regions_regioncode.code)"]).update(  # noqa: S610
            valid_to=today
        )
    cursor.execute(ALL_CODES if first else NEW_CODES, [Scheme.KEMENDAGRI])
    cursor.executemany(
        "INSERT INTO regions_regioncode (region_id, scheme, code) SELECT id, %s, %s FROM regions_region WHERE code = %s "
        "ON CONFLICT DO NOTHING",
        [(Scheme.BPS, code, kemendagri) for kemendagri, code in bps],
    )


def _digest(*files: Path, extra: str = "") -> str:
    found = hashlib.sha256(extra.encode())
    for file in files:
        found.update(file.read_bytes())
    return found.hexdigest()


def _is_loaded(name: str, digest: str) -> bool:
    # Two processes that start at once must not load the same data twice.
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(1380271953, hashtext(%s))", [name])
    return ReferenceData.objects.filter(name=name, digest=digest).exists()


def _note(name: str, digest: str, rows: int) -> None:
    ReferenceData.objects.update_or_create(
        name=name, defaults={"digest": digest, "rows": rows, "loaded_at": timezone.now()}
    )
