"""Joining the transaction at hand; everything else about transactions is Django's."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

from django.db import connection, transaction


def joined() -> AbstractContextManager[object]:
    """A transaction of its own, or the one at hand without a savepoint.

    Only for an act that refuses before it has written anything: what it wrote before an error stays part of the transaction at
    hand, which must then be given up by whoever holds it. A savepoint is two statements of every bank's call.
    """
    return nullcontext() if connection.in_atomic_block else transaction.atomic()
