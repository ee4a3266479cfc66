"""What is sent on a day and in a month: from the reminders that are written, and from dates that stand in other rooms' tables.

Reading only. Of days that are over the steps taken are told, of today what is still due, of days to come what will be as things
stand now.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice

from django.db import connection
from django.db.models import BooleanField, Count, DurationField, Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.expressions import RawSQL
from django.utils import translation

from dgs.core.messaging.actions.reminding import addresses, matters_of, of_row
from dgs.core.messaging.addresses import mask_address
from dgs.core.messaging.models import Reminder, ReminderStep
from dgs.core.messaging.permissions import Permission
from dgs.core.messaging.steps import LATE, LONGEST, Words, next_day, step_due, windows
from dgs.kernel import registry
from dgs.kernel.manifest import ReminderKind

CHUNK = 500
# A step of that row falls on the day; today also one that was missed, unless it lost its sense (see steps.py).
ON_DAY = "EXISTS (SELECT FROM unnest(messaging_reminder.steps) s WHERE due_on - s = %s AND due_on - s > known_on)"
ON_TODAY = """EXISTS (SELECT FROM unnest(messaging_reminder.steps) s WHERE due_on - s <= %s AND due_on - s >= %s
  AND due_on - s > known_on AND (s < 0 OR due_on >= %s))"""
MONTH = """
SELECT kind, due_on - s, count(*) FROM messaging_reminder, unnest(steps) s
WHERE next_on IS NOT NULL AND kind = ANY(%(kinds)s) AND due_on BETWEEN %(low)s AND %(high)s
  AND due_on - s BETWEEN %(first)s AND %(last)s AND due_on - s > known_on AND due_on - s >= next_on
  AND (%(offices)s::text[] IS NULL OR office = ANY(%(offices)s))
GROUP BY 1, 2
"""


@dataclass(frozen=True)
class Told:
    """One account that is told, and in which words; addresses are shortened."""

    to: tuple[str, ...]
    words: Words


@dataclass(frozen=True)
class Line:
    """One reminder of a day: the step, and whom it tells what; `told` is empty when nobody can be told.

    `has_ended`: its matter has ended meanwhile, and nothing will be said.
    """

    kind: ReminderKind
    reminder: Reminder
    step: int
    told: tuple[Told, ...] = ()
    has_ended: bool = False


@dataclass(frozen=True)
class Part:
    """Some of a day's reminders: those of one kind and step that come from one table."""

    kind: ReminderKind
    step: int | None
    rows: QuerySet
    count: int


@dataclass(frozen=True)
class Scope:
    """Whose reminders are asked for: `offices` (slugs, None = all) and `kind` (empty = all)."""

    offices: tuple[str, ...] | None = None
    kind: str = ""

    @property
    def kinds(self) -> list[ReminderKind]:
        """The kinds asked for."""
        return [one for code, one in sorted(registry.reminder_kinds().items()) if self.kind in ("", code)]

    def of(self, rows: QuerySet, field: str) -> QuerySet:
        """Narrow rows by the office in that field."""
        return rows if self.offices is None else rows.filter(**{f"{field}__in": self.offices})


def scope_of(access, *, office: str = "", kind: str = "") -> Scope:
    """What a member of staff may see of them, narrowed by what is asked; a reminder carries no region, as a message."""
    reach = access.offices_everywhere(Permission.MANAGE_REMINDERS)
    if reach is None:
        return Scope((office,) if office else None, kind)
    slugs = tuple(slug for slug, _name in access.office_choices(Permission.MANAGE_REMINDERS)) if reach else ()
    return Scope(tuple(slug for slug in slugs if office in ("", slug)), kind)


def written(scope: Scope) -> QuerySet[Reminder]:
    """The reminders written down that speak again, but for the kinds whose dates stand elsewhere."""
    kinds = [one.code for one in scope.kinds if one.dates is None]
    return scope.of(Reminder.objects.filter(next_on__isnull=False, kind__in=kinds), "office")


def parts(day: date, *, today: date, scope: Scope) -> list[Part]:
    """What is sent on a day (today or later), in parts of one kind each, with their counts."""
    if day > today:
        falls = RawSQL(ON_DAY, [day], BooleanField())  # noqa: S611 - our own words
    else:
        falls = RawSQL(ON_TODAY, [today, today - timedelta(days=LATE), today], BooleanField())  # noqa: S611 - our own words
    found = []
    for kind in scope.kinds:
        if kind.dates is None:
            rows = written(scope).filter(falls, kind=kind.code, next_on__lte=day).order_by("pk")
            found.append(Part(kind, None, rows, rows.count()))
        else:
            found += [Part(kind, step, rows, rows.count()) for step, rows in _dated(kind, day, today, scope)]
    return [part for part in found if part.count]


def _dated(kind: ReminderKind, day: date, today: date, scope: Scope) -> Iterator[tuple[int, QuerySet]]:
    for rows in kind.dates():
        for step, first, last in windows(kind.steps, day=day, today=today):
            those = scope.of(rows, "of_office").filter(
                of_day__gte=first, of_day__lte=last, of_known__lt=F("of_day") - Value(timedelta(days=step), DurationField())
            )
            if day <= today:
                taken = ReminderStep.objects.filter(reminder__key=OuterRef("of_key"), due_on=OuterRef("of_day"), days=step)
                those = those.exclude(Exists(taken))
            yield step, those.order_by("of_day", "pk")


