"""Sending what is due: each reminder's step of the day, once, in transactions small enough to be lost without harm."""

from __future__ import annotations

import logging
import time
from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone, translation

from dgs.core.messaging.actions.reminders import Why, end_reminder, remind
from dgs.core.messaging.actions.saying import say
from dgs.core.messaging.models import Message, Reminder, ReminderStep
from dgs.core.messaging.steps import LATE, Matter, is_civil, next_day, step_due
from dgs.core.messaging.trouble import where
from dgs.kernel import registry
from dgs.kernel.manifest import Reachable, ReminderKind

log = logging.getLogger(__name__)

AT_ONCE, WRITTEN_AT_ONCE = 50, 50_000
COLUMNS = ("of_key", "of_about", "of_day", "of_known", "of_party", "of_office")
# A day on which a year's tax falls due has half a million of them.
WRITE = """
INSERT INTO messaging_reminder
  (key, kind, about, party_id, office, due_on, text, steps, known_on, next_on, created_at, changed_at, ended_why)
SELECT of_key, %s, of_about, of_party, of_office, of_day, '', %s::smallint[], of_known, next.day, %s, %s, ''
FROM ({rows}) AS rows
CROSS JOIN LATERAL (SELECT min(of_day - s) AS day FROM unnest(%s::smallint[]) s WHERE of_day - s > of_known) AS next
ON CONFLICT (key) DO NOTHING
"""


def send_due(*, now: datetime, seconds: float = 20) -> bool:
    """Send what is due now, for about so many seconds; whether more is waiting. Outside civil hours nothing is.

    Any number may run at once: each takes rows that no other holds.
    """
    if not is_civil(now):
        return False
    began = time.monotonic()
    for kind in registry.reminder_kinds().values():
        if kind.dates is not None and not _write_near(kind, now=now, until=began + seconds / 2):
            return True
    after: tuple[date, int] | None = None
    while True:
        ids = _next(after, timezone.localdate(now))
        if not ids:
            return False
        _send(ids, now=now)
        after = ids[-1]
        if time.monotonic() - began > seconds:
            return True


def of_row(kind: ReminderKind, row) -> Reminder:
    """A date that stands in its room's own table, as a reminder that is not written yet."""
    return Reminder(
        key=row.of_key, kind=kind.code, about=row.of_about, due_on=row.of_day, known_on=row.of_known, party_id=row.of_party,
        office_id=row.of_office, steps=list(kind.steps), next_on=next_day(kind.steps, due_on=row.of_day, after=row.of_known),
    )


def _write_near(kind: ReminderKind, *, now: datetime, until: float) -> bool:
    """Write down those dates of a mass whose steps are near; False when the time was over before all were."""
    today = timezone.localdate(now)
    there = Reminder.objects.filter(key=OuterRef("of_key"))
    for found in kind.dates():
        near = found.filter(
            of_day__gte=today + timedelta(days=min(*kind.steps, 0) - LATE), of_day__lte=today + timedelta(days=max(kind.steps)),
        )
        # Moved meanwhile, or begun anew.
        other = near.filter(Exists(there)).exclude(Exists(there.filter(due_on=OuterRef("of_day"), ended_at=None)))
        for row in other[:WRITTEN_AT_ONCE]:
            remind(
                key=row.of_key, kind=kind.code, about=row.of_about, due_on=row.of_day, party_id=row.of_party,
                office=row.of_office or "", known_on=row.of_known, now=now,
            )
            if time.monotonic() > until:
                return False
        while _write(kind, near.exclude(Exists(there)), now=now) == WRITTEN_AT_ONCE:
            if time.monotonic() > until:
                return False
    return True


def _write(kind: ReminderKind, rows: QuerySet, *, now: datetime) -> int:
    """The next of them in one statement, which two may run at once; how many."""
    sql, params = rows.order_by().values(*COLUMNS)[:WRITTEN_AT_ONCE].query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(WRITE.format(rows=sql), [kind.code, list(kind.steps), now, now, *params, list(kind.steps)])
        return cursor.rowcount


