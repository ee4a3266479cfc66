"""The slip of cash that was taken, to print, and giving that cash back; taking it is in counter.py."""

from __future__ import annotations

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from dgs.core.audit import api as audit
from dgs.core.billing import actions, queries
from dgs.core.billing.forms.cash import GiveBackForm
from dgs.core.billing.permissions import Permission
from dgs.core.documents import api as documents
from dgs.kernel.errors import NotFound, RuleBroken
from dgs.kernel.guards import needs


@needs(Permission.TAKE_CASH)
@never_cache
@require_http_methods(["GET", "POST"])
def slip(request, receipt_id):
    """The slip to print, on a roll of 80 mm or (?kertas=a5) on paper, with the code by which the signed proof is checked.

    While their shift is open its cashier may propose to give the cash back; a withdrawn receipt says so.
    """
    receipt = queries.receipt_in_reach(receipt_id, request.access.offices_everywhere(Permission.TAKE_CASH))
    if receipt is None:
        raise NotFound
    is_own = receipt.shift.cashier_id == request.user.pk
    subject = f"billing.receipt:{receipt.pk}"
    form, refusal = None, None
    may_give_back = is_own and not receipt.shift.is_closed and not hasattr(receipt, "undone_by")
    proposals = queries.open_proposals(subject) if may_give_back else []
    if may_give_back and not proposals:
        form = GiveBackForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        if form is None:
            raise NotFound
        if form.is_valid():
            try:
                actions.propose(
                    act="withdraw", values={"receipt": receipt.pk}, subject=subject, reason=form.cleaned_data["reason"],
                    amount=receipt.amount, office=receipt.shift.office, by=request.user, now=timezone.now(),
                )
            except RuleBroken as broken:
                refusal = broken
            else:
                messages.success(request, _("Proposed. Give the cash back once another person has approved it."))
                return redirect("billing:slip", receipt_id=receipt.pk)
    if not is_own:
        audit.record_reading(
            by=request.user, subject=subject, person=receipt.bill.payer_id, purpose="cash receipt",
            now=timezone.now(),
        )
    payment = receipt.payments.filter(undoes=None).first()
    context = {
        "receipt": receipt, "payment": payment, "paper": "a5" if request.GET.get("kertas") == "a5" else "80mm",
        "form": form, "refusal": refusal, "proposals": proposals,
    }
    try:
        is_withdrawn = payment is None or hasattr(receipt, "undone_by")
        proof = None if is_withdrawn else actions.issue_proof(bill_id=receipt.bill_id, payment_id=payment.pk, now=timezone.now())
    except RuleBroken:
        proof = None  # nobody can sign now, or the payment was taken back; the slip is printed all the same
    if proof is not None:
        address = documents.verify_url(proof.code)
        context |= {
            "proof": proof, "proof_code": documents.spell_code(proof.code), "proof_picture": documents.qr_svg(address).decode(),
            "proof_site": address.partition("://")[2].removesuffix(f"/{proof.code}"),
        }
    status = 200 if request.method == "GET" else refusal.status if refusal else 422
    return render(request, "billing/slip.html", context, status=status)
