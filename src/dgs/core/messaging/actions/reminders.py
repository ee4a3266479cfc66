"""Reminders are made when a date becomes known, moved when it moves and ended with the matter; what a day sends is elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dgs.core.audit import api as audit
from dgs.core.messaging.models import Reminder
from dgs.core.messaging.steps import LONGEST, next_day
from dgs.kernel import registry
from dgs.kernel.errors import RuleBroken

Why = Reminder.Why


class ReminderEnded(RuleBroken):
    """An officer changes or takes back a reminder that has ended."""

    code = "reminder-ended"
    sentence = _("This reminder was taken back before.")


class NoStepLeft(RuleBroken):
    """All days on which this reminder would be sent are over."""

    code = "reminder-without-step"
    sentence = _("All days on which this would be sent are over. Choose a later date or other days.")
    status = 422


@transaction.atomic
def remind(
    *,
    key: str,
    kind: str,
    about: str,
    due_on: date,
    now: datetime,
    party_id: int | None = None,
    user_id: int | None = None,
    office: str = "",
    known_on: date | None = None,
    steps: Iterable[int] | None = None,
    text: str = "",
    at: time | None = None,
    by=None,
) -> Reminder:
    """Have somebody reminded of a date; the same `key` again moves it when the date differs, and does nothing when it does not.

    A step is taken once for each date: after a move only steps whose day is still to come are taken, also when the same step was
    taken for the old date. One that had ended begins anew, for who calls this knows that the matter goes on. `known_on` is the
    day this date became known, today if not said; steps of that day and before are not taken.
    """
    declared = registry.reminder_kinds()[kind]
    steps = sorted(set(declared.steps if steps is None else steps), reverse=True)
    if not steps or not all(-LONGEST <= days <= LONGEST for days in steps):
        raise ValueError("a reminder has steps of at most a year")
    known_on = known_on or timezone.localdate(now)
    values = {
        "kind": kind, "about": about, "due_on": due_on, "party_id": party_id, "user_id": user_id, "office_id": office or None,
        "steps": steps, "text": text, "at": at,
    }
    row = Reminder(
        key=key, known_on=known_on, next_on=next_day(steps, due_on=due_on, after=known_on), by=by, created_at=now, changed_at=now,
        **values,
    )
    Reminder.objects.bulk_create([row], ignore_conflicts=True)
    row = Reminder.objects.select_for_update().get(key=key)
    if row.ended_at is None and all(getattr(row, name) == value for name, value in values.items()):
        return row
    is_moved = row.ended_at is not None or row.due_on != due_on or row.steps != steps
    for name, value in values.items():
        setattr(row, name, value)
    row.changed_at = now
    if is_moved:
        row.ended_at, row.ended_why = None, ""
        row.known_on = known_on
        row.next_on = next_day(steps, due_on=due_on, after=row.known_on)
    row.save()
    return row


@transaction.atomic
def end_reminder(*, key: str, now: datetime, why: str = Why.OVER) -> bool:
    """The matter has ended, and nothing more is said of it; False when there is no such reminder, or it had ended."""
    open_ = Reminder.objects.filter(key=key, ended_at=None)
    return open_.update(ended_at=now, ended_why=Why(why), next_on=None, changed_at=now) > 0


@transaction.atomic
def set_by_hand(
    *,
    key: str,
    kind: str,
    user_id: int,
    party_id: int | None,
    office: str,
    due_on: date,
    at: time | None,
    text: str,
    steps: Iterable[int],
    by,
    now: datetime,
) -> Reminder:
    """An officer makes a reminder (a new key) or changes one; a step of today is taken still today.

    Refuses (ReminderEnded) when it was taken back, and (NoStepLeft) when nothing would be sent any more.
    """
    if not registry.reminder_kinds()[kind].by_hand:
        raise ValueError(f"{kind} is not made by hand")
    steps = sorted(set(steps), reverse=True)
    yesterday = timezone.localdate(now) - timedelta(days=1)
    if next_day(steps, due_on=due_on, after=yesterday) is None:
        raise NoStepLeft
    before = Reminder.objects.select_for_update().filter(key=key).first()
    if before is not None and before.ended_at is not None:
        raise ReminderEnded
    facts = {"kind": kind, "due_on": str(due_on), "at": str(at or ""), "steps": steps, "user": user_id}
    if before is not None:
        facts |= {"was": str(before.due_on), "text_changed": before.text != text}
    row = remind(
        key=key, kind=kind, about=before.about if before else "", due_on=due_on, at=at, user_id=user_id, party_id=party_id,
        office=office, text=text, steps=steps, known_on=yesterday, by=by, now=now,
    )
    if before is None or row.changed_at == now:
        audit.record(
            action="messaging.set_reminder", by=by, subject=f"messaging.reminder:{row.pk}", now=now, person=party_id,
            office=office, facts=facts,
        )
    return row


@transaction.atomic
def take_back(*, reminder_id: int, by, now: datetime) -> Reminder:
    """An officer takes back a reminder made by hand; ReminderEnded when somebody did before."""
    row = Reminder.objects.select_for_update().get(pk=reminder_id)
    if row.ended_at is not None:
        raise ReminderEnded
    row.ended_at, row.ended_why, row.next_on, row.changed_at = now, Why.CANCELLED, None, now
    row.save(update_fields=["ended_at", "ended_why", "next_on", "changed_at"])
    audit.record(
        action="messaging.take_back_reminder", by=by, subject=f"messaging.reminder:{row.pk}", now=now, person=row.party_id,
        office=row.office_id or "", facts={"kind": row.kind, "due_on": str(row.due_on)},
    )
    return row
