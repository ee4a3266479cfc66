"""Who read which data of a person, as that person sees it; pure reading."""

from __future__ import annotations

from django.db.models import QuerySet

from dgs.core.audit.models import AuditRow, Kind


def readings_of(person: int) -> QuerySet[AuditRow]:
    """Every reading of a person's data, the newest first; what the person read of their own is among them."""
    return AuditRow.objects.filter(person=person, kind=Kind.READ).order_by("-at", "-id")
