"""How audit rows are hashed so that an outsider can check them without a key: lines, trees, batches; no database, no Django.

What is hashed is text that anybody can make again: the line of a row, of a part, of a batch. The trees have the shape of
RFC 6962 (leaves and nodes are hashed with different first bytes). docs/howto/check-the-audit-record.md says it for outsiders.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

BEGINNING = "0" * 64
BLOCK = 1024
decoded = json.JSONDecoder().raw_decode
canonical_json = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode


def row_line(lane: int, seq: int, digest: str, content: str) -> str:
    """The line of a row; `content` is its canonical form. The keyed digest is in it: nobody can guess a row from its leaf."""
    return f'[{lane},{seq},"{digest}",{content}]'


def part_line(lane: int, first: int, last: int, rows: int, root: str) -> str:
    """The line of what a batch holds of one lane."""
    return f'[{lane},{first},{last},{rows},"{root}"]'


def batch_digest(number: int, sealed_at: str, rows: int, total: int, root: str, previous: str) -> str:
    """The digest of a batch: over its own line, with the digest of the batch before it."""
    line = f'[{number},"{sealed_at}",{rows},{total},"{root}","{previous}"]'
    return sha256(b"\2" + line.encode()).hexdigest()


def leaf(line: str) -> bytes:
    """The leaf of a line."""
    return sha256(b"\0" + line.encode()).digest()


def node(left: bytes, right: bytes) -> bytes:
    """What stands above two neighbours."""
    return sha256(b"\1" + left + right).digest()


def root_of(hashes: Sequence[bytes]) -> bytes:
    """The root over these, level by level; the last of an odd number goes up as it is, which is the shape of RFC 6962."""
    level = list(hashes)
    while len(level) > 1:
        above = [sha256(b"\1" + left + right).digest() for left, right in zip(level[::2], level[1::2], strict=False)]
        level = above + level[-1:] if len(level) % 2 else above
    return level[0] if level else sha256(b"").digest()


def path_to(index: int, hashes: Sequence[bytes]) -> list[tuple[str, str]]:
    """What is hashed with a leaf on the way to the root: ("left" or "right", hex) from the leaf upwards."""
    steps, level = [], list(hashes)
    while len(level) > 1:
        other = index ^ 1
        if other < len(level):
            steps.append(("left" if other < index else "right", level[other].hex()))
        above = [node(left, right) for left, right in zip(level[::2], level[1::2], strict=False)]
        level = above + level[-1:] if len(level) % 2 else above
        index //= 2
    return steps


class Tree:
    """A tree that grows leaf by leaf and keeps only the roots of its full blocks, so that memory does not grow with it."""

    def __init__(self) -> None:
        self.count = 0
        self._leaves: list[bytes] = []
        self._full: list[tuple[int, bytes]] = []

    def add(self, line: str) -> None:
        """One more leaf at the right."""
        self.count += 1
        self._leaves.append(sha256(b"\0" + line.encode()).digest())
        if len(self._leaves) == BLOCK:
            size, above = BLOCK, root_of(self._leaves)
            while self._full and self._full[-1][0] == size:
                above, size = node(self._full.pop()[1], above), size * 2
            self._full.append((size, above))
            self._leaves = []

    def root(self) -> str:
        """The root over all leaves as 64 hex digits."""
        parts = [block for _size, block in self._full] + ([root_of(self._leaves)] if self._leaves or not self._full else [])
        while len(parts) > 1:
            right = parts.pop()
            parts[-1] = node(parts[-1], right)
        return parts[0].hex()


def content_line(values: Sequence[Any]) -> str:
    """The canonical form of a row from its columns as text (see `COLUMNS`)."""
    *plain, facts, previous = values
    return canonical_json([*plain, {} if facts == "{}" else decoded(facts)[0], previous])


# A row as the database tells it, in the order of the canonical form; instants as text, for a forged one may have no Python.
COLUMNS = """
    r.lane, r.seq, r.digest, r.id, to_char(r.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), r.kind, r.action,
    r.actor, r.actor_name, r.subject, r.person, r.office, r.purpose, r.facts::text, r.previous
"""
