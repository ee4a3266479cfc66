"""Domain events: facts one room announces and others act on, inside the same transaction; not the outbox."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction


@dataclass(frozen=True, kw_only=True)
class Event:
    """Base of all announced facts; subclasses are frozen dataclasses that carry identifiers, not objects."""


def publish(event: Event) -> None:
    """Call every handler that a manifest declared for this event, in order of registration.

    Handlers run at once and in the caller's transaction: either all of it is committed or nothing.
    Whatever must reach the outside world is queued by the handler through the outbox.
    """
    from dgs.kernel import registry

    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError(f"{type(event).__name__} was published outside a transaction")
    for handler in registry.handlers(type(event)):
        handler(event)
