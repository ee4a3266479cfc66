"""The life of a case as sentences for people, from its events; the applicant's view names offices, never officers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from dgs.core.cases.record import Record
from dgs.core.services.api import Definition


@dataclass(frozen=True, kw_only=True)
class Moment:
    """One line of the timeline."""

    at: datetime
    text: str
    who: str
    note: str
    kind: str
    icon: str
    items: list[dict[str, Any]]


ICONS = {
    "submitted": "inbox",
    "action": "check",
    "claimed": "user",
    "released": "user",
    "paid": "bank",
    "nothing-due": "bank",
    "issued": "stamp",
    "escalated": "flag",
    "deemed": "flag",
    "lapsed": "clock",
    "trouble": "warning",
}
STAFF_ONLY = {"claimed", "released", "escalated", "nothing-due", "trouble"}


def timeline(record: Record, definition: Definition, *, public: bool, anonymous: bool = False) -> list[Moment]:
    """All moments, the latest first. `public` leaves out what is for colleagues; `anonymous` also every note."""
    states = definition.workflow.states
    actions = {(s.id, a.id): a for s in states.values() for a in s.actions}
    found = []
    for event in reversed(record.events):
        if event.kind == "noted" or (public and event.kind in STAFF_ONLY):
            continue
        action = actions.get((event.from_state, event.action))
        if event.kind == "action" and action:
            text = str(action.title) if not public else _public_text(action, states, event)
        else:
            text = TEXTS[event.kind]() if event.kind in TEXTS else event.kind
        by_office = event.office_name or (_("Applicant") if event.actor_id else "DGS")
        who = by_office if public else event.actor_name
        if event.data.get("channel") == "sms":
            who = _("%(who)s, by SMS") % {"who": who}
        items = []
        if event.kind == "action" and action and action.kind == "correct" and not anonymous:
            notice = next((c for c in record.notices if c.asked_at == event.at), None)
            items = notice.items if notice else []
        found.append(
            Moment(
                at=event.at,
                text=text,
                who=who,
                note="" if anonymous else event.public_note,
                kind=event.kind,
                icon="edit" if items else ICONS.get(event.kind, "circle"),
                items=items,
            )
        )
    return found


def _public_text(action, states, event) -> str:
    if action.kind == "correct":
        return _("The office asks you to mend something")
    if action.kind == "resubmit":
        return _("Mended and sent back")
    if action.kind == "withdraw":
        return _("Withdrawn by the applicant")
    target = states.get(event.to_state)
    return str(target.title) if target else str(action.title)


TEXTS = {
    "submitted": lambda: _("Application received"),
    "claimed": lambda: _("Taken in hand"),
    "released": lambda: _("Put back"),
    "paid": lambda: _("Payment received"),
    "nothing-due": lambda: _("No fee is due"),
    "issued": lambda: _("Signed and issued"),
    "escalated": lambda: _("Time is over: the head was told"),
    "deemed": lambda: _("Time is over: by law the application is taken as granted"),
    "lapsed": lambda: _("Lapsed because time ran out"),
    "trouble": lambda: _("The document could not be issued yet"),
}