def _next(after: tuple[date, int] | None, today: date) -> list[tuple[date, int]]:
    due = Reminder.objects.filter(next_on__lte=today)
    if after is not None:
        due = due.filter(Q(next_on=after[0], pk__gt=after[1]) | Q(next_on__gt=after[0]))
    return list(due.order_by("next_on", "pk").values_list("next_on", "pk")[:AT_ONCE])


def _send(ids: Sequence[tuple[date, int]], *, now: datetime) -> None:
    """A handful in one transaction; when one of them breaks it, each alone, so that it holds up itself only."""
    keys = [pk for _day, pk in ids]
    try:
        _take(keys, now=now)
    except Exception as error:  # noqa: BLE001 - which one it was shows below
        log.warning("reminders are sent one by one: %s", where(error))
        for pk in keys:
            try:
                _take([pk], now=now)
            except Exception as broken:  # noqa: BLE001 - the next hour tries it again
                log.error("reminder %s could not be sent: %s", pk, where(broken))


@transaction.atomic
def _take(keys: list[int], *, now: datetime) -> None:
    today = timezone.localdate(now)
    rows = list(
        Reminder.objects.select_for_update(skip_locked=True).filter(pk__in=keys, next_on__lte=today).order_by("pk")
    )
    known = matters_of(rows, today)
    for row in rows:
        if row.kind not in registry.reminder_kinds():
            continue  # its room is not installed now, and may be again
        step = step_due(row.steps, due_on=row.due_on, known_on=row.known_on, today=today)
        if row.key not in known:
            end_reminder(key=row.key, now=now, why=Why.OVER)
            continue
        if step is not None and not row.taken.filter(due_on=row.due_on, days=step).exists():
            matter, whom = known[row.key]
            told = _tell(row, matter, whom, step=step, today=today, now=now)
            ReminderStep.objects.create(reminder=row, days=step, due_on=row.due_on, taken_on=today, at=now, messages=told)
        row.next_on = next_day(row.steps, due_on=row.due_on, after=max(today, row.known_on))
        row.save(update_fields=["next_on"])


def _tell(row: Reminder, matter: Matter, whom: Sequence[Reachable], *, step: int, today: date, now: datetime) -> int:
    told = 0
    for one in whom:
        with translation.override(one.language):
            words = matter.words((row.due_on - today).days)
        for channel, to in addresses(registry.reminder_kinds()[row.kind], one):
            say(
                key=f"reminder:{row.pk}:{row.due_on}:{step}:{channel}" + (f":{one.user_id}" if len(whom) > 1 else ""),
                channel=channel, to=to, subject=words.subject if channel == "email" else "",
                body=words.sms if channel == "sms" else words.body, kind=Message.Kind.REMINDER, language=one.language,
                about=row.about, office=row.office_id or "", party_id=one.party_id, now=now,
            )
            told += 1
    return told


def addresses(kind: ReminderKind, one: Reachable) -> list[tuple[str, str]]:
    """By which channels and where an account is told of this kind."""
    every = {"sms": one.phone, "email": one.email}
    return [(channel, every[channel]) for channel in kind.channels if every[channel]]


def matters_of(rows: Sequence[Reminder], on: date) -> dict[str, tuple[Matter, Sequence[Reachable]]]:
    """Of reminders those whose matter goes on, by key, each with the accounts to tell; a query or two for each kind."""
    by_kind = defaultdict(list)
    for row in rows:
        by_kind[row.kind].append(row)
    known: dict[str, Matter] = {}
    for code, those in by_kind.items():
        kind = registry.reminder_kinds().get(code)
        known |= kind.matters(those, on) if kind else {}
    own = [row for row in rows if row.key in known and known[row.key].whom is None]
    found = registry.reachable(
        {row.user_id for row in own if row.user_id}, {row.party_id for row in own if row.party_id and not row.user_id}
    ) if own else []
    users, parties = {one.user_id: one for one in found}, {one.party_id: one for one in found if one.party_id}
    answer = {}
    for row in rows:
        if (matter := known.get(row.key)) is None:
            continue
        whom = matter.whom
        if whom is None:
            one = users.get(row.user_id) if row.user_id else parties.get(row.party_id)
            whom = [one] if one else []
        answer[row.key] = (matter, whom)
    return answer
