"""Dying at the n-th moment: the connection to the database is lost, or the whole process, before or after a statement or move.

To the database both are the same: the connection is gone. In the program an error comes up, or nothing runs any more.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

from django.db import OperationalError, connection
from django.db.backends.postgresql.base import DatabaseWrapper
from psycopg import Copy

MOVES = ("rename", "replace", "unlink")


class Died(BaseException):
    """The process is no more: what catches errors does not catch this."""


@dataclass(frozen=True)
class Cut:
    """At the `at`-th moment (from 1): before it, or (`is_after`) when it is done and nobody has heard of it yet.

    `is_death`: the process dies, else only its connection. A move of a file hears of no connection: there it is always death.
    """

    at: int
    is_after: bool = False
    is_death: bool = False


class Moments:
    """Counts statements, commits and moves of files, and cuts at the one that was asked for; `was_cut` says whether."""

    def __init__(self, cut: Cut | None) -> None:
        self.cut, self.count, self.was_cut = cut, 0, False

    def pass_by(self, act: Callable[[], Any], *, is_move: bool = False) -> Any:
        """Do one thing, or be cut at it."""
        self.count += 1
        if self.cut is None or self.was_cut or self.count != self.cut.at:
            return act()
        self.was_cut = True
        try:
            return act() if self.cut.is_after else None
        finally:
            if connection.connection is not None:
                connection.connection.close()
            raise Died if self.cut.is_death or is_move else OperationalError("the connection was cut")

    def statement(self, execute, sql, params, many, context):
        """What Django hands every statement to."""
        return self.pass_by(lambda: execute(sql, params, many, context))


@contextmanager
def cutting(cut: Cut | None) -> Iterator[Moments]:
    """While this lasts, what this thread does is counted and cut once; in the end the connection is as in a new process."""
    moments = Moments(cut)
    commit, end_of_copy = DatabaseWrapper._commit, Copy.__exit__

    def ended(copy, kind, error, trace):
        def end():
            return end_of_copy(copy, kind, error, trace)

        return moments.pass_by(end) if kind is None else end()

    with ExitStack() as stack:
        stack.enter_context(connection.execute_wrapper(moments.statement))
        stack.enter_context(patch.object(DatabaseWrapper, "_commit", lambda self: moments.pass_by(lambda: commit(self))))
        stack.enter_context(patch.object(Copy, "__exit__", ended))
        for name in MOVES:
            move = getattr(os, name)
            stack.enter_context(
                patch.object(os, name, lambda *of, _m=move, **more: moments.pass_by(lambda: _m(*of, **more), is_move=True))
            )
        try:
            yield moments
        finally:
            if moments.was_cut:
                connection.close()
