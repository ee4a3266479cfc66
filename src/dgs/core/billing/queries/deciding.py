"""Reading what waits for a second person, and all that is known of one bill for those who decide on it; never writes."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q, QuerySet

from dgs.core.billing.models import (
    Adjustment,
    Bill,
    BillLine,
    Confirmation,
    Instalment,
    Objection,
    Payment,
    Proposal,
    Refund,
)


def open_proposals(subject: str) -> list[Proposal]:
    """What is proposed about something such as "billing.statementline:7" and not decided."""
    return list(Proposal.objects.select_related("by").filter(subject=subject, decided_at=None).order_by("pk"))


def is_own_proposal(proposal_id: int, user) -> bool:
    """Whether that proposal is one of this person's."""
    return proposal_id < 2**63 and Proposal.objects.filter(pk=proposal_id, by=user).exists()


def waiting_proposals(offices: set[int] | None) -> QuerySet[Proposal]:
    """All that waits, oldest first, of these offices (None = all).

    A proposal of no office touches money that may be anybody's: only who reaches the whole region sees and approves it.
    """
    found = Proposal.objects.select_related("by", "office").filter(decided_at=None).order_by("at", "pk")
    return found if offices is None else found.filter(office__in=offices)


@dataclass(frozen=True)
class BillFacts:
    """All facts of one bill, each kind in the order in which it happened; `parts` are those of the plan in force."""

    lines: list[BillLine]
    payments: list[Payment]
    adjustments: list[Adjustment]
    parts: list[Instalment]
    objections: list[Objection]
    refunds: list[Refund]
    confirmations: list[Confirmation]
    proposals: list[Proposal]
    decided: list[Proposal]

    @property
    def unpaid_refunds(self) -> list[Refund]:
        """Those of which the bank has paid nothing and that were not withdrawn."""
        return [one for one in self.refunds if one.unpaid == one.amount and not hasattr(one, "undone_by")]

    @property
    def objection(self) -> Objection | None:
        """The objection that waits for its answer."""
        return next((one for one in self.objections if one.decided_at is None), None)


def bill_facts(bill: Bill) -> BillFacts:
    """The facts of one bill; open proposals also of bank lines and receipts that would pay it."""
    here = f"billing.bill:{bill.pk}"
    waiting = Proposal.objects.select_related("by", "office").filter(
        Q(subject=here) | Q(act="assign", values__bill=bill.pk), decided_at=None
    )
    decided = Proposal.objects.select_related("by", "decided_by").filter(subject=here, decided_at__isnull=False)
    return BillFacts(
        lines=list(bill.lines.select_related("account").order_by("pk")),
        payments=list(bill.payments.select_related("line__account", "receipt", "matched_by", "approved_by").order_by("pk")),
        adjustments=list(bill.adjustments.select_related("by", "approved_by").order_by("pk")),
        parts=list(bill.instalments.filter(plan=bill.plan).order_by("number")) if bill.plan else [],
        objections=list(bill.objections.select_related("by", "decided_by").order_by("pk")),
        refunds=list(bill.refunds.filter(undoes=None).select_related("by", "approved_by", "undone_by").order_by("pk")),
        confirmations=list(bill.confirmations.select_related("by", "answered_by").order_by("pk")),
        proposals=list(waiting.order_by("pk")),
        decided=list(decided.order_by("-pk")[:20]),
    )


def bill_in_reach(number: str, offices: set[int] | None) -> Bill | None:
    """The bill of that number with payer, office, kind and standing, when its office is among these (None = all)."""
    if "\x00" in number:
        return None
    found = Bill.objects.select_related("payer", "office", "kind", "derived", "cancelled_by").filter(number=number)
    return (found if offices is None else found.filter(office__in=offices)).first()
