"""Reading what is owed back: refunds that were approved, and bills that were overpaid; never writes."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Count, F, Q, QuerySet

from dgs.core.billing.models import Bill, Proposal, Refund
from dgs.core.billing.models.bills import PERHAPS_OVERPAID

MOST_SHOWN = 1000


def refunds(offices: set[int] | None, state: str = "") -> QuerySet[Refund]:
    """Refunds of these offices' bills (None = all), newest first.

    `state`: "" all, the withdrawn ones too; "belum" not paid in full yet, "sudah" paid.
    """
    found = Refund.objects.filter(undoes=None).select_related("bill__payer", "bill__office", "by", "approved_by", "undone_by")
    if state:
        found = found.filter(undone_by=None, **({"unpaid__gt": 0} if state == "belum" else {"unpaid": 0}))
    return _in_reach(found, offices, "bill__office").order_by("-at", "-pk")


def refund_counts(offices: set[int] | None) -> dict[str, int]:
    """How many refunds there are (`count`), how many the bank has paid in full (`paid_count`), how many not."""
    stands = Q(undone_by=None)
    return _in_reach(Refund.objects.filter(undoes=None), offices, "bill__office").aggregate(
        count=Count("pk"), open_count=Count("pk", filter=stands & Q(unpaid__gt=0)),
        paid_count=Count("pk", filter=stands & Q(unpaid=0)),
    )


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
