"""Answers about grants: who holds a role for an office, what somebody holds; it changes nothing."""

from __future__ import annotations

from django.contrib.auth import get_user_model
from django.db import models
from django.db.models import Count, F, Q, QuerySet
from django.utils import timezone

from dgs.core.access.models import Grant, Review
from dgs.core.access.permissions import Permission
from dgs.core.access.scope import Access


def in_force(on=None) -> Q:
    """The condition that a grant is in force on a day (today when none is named)."""
    on = on or timezone.localdate()
    return Q(ended_at=None, waits=False, valid_from__lte=on) & (Q(valid_to=None) | Q(valid_to__gte=on))


def holders_of(role: str, office=None) -> QuerySet:
    """The open accounts that hold a role for an office today: granted there, on an office above it, or everywhere.

    `office` None asks who holds the role anywhere.
    """
    held = Grant.objects.filter(in_force(), role_id=role)
    if office is not None:
        held = held.filter(Q(office=None) | Q(office_id__in=_offices_above(office)))
    return get_user_model().objects.filter(is_active=True, pk__in=held.values("user_id")).order_by("name", "pk")


def holders_of_permission(permission: str, office=None) -> QuerySet:
    """The open accounts that hold a permission for an office in every region today; `office` None asks for all offices."""
    held = Grant.objects.filter(in_force(), region=None, role__permissions__contains=[str(permission)])
    held = held.filter(office=None) if office is None else held.filter(Q(office=None) | Q(office_id__in=_offices_above(office)))
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


def in_force_grants(on=None) -> QuerySet:
    """The numbers of the grants in force on a day, for a condition."""
    return Grant.objects.filter(in_force(on)).values("pk")


def in_force_or_to_come() -> Q:
    """The condition that a grant is in force today or later, or waits."""
    return Q(ended_at=None) & (Q(valid_to=None) | Q(valid_to__gte=timezone.localdate()))


def waiting(access: Access) -> QuerySet[Grant]:
    """The grants that wait for a second person, in the offices for which this one may agree, the oldest first."""
    found = Grant.objects.filter(waits=True, ended_at=None).select_related("user", "role", "office", "region", "given_by")
    return found.filter(access.where(Permission.APPROVE, "office")).order_by("pk")


def visible(access: Access, permission: str) -> QuerySet[Grant]:
    """The grants of the offices in which the person holds a permission; those for all offices for who holds it everywhere."""
    found = Grant.objects.select_related("user", "role", "office", "region", "given_by", "approved_by", "ended_by")
    return found.filter(access.where(permission, "office"))


def reviews(access: Access) -> QuerySet[Review]:
    """The reviews of the offices that the person reviews, open ones first, each with how many grants and decisions it has."""
    found = Review.objects.select_related("office", "signed_by", "opened_by").annotate(
        total=Count("items"), decided=Count("items", filter=~Q(items__decision="")),
    )
    return found.filter(access.where(Permission.REVIEW, "office")).order_by(F("signed_at").desc(nulls_first=True), "-pk")


def grants_of(user) -> QuerySet[Grant]:
    """All grants of a person, those in force first, with what a page shows of them."""
    return (
        Grant.objects.filter(user=user)
        .select_related("role", "office", "region", "given_by", "ended_by")
        .order_by("-ended_at", "-valid_from", "-id")
    )
