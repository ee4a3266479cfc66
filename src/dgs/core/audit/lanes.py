"""Checks some lanes row by row, with the key and against what batches sealed; no Django, so that another process can.

It names what it finds by codes; the sentences are in checking.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from hmac import digest as keyed
from typing import Any, NamedTuple

import psycopg
from psycopg.rows import tuple_row

from dgs.core.audit import hashing

LANES = 64
FETCHED = 5000
TRIES = 20_000
TRACED = 50
MOST_PROBLEMS = 500
ROWS = f"SELECT {hashing.COLUMNS} FROM audit_auditrow r WHERE r.lane BETWEEN %s AND %s ORDER BY r.lane, r.seq"  # noqa: S608
PARTS = """
    SELECT lane, first, last, rows, root, batch_id FROM audit_part WHERE lane BETWEEN %s AND %s ORDER BY lane, first, batch_id
"""


class Finding(NamedTuple):
    """One thing that is not as it was written; `values` are what its sentence names."""

    kind: str
    code: str
    lane: int
    seq: int | None
    id: int | None
    values: dict[str, Any]


@dataclass
class Checked:
    """What a pass over some lanes saw."""

    rows: int = 0
    sealed: int = 0
    findings: list[Finding] = field(default_factory=list)
    seen: dict[int, tuple[int, str]] = field(default_factory=dict)
    noted: dict[int, tuple[int, str]] = field(default_factory=dict)
    batches: dict[int, str] = field(default_factory=dict)
    days: dict[str, tuple[int, str]] = field(default_factory=dict)
    stamped: set[str] = field(default_factory=set)


def check_elsewhere(parameters: dict[str, Any], snapshot: str, key: bytes, lanes: tuple[int, int]) -> Checked:
    """The same in a process of its own, on a connection of its own, in the snapshot that another connection holds."""
    with psycopg.connect(**parameters) as connection:
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        connection.execute(psycopg.sql.SQL("SET TRANSACTION SNAPSHOT {}").format(snapshot))
        return Pass(connection, key, lanes).run()


class Pass:
    """One pass over neighbouring lanes; holds what is known of the lane being read, never more than a block of rows."""

    def __init__(self, connection: psycopg.Connection, key: bytes, lanes: tuple[int, int]) -> None:
        self.connection, self.key, self.lanes = connection, key, lanes
        self.out = Checked()

    def run(self) -> Checked:
        """Read, compare, answer."""
        out, key, line_of, content_of = self.out, self.key, hashing.row_line, hashing.content_line
        lane, expected, previous = None, 1, hashing.BEGINNING
        with self._cursor("audit_part_check", PARTS) as sealed, self._cursor("audit_row_check", ROWS) as rows:
            parts = _Parts(sealed, self._add)
            while fetched := rows.fetchmany(FETCHED):
                out.rows += len(fetched)
                for of_lane, seq, mark, *values in fetched:
                    if of_lane != lane:
                        if lane is not None:
                            out.seen[lane] = (expected - 1, previous)
                        lane, expected, previous = of_lane, 1, hashing.BEGINNING
                    body = content_of(values)
                    right = keyed(key, f"dgs-audit-row-1\n{lane}|{seq}|{body}".encode(), "sha256").hex()
                    if right != mark or values[-1] != previous or seq != expected or values[3][:6] == "audit.":
                        self._look(lane, expected, previous, seq, mark, values, body, right)
                    parts.take(lane, seq, line_of(lane, seq, mark, body))
                    previous, expected = mark, seq + 1
            if lane is not None:
                out.seen[lane] = (expected - 1, previous)
            out.sealed = parts.finish()
        return out

    def _cursor(self, name: str, statement: str):
        cursor = self.connection.cursor(name=name, row_factory=tuple_row)
        return cursor.execute(statement, self.lanes)

    def _add(self, kind: str, code: str, lane: int, seq: int | None = None, row_id: int | None = None, **values: Any) -> None:
        if len(self.out.findings) < MOST_PROBLEMS:
            self.out.findings.append(Finding(kind, code, lane, seq, row_id, {"lane": lane, "seq": seq, "id": row_id, **values}))

    def _look(self, lane, expected, previous, seq, mark, values, body, right) -> None:
        row_id = values[0]
        if seq > expected:
            self._add("deleted", "missing", lane, expected, first=expected, last=seq - 1)
        elif seq < expected:
            self._add("added", "added", lane, seq, row_id)
        if right != mark:
            place = self._true_place(lane, seq, mark, body)
            if place is None:
                self._add("edited", "edited", lane, seq, row_id)
            else:
                self._add("reordered", "moved", lane, seq, row_id, true_lane=place[0], true_seq=place[1])
        elif values[-1] != previous and seq == expected:
            self._add("edited", "replaced before", lane, seq, row_id)
        elif values[3][:6] == "audit.":
            self._note(values[3], values[6], json.loads(values[-2]))

    def _note(self, action: str, subject: str, facts: dict) -> None:
        if action == "audit.checkpoint":
            for name, (seq, mark) in facts.get("heads", {}).items():
                if seq > self.out.noted.get(int(name), (0, ""))[0]:
                    self.out.noted[int(name)] = (seq, mark)
            if batch := facts.get("batch"):
                self.out.batches[batch[0]] = batch[1]
        elif action == "audit.root_published":
            self.out.days[facts["day"]] = (facts["batch"], facts["digest"])
        elif action == "audit.root_stamped":
            self.out.stamped.add(subject.partition(":")[2])

    def _true_place(self, lane: int, seq: int, mark: str, body: str) -> tuple[int, int] | None:
        # Only the first broken rows are traced home, so that a wholly forged table cannot make the check endless.
        if len(self.out.findings) > TRACED:
            return None
        near = (place for step in range(1, TRIES // 2) for place in (seq - step, seq + step) if place > 0)
        places = [(lane, other) for other in near] + [(other, seq) for other in range(LANES) if other != lane]
        right = (place for place in places
                 if keyed(self.key, f"dgs-audit-row-1\n{place[0]}|{place[1]}|{body}".encode(), "sha256").hex() == mark)
        return next(right, None)


def _fetched(cursor) -> Iterator[tuple]:
    while found := cursor.fetchmany(FETCHED):
        yield from found


class _Parts:
    """The sealed parts beside the rows, both in the order of lane and number; each tree grows with its rows."""

    def __init__(self, cursor, add) -> None:
        self.parts = _fetched(cursor)
        self.add = add
        self.sealed = 0
        self.lane, self.reached = -1, 0
        self.tree = hashing.Tree()
        self.part = self._next()

    def take(self, lane: int, seq: int, line: str) -> None:
        """The next row: into the tree of the part it belongs to, if it was sealed."""
        while self.part and (self.part[0], self.part[2]) < (lane, seq):
            self._close()
        if self.part and self.part[0] == lane and self.part[1] <= seq:
            self.tree.add(line)

    def finish(self) -> int:
        """Compare what is left; how many rows are sealed."""
        while self.part:
            self._close()
        return self.sealed

    def _close(self) -> None:
        lane, first, last, rows, root, batch = self.part
        self.sealed += self.tree.count
        if self.tree.count != rows or self.tree.root() != root:
            self.add("sealed", "not as sealed", lane, first, first=first, last=last, batch=batch, rows=rows,
                     found=self.tree.count)
        elif rows != last - first + 1:
            self.add("deleted", "sealed with a gap", lane, first, first=first, last=last, batch=batch, found=rows,
                     rows=last - first + 1)
        self.tree = hashing.Tree()
        self.part = self._next()

    def _next(self) -> tuple | None:
        part = next(self.parts, None)
        if part is None:
            return None
        lane, first, last, _rows, _root, batch = part
        if lane != self.lane:
            self.lane, self.reached = lane, 0
        if first != self.reached + 1 or last < first:
            self.add("batch", "part missing", lane, first, first=first, reached=self.reached, batch=batch)
        self.reached = last
        return part
