"""What was said with one telephone number, both ways, in the order of time; who may see which part is the caller's question."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import Q, QuerySet

from dgs.core.messaging.models import Inbound, Message
from dgs.core.messaging.plain import number_of

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
CAME, WENT = 0, 1


@dataclass(frozen=True)
class Said:
    """One text of a conversation: `row` is an Inbound when `is_inbound`, else a Message."""

    at: datetime
    is_inbound: bool
    row: Inbound | Message

    @property
    def place(self) -> str:
        """Where it stands in the conversation, for the address of the page before it."""
        return f"{(self.at - EPOCH) // MICROSECOND}-{CAME if self.is_inbound else WENT}-{self.row.pk}"


def conversation(
    came: QuerySet[Inbound], went: QuerySet[Message], *, before: str = "", most: int = 40
) -> tuple[list[Said], str]:
    """The newest texts before a place, oldest first, and the place from which the page before goes on (empty: there is none)."""
    place = _place(before)
    if place is not None:
        at, side, pk = place
        came = came.filter(Q(received_at__lt=at) | Q(received_at=at) & (Q(pk__lt=pk) if side == CAME else Q()))
        went = went.filter(Q(created_at__lt=at) | (Q(created_at=at, pk__lt=pk) if side == WENT else Q(pk__in=())))
    found = [Said(row.received_at, True, row) for row in came.order_by("-received_at", "-pk")[: most + 1]]
    found += [Said(row.created_at, False, row) for row in went.order_by("-created_at", "-pk")[: most + 1]]
    found.sort(key=lambda said: (said.at, not said.is_inbound, said.row.pk), reverse=True)
    shown = found[:most]
    return shown[::-1], shown[-1].place if len(found) > most else ""


def mark(texts: Iterable[Said]) -> str:
    """Changes whenever something came, went or changed its state."""
    last = list(texts)[-1:]
    states = "".join(said.row.state[0] for said in texts if not said.is_inbound)
    return f"{last[0].place if last else 0}-{states[-12:]}"


def _place(text: str) -> tuple[datetime, int, int] | None:
    parts = [number_of(part) for part in text.split("-")]
    if len(parts) != 3 or None in parts:
        return None
    moment, side, pk = parts
    try:
        return EPOCH + moment * MICROSECOND, side, pk
    except OverflowError:
        return None
