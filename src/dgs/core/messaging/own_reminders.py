"""The kinds of reminders that officers make by hand: appointments, and matters of staff; their words are what was written."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from dgs.core.messaging.models import Reminder
from dgs.core.messaging.steps import Matter, Words
from dgs.kernel.manifest import ReminderKind
from dgs.ui import formats


def when(days: int) -> str:
    """How far a date is: today, tomorrow, in 7 days, 3 days ago."""
    if days == 0:
        return _("today")
    if days == 1:
        return _("tomorrow")
    if days > 0:
        return ngettext("in %(n)s day", "in %(n)s days", days) % {"n": days}
    return ngettext("%(n)s day ago", "%(n)s days ago", -days) % {"n": -days}


def _matters(reminders: Sequence[Reminder], on: date) -> dict[str, Matter]:
    return {one.key: Matter(words=_words(one), title=one.text) for one in reminders if one.text}


def _words(one: Reminder):
    def words(days: int) -> Words:
        day = formats.day(one.due_on, "full")
        if one.at:
            day = _("%(day)s at %(hour)s") % {"day": day, "hour": one.at.strftime("%H.%M")}
        said = _("Reminder: %(text)s, %(day)s (%(when)s).") % {"text": one.text.rstrip(" ."), "day": day, "when": when(days)}
        return Words(sms=said, subject=_("Reminder: %(text)s") % {"text": one.text}, body=said)

    return words


OWN_REMINDERS = (
    ReminderKind(
        code="appointment", title=gettext_lazy("Appointment"), steps=(7, 1), matters=_matters, by_hand=True,
    ),
    ReminderKind(
        code="staff_matter", title=gettext_lazy("Staff matter"), steps=(30, 7, 1), matters=_matters, by_hand=True,
    ),
)
