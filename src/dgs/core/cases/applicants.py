"""Whose a case is: the person it is about, the business, and everybody who represents that business on the day."""

from __future__ import annotations

from datetime import date

from django.db.models import Q, QuerySet

from dgs.core.cases.models import Case
from dgs.core.parties import api as parties


def own_parties(user, on: date) -> frozenset[int]:
    """The parties in whose name a user acts on a day: their own and the businesses they represent; empty without a person."""
    if user.party_id is None:
        return frozenset()
    return frozenset({user.party_id, *parties.represented_by(user.party_id, on)})


def own_parties_of(access, on: date) -> frozenset[int]:
    """As own_parties, asked once for each Access (one request), because the queue asks for every line."""
    known = access.__dict__.setdefault("own_parties", {})
    if on not in known:
        known[on] = own_parties(access.user, on)
    return known[on]


def is_own(case, own: frozenset[int]) -> bool:
    """Whether a case (or a line of the queue) is of one of these parties."""
    return case.applicant_id in own or (case.business_id is not None and case.business_id in own)


def applications_of(user, on: date) -> QuerySet[Case]:
    """The cases of the person and of the businesses they represent on the day, whoever sent them in; the latest first."""
    own = own_parties(user, on)
    return (
        Case.objects.filter(Q(applicant__in=own) | Q(business__in=own))
        .select_related("service", "office", "holder_office", "version")
        .defer("version__sources")
        .order_by("-submitted_at")
    )
