"""Doing an act again that the database broke off to undo a deadlock; how locks are taken is the rooms' matter."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from django.db import OperationalError, connection

DEADLOCK = "40P01"
ATTEMPTS = 4
P = ParamSpec("P")
R = TypeVar("R")


def is_deadlock(error: BaseException) -> bool:
    """Whether the database broke off a transaction because two waited for each other."""
    return isinstance(error, OperationalError) and getattr(error.__cause__, "sqlstate", "") == DEADLOCK


def retry_on_deadlock(act: Callable[P, R]) -> Callable[P, R]:
    """Run an act that opens its own transaction again, at most ATTEMPTS times in all, when it fell to a deadlock.

    To be written above `transaction.atomic`. A payment locks bill, then case; an act on a case locks case, then bill. Whoever
    is broken off has changed nothing. Inside a transaction of somebody else nothing is tried again: that one is lost in whole.
    """

    @functools.wraps(act)
    def tried(*args: P.args, **kwargs: P.kwargs) -> R:
        for _attempt in range(ATTEMPTS - 1):
            try:
                return act(*args, **kwargs)
            except OperationalError as error:
                if not is_deadlock(error) or connection.in_atomic_block:
                    raise
        return act(*args, **kwargs)

    return tried
