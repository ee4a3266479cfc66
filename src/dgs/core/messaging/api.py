"""The door of the messaging room: say something, have somebody reminded, what SMS commands get and answer, and the worker."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date

from dgs.core.messaging import agenda
from dgs.core.messaging.actions.bounces import take_bounce
from dgs.core.messaging.actions.broadcasting import new_topic, subscribe
from dgs.core.messaging.actions.dead import address_works
from dgs.core.messaging.actions.reminders import Why, end_reminder, remind
from dgs.core.messaging.actions.saying import say
from dgs.core.messaging.addresses import mask_address, normalise_email, normalise_phone
from dgs.core.messaging.answers import NO, YES, picked, word_of
from dgs.core.messaging.commands import MOST_PARTS, Answer, Elsewhere, Sms, cut
from dgs.core.messaging.own_reminders import when
from dgs.core.messaging.queries import messages_about
from dgs.core.messaging.segments import Segments, in_gsm, segments
from dgs.core.messaging.steps import Matter, Words


def reminders_on(day: date, *, today: date, with_lines: bool = False) -> tuple[Counter, Iterator[agenda.Line]]:
    """What a day sends, today or later: how many of each kind (by its title), and each with whom it tells what."""
    parts = agenda.parts(day, today=today, scope=agenda.Scope())
    counts: Counter = Counter()
    for part in parts:
        counts[str(part.kind.title)] += part.count
    return counts, agenda.lines(parts, day) if with_lines else iter(())


def work(*, concurrency: int, is_once: bool = False) -> bool:
    """See worker.py, which is loaded by whoever is a worker only."""
    from dgs.core.messaging import worker

    return worker.work(concurrency=concurrency, is_once=is_once)


__all__ = [
    "MOST_PARTS", "NO", "YES", "Answer", "Elsewhere", "Matter", "Segments", "Sms", "Why", "Words", "address_works", "cut",
    "end_reminder", "in_gsm", "mask_address", "messages_about", "new_topic", "normalise_email", "normalise_phone", "picked",
    "remind", "reminders_on", "say", "segments", "subscribe", "take_bounce", "when", "word_of", "work",
]
