"""Who may read the files of a bill, and whose data they are; asked by the documents room."""

from __future__ import annotations

from django.utils import timezone

from dgs.core.billing.models import Bill, Proof
from dgs.core.billing.scope import is_payer, is_staff_for
from dgs.core.documents import api as documents

PREFIX = "billing.bill:"


def may_read_bill(access, stored) -> documents.Reading:
    """Staff who see the bill read every file of it; the payer reads the decisions that changed it, not what was proposed."""
    number = stored.about.removeprefix(PREFIX)
    bill = Bill.objects.select_related("payer", "office").filter(pk=int(number)).first() if number.isdecimal() else None
    if bill is None:
        return documents.Reading(allowed=False)
    allowed = is_staff_for(bill, access)
    if not allowed and is_payer(bill, access.user, timezone.localdate()):
        allowed = bill.adjustments.filter(document=str(stored.pk)).exists()
    return documents.Reading(allowed=allowed, person=bill.payer_id)


def may_read_proof(access, stored) -> documents.Reading:
    """Who may read the file of a proof of payment: the payer, and staff who see the bill."""
    key = stored.about.removeprefix(Proof.PREFIX)
    proof = Proof.objects.select_related("bill__payer").filter(pk=int(key)).first() if key.isdecimal() else None
    if proof is None:
        return documents.Reading(allowed=False)
    may = is_payer(proof.bill, access.user, timezone.localdate()) or is_staff_for(proof.bill, access)
    return documents.Reading(allowed=may, person=proof.bill.payer_id)
