"""What those hear who decide about roles: a review is open, a role waits for a second person; once a week while it is so."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from dgs.core.access.models import Grant, Review
from dgs.core.access.permissions import Permission
from dgs.core.access.queries import holders_of_permission
from dgs.core.messaging import api as messaging
from dgs.ui import formats


@transaction.atomic
def tell_reviewers(*, now: datetime) -> int:
    """Write to whoever may decide in each open review; how many messages."""
    said = 0
    for review in Review.objects.filter(signed_at=None).select_related("office").order_by("pk"):
        for person in holders_of_permission(Permission.REVIEW, review.office):
            with override(person.language):
                body = _(
                    "Dear %(name)s,\n\nplease look at who holds which role in your office, and sign off by %(day)s:\n\n%(link)s"
                )
                said += _say(
                    person, key=f"review:{review.pk}", now=now, office=review.office,
                    subject=_("Review of roles: %(title)s") % {"title": review.title},
                    body=body % {
                        "name": person.name, "day": formats.day(review.due_on),
                        "link": settings.BASE_URL + reverse("access:review", args=[review.pk]),
                    },
                )
    return said


@transaction.atomic
def tell_second_people(*, now: datetime) -> int:
    """Write to whoever may agree to a role that waits, but for its giver and holder; how many messages."""
    said = 0
    waiting = Grant.objects.filter(waits=True, ended_at=None).select_related("user", "role", "office", "given_by").order_by("pk")
    for grant in waiting:
        for person in holders_of_permission(Permission.APPROVE, grant.office):
            if person.pk in (grant.user_id, grant.given_by_id):
                continue
            with override(person.language):
                body = _(
                    "Dear %(name)s,\n\n%(giver)s gives %(holder)s the role “%(role)s”. It counts once a second person agrees:"
                    "\n\n%(link)s"
                )
                said += _say(
                    person, key=f"waits:{grant.pk}", now=now, office=grant.office,
                    subject=_("A role waits for a second person: %(role)s") % {"role": grant.role.label},
                    body=body % {
                        "name": person.name, "giver": grant.given_by.name, "holder": grant.user.name, "role": grant.role.label,
                        "link": settings.BASE_URL + reverse("access:waiting"),
                    },
                )
    return said


def _say(person, *, key: str, subject: str, body: str, office, now: datetime) -> int:
    if not person.email:
        return 0
    year, week, _day = timezone.localdate(now).isocalendar()
    messaging.say(
        key=f"access:{key}:{person.pk}:{year}-{week}", channel="email", to=person.email, subject=subject, body=body,
        kind="reminder", language=person.language, office=office.slug if office else "", about=f"access.{key}", now=now,
    )
    return 1
