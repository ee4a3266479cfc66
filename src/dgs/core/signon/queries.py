"""Answers about applications and consents for their pages; pure reading."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Count, Q, QuerySet

from dgs.core.access.api import Access
from dgs.core.signon.models import Application, Consent
from dgs.core.signon.permissions import Permission


def applications(access: Access) -> QuerySet[Application]:
    """The applications of the offices for which the person may manage them, those in use first, with how many people agreed."""
    return (
        Application.objects.filter(access.where(Permission.MANAGE_APPLICATIONS, "office"))
        .select_related("office").annotate(people=Count("consents", filter=Q(consents__withdrawn_at=None)))
        .order_by("-is_active", "name", "pk")
    )


def open_sign_ons(application: Application, now: datetime) -> int:
    """How many sign-ons at an application have not ended."""
    return application.sign_ons.filter(ended_at=None, ends_at__gt=now, code_used_at__isnull=False).count()


def consents_of(user) -> QuerySet[Consent]:
    """What a person agreed to and has not withdrawn, the newest first."""
    return (
        Consent.objects.filter(user=user, withdrawn_at=None).select_related("application__office").order_by("-given_at", "-pk")
    )
