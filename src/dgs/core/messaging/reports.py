"""Figures of broadcasts: whom one would reach and what it costs, how far it is, what became of it; nothing is changed here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection
from django.db.models import Count, Q, Sum
from django.utils.translation import gettext as _

from dgs.core.messaging.audiences import count_of
from dgs.core.messaging.models import Attempt, Broadcast, Message, Sender, Topic
from dgs.core.messaging.operators import TITLES, operator_of
from dgs.core.messaging.segments import segments
from dgs.core.messaging.timeline import TONES
from dgs.core.regions import api as regions
from dgs.kernel import registry

State = Message.State
OVER = {State.HANDED, State.DELIVERED, State.FAILED, State.EXPIRED, State.UNCERTAIN, State.STOPPED}


@dataclass(frozen=True)
class Estimate:
    """Whom it would reach now, by channel; how many SMS that is and what they cost at the dearest sender in use."""

    people: int
    channels: list[tuple[str, int]]
    parts: int
    cost: Decimal
    unreached: int


@dataclass(frozen=True)
class Report:
    """How far a broadcast is: all, done, the part of a hundred, by state, by operator, what it has cost so far."""

    total: int
    done: int
    percent: int
    states: list[tuple[str, int, str]]
    operators: list[tuple[str, int]]
    cost: Decimal
    is_over: bool


def estimate(one: Broadcast) -> Estimate:
    """What sending it now would mean."""
    found = count_of(one)
    unreached = found.pop("", 0)
    parts = found.get("sms", 0) * max(segments(one.text_id).parts, segments(one.text_en).parts if one.text_en else 0)
    prices = [
        max((Decimal(str(price)) for price in sender.prices.values()), default=Decimal(0))
        for sender in Sender.objects.filter(channel="sms", is_on=True)
    ]
    return Estimate(
        sum(found.values()), [(str(Message.Channel(channel).label), count) for channel, count in sorted(found.items())], parts,
        parts * max(prices, default=Decimal(0)), unreached,
    )


def report(one: Broadcast) -> Report:
    """How far it is."""
    mine = Message.objects.filter(about=one.about)
    counts = dict(mine.values_list("state").annotate(count=Count("pk")))
    total = sum(counts.values())
    over = sum(count for state, count in counts.items() if state in OVER)
    # What was stopped is over and did not go out.
    done = over - counts.get(State.STOPPED, 0) if one.state == Broadcast.State.STOPPED else over
    states = [(str(State(state).label), counts[state], TONES[state]) for state in State.values if state in counts]
    cost = Attempt.objects.filter(message__about=one.about).aggregate(sum=Sum("cost"))["sum"] or Decimal(0)
    is_queued = one.state != Broadcast.State.QUEUING
    return Report(
        total, done, 100 * done // total if total else (100 if is_queued else 0), states, _operators(one), cost,
        is_over=is_queued and over == total,
    )


def _operators(one: Broadcast) -> list[tuple[str, int]]:
    """How many went to each operator, the most first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT left(\"to\", 5), count(*) FROM messaging_message WHERE about = %s AND channel = 'sms'"
            " AND state NOT IN ('stopped', 'queued', 'held') GROUP BY 1", [one.about],
        )
        found: dict[str, int] = {}
        for prefix, count in cursor.fetchall():
            operator = operator_of(prefix)
            found[operator] = found.get(operator, 0) + count
    return sorted(((TITLES.get(name, str(_("others"))), count) for name, count in found.items()), key=lambda pair: -pair[1])


def with_progress(rows: Sequence[Broadcast]) -> Sequence[Broadcast]:
    """Each with the part of a hundred that is done; one query for all.

    It counts what is still to be done, which is little, and not the millions that went out.
    """
    under_way = [state for state in State.values if state not in OVER]
    counts = dict(
        Message.objects.filter(about__in=[one.about for one in rows], state__in=under_way).values_list("about")
        .annotate(n=Count("pk")).order_by()
    )
    for one in rows:
        done = (one.total or 0) - counts.get(one.about, 0)
        one.percent = 100 * done // one.total if one.total else (0 if one.total is None else 100)
    return rows


def audience_titles(one: Broadcast) -> list[str]:
    """To whom it goes, in words; an audience that is no more is named by its code."""
    titles = []
    for code, value in one.audiences:
        audience = registry.audiences().get(code)
        label = next((label for known, label in audience.choices() if known == value), value) if audience else value
        titles.append(f"{audience.title if audience else code}: {label}" if value else str(audience.title if audience else code))
    return titles


def region_names(one: Broadcast) -> list[str]:
    """Where, in words."""
    return [regions.label_of(code) or code for code in one.regions]


def topics() -> list[Topic]:
    """All topics with how many subscribe."""
    return list(Topic.objects.annotate(count=Count("subscriptions", filter=Q(subscriptions__ended_at=None))).order_by("word"))
