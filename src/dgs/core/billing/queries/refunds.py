"""Reading what is owed back: refunds that were approved, and bills that were overpaid; never writes."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Count, F, Q, QuerySet

from dgs.core.billing.models import Bill, Proposal, Refund
from dgs.core.billing.models.bills import PERHAPS_OVERPAID

MOST_SHOWN = 1000


def refunds(offices: set[int] | None, state: str = "") -> QuerySet[Refund]:
    """Refunds of these offices' bills (None = all), newest first; `state`: "" all, "belum" not paid in full yet, "sudah" paid."""
    found = _in_reach(Refund.objects.select_related("bill__payer", "bill__office", "by", "approved_by"), offices, "bill__office")
    if state:
        found = found.filter(unpaid__gt=0) if state == "belum" else found.filter(unpaid=0)
    return found.order_by("-at", "-pk")


def refund_counts(offices: set[int] | None) -> tuple[int, int]:
    """How many refunds there are, and how many the bank has not paid in full."""
    counts = _in_reach(Refund.objects.all(), offices, "bill__office").aggregate(
        all=Count("pk"), unpaid=Count("pk", filter=Q(unpaid__gt=0))
    )
    return counts["all"], counts["unpaid"]


def overpaid_bills(offices: set[int] | None) -> QuerySet[Bill]:
    """Bills of these offices (None = all) of which something is owed back that no refund gives back, longest first.

    Found by an index; the standing of each that it finds is reckoned, so take a part of them (MOST_SHOWN).
    """
    found = Bill.objects.filter(PERHAPS_OVERPAID, derived__over__gt=0).select_related("payer", "office", "derived")
    return _in_reach(found, offices, "office").order_by(F("last_paid_at").asc(nulls_last=True), "pk")


def proposed_refunds(bills: Iterable[int]) -> set[int]:
    """For which of these bills a refund is proposed and not decided."""
    subjects = {f"billing.bill:{pk}": pk for pk in bills}
    found = Proposal.objects.filter(act="refund", subject__in=subjects, decided_at=None) if subjects else Proposal.objects.none()
    return {subjects[subject] for subject in found.values_list("subject", flat=True)}


def _in_reach(found: QuerySet, offices: set[int] | None, name: str) -> QuerySet:
    return found if offices is None else found.filter(**{f"{name}__in": offices})