def month(first: date, last: date, *, today: date, scope: Scope) -> dict[date, Counter]:
    """How many of each kind are sent on each day from first to last: what was taken, is due and will be."""
    found: dict[date, Counter] = {}

    def add(day: date, kind: str, count: int) -> None:
        found.setdefault(day, Counter())[kind] += count

    if first <= today:
        taken = scope.of(taken_between(first, min(last, today), scope), "reminder__office")
        for day, kind, count in taken.values_list("taken_on", "reminder__kind").annotate(n=Count("pk")).order_by():
            add(day, kind, count)
    if first <= today <= last:
        for part in parts(today, today=today, scope=scope):
            add(today, part.kind.code, part.count)
    begin = max(first, today + timedelta(days=1))
    if begin > last:
        return found
    with connection.cursor() as cursor:
        cursor.execute(MONTH, {
            "kinds": [one.code for one in scope.kinds if one.dates is None], "first": begin, "last": last,
            "low": begin - timedelta(days=LONGEST), "high": last + timedelta(days=LONGEST),
            "offices": None if scope.offices is None else list(scope.offices),
        })
        for kind, day, count in cursor.fetchall():
            add(day, kind, count)
    for kind in scope.kinds:
        for rows in kind.dates() if kind.dates else ():
            those = scope.of(rows, "of_office").filter(
                of_day__gte=begin + timedelta(days=min(kind.steps)), of_day__lte=last + timedelta(days=max(kind.steps))
            )
            for due_on, known_on, count in those.values_list("of_day", "of_known").annotate(n=Count("pk")).order_by():
                for step in kind.steps:
                    if begin <= (day := due_on - timedelta(days=step)) <= last and day > known_on:
                        add(day, kind.code, count)
    return found


def taken_between(first: date, last: date, scope: Scope) -> QuerySet[ReminderStep]:
    """The steps that were taken on those days, newest last."""
    kinds = [one.code for one in scope.kinds]
    rows = ReminderStep.objects.filter(taken_on__gte=first, taken_on__lte=last, reminder__kind__in=kinds)
    return scope.of(rows, "reminder__office").select_related("reminder").order_by("pk")


def lines(those: Iterable[Part], day: date, *, start: int = 0, stop: int | None = None) -> Iterator[Line]:
    """The reminders of these parts from one place to another, with whom they tell what; some queries for each few hundred."""
    if stop is None and not start:
        for part in those:
            rows = part.rows.iterator(chunk_size=CHUNK)
            while chunk := list(islice(rows, CHUNK)):
                yield from _lines(part, chunk, day)
        return
    passed = 0
    for part in those:
        low, high = max(0, start - passed), part.count if stop is None else min(part.count, stop - passed)
        passed += part.count
        while low < high:
            rows = list(part.rows[low:min(high, low + CHUNK)])
            if not rows:
                break
            yield from _lines(part, rows, day)
            low += CHUNK


def _lines(part: Part, rows: list, day: date) -> Iterator[Line]:
    reminders = [row if isinstance(row, Reminder) else of_row(part.kind, row) for row in rows]
    known = matters_of(reminders, day)
    for one in reminders:
        step = part.step
        if step is None:
            step = step_due(one.steps, due_on=one.due_on, known_on=one.known_on, today=day)
        if one.key not in known:
            yield Line(part.kind, one, step or 0, has_ended=True)
            continue
        matter, whom = known[one.key]
        told = []
        for who in whom:
            to = tuple(mask_address(address) for _channel, address in addresses(part.kind, who))
            if to:
                with translation.override(who.language):
                    told.append(Told(to, matter.words((one.due_on - day).days)))
        yield Line(part.kind, one, step or 0, tuple(told))


def own(user, party_ids: Iterable[int], *, today: date, most: int = 100) -> list[tuple[ReminderKind, Reminder, str]]:
    """What an account will be reminded of, by the day of the next step, with what it is about."""
    kinds = registry.reminder_kinds()
    parties = list(party_ids)
    mine = Q(user=user) | Q(party=user.party_id, user=None) if user.party_id else Q(user=user)
    dated = [code for code, kind in kinds.items() if kind.dates]
    rows = list(Reminder.objects.filter(mine, next_on__isnull=False).exclude(kind__in=dated).order_by("next_on", "pk")[:most])
    for kind in kinds.values():
        for found in kind.dates() if kind.dates and parties else ():
            coming = found.filter(of_party__in=parties, of_day__gt=today + timedelta(days=min(kind.steps)))
            rows += [of_row(kind, row) for row in coming.order_by("of_day", "pk")[:most]]
    known = matters_of(rows, today)
    answer = []
    for row in rows:
        # Days that are over are not shown: what was missed is sent within the hour.
        row.next_on = next_day(row.steps, due_on=row.due_on, after=max(today - timedelta(days=1), row.known_on))
        if row.key in known and row.kind in kinds and row.next_on:
            answer.append((kinds[row.kind], row, known[row.key][0].title))
    return sorted(answer, key=lambda one: (one[1].next_on, one[1].due_on, one[1].key))[:most]
