"""What the payer says of a bill: that it was paid by transfer, or that it is wrong."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from dgs.core.billing import actions, queries
from dgs.core.billing.errors import BillCancelled, BillFullyPaid, ConfirmationWrong
from dgs.core.billing.forms.payer import ConfirmationForm, ObjectionForm
from dgs.core.billing.owing import owed_of
from dgs.core.billing.scope import payers_bill
from dgs.kernel.guards import signed_in


@signed_in
@never_cache
@require_http_methods(["GET", "POST"])
def confirm(request, number):
    """The payer tells of a transfer, so that its bank line is found; told again, it takes the place of what was told before."""
    now = timezone.now()
    bill = payers_bill(number, user=request.user, on=timezone.localdate(now))
    owed = owed_of([bill.pk], timezone.localdate(now))[bill.pk]
    told = queries.last_confirmation(bill)
    if not owed.is_payable and request.method == "GET":
        messages.info(request, _("Nothing is to be paid of this bill, so there is no transfer to tell of."))
        return redirect("billing:bill", number=number)
    form = ConfirmationForm(request.POST or None, initial={"amount": int(owed.asked.amount) if owed.asked else ""})
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                made = _confirm(request, bill, form.cleaned_data, now)
            except ConfirmationWrong as wrong:
                for field, sentences in wrong.errors.items():
                    for sentence in sentences:
                        form.add_error({"transferred_at": "day"}.get(field, field), sentence)
            except (BillFullyPaid, BillCancelled) as refusal:
                messages.info(request, str(refusal))
                return redirect("billing:bill", number=number)
            else:
                if made.outcome != "found":
                    messages.success(request, _("Thank you. We look for this transfer at the bank and tell you what we find."))
                return redirect("billing:bill", number=number)
    context = {"bill": bill, "owed": owed, "form": form, "told": told}
    return render(request, "billing/confirm.html", context, status=status)


def _confirm(request, bill, said, now):
    at = timezone.make_aware(datetime.combine(said["day"], said["time"]))
    return actions.confirm_transfer(
        bill=bill, transfer_number=said["transfer_number"], transferred_at=at, amount=Decimal(said["amount"]), channel="web",
        sender_bank=said["sender_bank"], sender_name=said["sender_name"], contact=request.user.email or "", by=request.user,
        now=now,
    )


@signed_in
@never_cache
@require_http_methods(["GET", "POST"])
def dispute(request, number):
    """The payer objects to the bill; while an objection waits for its answer there is no other."""
    now = timezone.now()
    bill = payers_bill(number, user=request.user, on=timezone.localdate(now))
    waiting = queries.last_objection(bill)
    if bill.cancelled_at or (waiting is not None and waiting.decided_at is None):
        if bill.cancelled_at:
            messages.info(request, _("This bill was cancelled. Nothing is to be paid of it."))
        else:
            messages.info(request, _("Your objection is with the office already."))
        return redirect("billing:bill", number=number)
    form = ObjectionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        actions.object_to_bill(bill=bill, text=form.cleaned_data["text"], by=request.user, now=now)
        messages.success(request, _("Your objection is with the office now. The answer will stand on this page."))
        return redirect("billing:bill", number=number)
    context = {"bill": bill, "form": form}
    return render(request, "billing/dispute.html", context, status=422 if form.is_bound else 200)
