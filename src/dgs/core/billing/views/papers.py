"""The papers of a bill as PDF: the signed proof of payment, and the bill as a letter to print."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from dgs.core.billing.actions import issue_proof
from dgs.core.billing.letters import print_bill
from dgs.core.billing.scope import open_bill, visible_bill
from dgs.kernel.guards import signed_in


@signed_in
@never_cache
@require_GET
def proof(request, number, payment_id=None):
    """Leads to the proof that the bill, or one payment of it, is paid; it is made and signed when it is first asked for."""
    now = timezone.now()
    bill = visible_bill(number, user=request.user, access=request.access, on=timezone.localdate(now))
    document = issue_proof(bill_id=bill.pk, payment_id=payment_id, now=now)
    return redirect("documents:issued", document_id=document.pk)


@signed_in
@never_cache
@require_GET
def letter(request, number):
    """The bill as a letter to print: what is owed, and every way to pay it; made anew each time, signed by nobody."""
    now = timezone.now()
    bill = open_bill(number, user=request.user, access=request.access, now=now)
    response = HttpResponse(print_bill(bill, now=now), content_type="application/pdf")
    response.headers["Content-Disposition"] = content_disposition_header(False, f"{bill.number}.pdf")
    return response
