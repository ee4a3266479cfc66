"""Answers about grants: who holds a role for an office, what somebody holds; it changes nothing."""

from __future__ import annotations

from django.contrib.auth import get_user_model
from django.db import models
from django.db.models import Q, QuerySet
from django.utils import timezone

from dgs.core.access.models import Grant


def in_force(on=None) -> Q:
    """The condition that a grant is in force on a day (today when none is named)."""
    on = on or timezone.localdate()
    return Q(ended_at=None, valid_from__lte=on) & (Q(valid_to=None) | Q(valid_to__gte=on))


def holders_of(role: str, office=None) -> QuerySet:
    """The open accounts that hold a role for an office today: granted there, on an office above it, or everywhere.

    `office` None asks who holds the role anywhere.
    """
    held = Grant.objects.filter(in_force(), role_id=role)
    if office is not None:
        held = held.filter(Q(office=None) | Q(office_id__in=_offices_above(office)))
    return get_user_model().objects.filter(is_active=True, pk__in=held.values("user_id")).order_by("name", "pk")


def _offices_above(office) -> list[int]:
    model: type[models.Model] = type(office)
    rows = model.objects.raw(
        """
        WITH RECURSIVE up(id, parent_id) AS (
            SELECT id, parent_id FROM organisations_office WHERE id = %s
            UNION SELECT o.id, o.parent_id FROM organisations_office o JOIN up ON o.id = up.parent_id
        )
        SELECT id FROM up
        """,
        [office.pk],
    )
    return [row.pk for row in rows]


def grants_of(user) -> QuerySet[Grant]:
    """All grants of a person, those in force first, with what a page shows of them."""
    return (
        Grant.objects.filter(user=user)
        .select_related("role", "office", "region", "given_by", "ended_by")
        .order_by("-ended_at", "-valid_from", "-id")
    )
