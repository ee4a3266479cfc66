"""What keeps a case from going on by itself: written down once as an event, and read for the page of the case."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from dgs.core.cases.actions import transitions
from dgs.core.cases.models import Case
from dgs.core.cases.record import Record
from dgs.kernel.errors import RuleBroken


@transaction.atomic
def note_trouble(*, case_id: int, refusal: RuleBroken, now: datetime) -> None:
    """Write an event "trouble" with the refusal's code and sentence; the same trouble in the same stay is written once."""
    case = Case.objects.select_for_update(of=("self",)).get(pk=case_id)
    if case.closed_at or case.holder_role != "system":
        return
    known = case.events.filter(kind="trouble", at__gte=case.state_since).order_by("-seq").first()
    if known and known.data["code"] == refusal.code:
        return
    transitions.log(case, kind="trouble", by=None, now=now, data={"code": refusal.code, "why": str(refusal)})
    case.save(update_fields=["seq"])


def waiting_trouble(case: Case, record: Record) -> str:
    """The sentence that says why a case which should go on by itself does not; empty when nothing is known to hold it up."""
    if case.closed_at or case.holder_role != "system":
        return ""
    told = [e.data["why"] for e in record.events if e.kind == "trouble" and e.at >= case.state_since]
    return told[-1] if told else ""
