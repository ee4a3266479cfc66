"""Reading what waits for a second person; never writes."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from dgs.core.billing.models import Proposal


def open_proposals(subject: str) -> list[Proposal]:
    """What is proposed about something such as "billing.statementline:7" and not decided."""
    return list(Proposal.objects.select_related("by").filter(subject=subject, decided_at=None).order_by("pk"))


def waiting_proposals(offices: set[int] | None) -> QuerySet[Proposal]:
    """All that waits, oldest first; of other offices' bills none, of no office's all; who has no office reaches nothing."""
    found = Proposal.objects.select_related("by", "office").filter(decided_at=None).order_by("at", "pk")
    if offices is None:
        return found
    return found.filter(Q(office=None) | Q(office__in=offices)) if offices else found.none()
