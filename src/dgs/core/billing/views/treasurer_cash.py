"""The treasurer's side of the cash counter: shifts that are open, closing one for a cashier, accepting cash, and depositing it.

Money carries no region, so a grant for a part of the region reaches no cash.
"""

from __future__ import annotations

import uuid
from decimal import Decimal

from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from dgs.core.billing import actions, queries
from dgs.core.billing.errors import DifferenceUnexplained, OwnCash, OwnShift, ShiftEnded
from dgs.core.billing.forms.cash import CountForForm, DepositForm
from dgs.core.billing.permissions import Permission
from dgs.core.billing.views.accepting import Acceptance
from dgs.core.organisations import api as organisations
from dgs.kernel.errors import NotFound, RuleBroken
from dgs.kernel.guards import needs
from dgs.ui import formats

PER_PAGE = 30


@needs(Permission.TAKE_STATEMENT)
@never_cache
@require_http_methods(["GET", "POST"])
def counter_cash(request):
    """Open shifts, closed ones with the cash to accept, the cash held by office, and depositing it."""
    offices = request.access.offices_everywhere(Permission.TAKE_STATEMENT)
    refusal, status = None, 200
    form = office_key = None
    if request.method == "POST":
        form, office_key = DepositForm(request.POST), request.POST.get("office", "")
        status = 422
        try:
            if form.is_valid():
                _deposit(request, form, offices)
                return redirect("billing:counter_cash")
        except RuleBroken as broken:
            if isinstance(broken, NotFound):
                raise
            refusal, status = broken, broken.status
    held = []
    for office, amount in queries.treasurer_cash(offices):
        used = form if office.slug == office_key else None
        one = used or DepositForm(initial={"amount": int(amount), "token": uuid.uuid4().hex}, auto_id=f"id_{office.slug}_%s")
        held.append({"office": office, "amount": amount, "form": one})
    page = Paginator(queries.closed_shifts(offices), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page_obj": page, "held": held, "open_shifts": queries.open_shifts(offices), "deposits": queries.deposits(offices),
        "may_resolve": request.access.allows(Permission.RESOLVE_LINE),
        "refusal": refusal, "is_out_of_reach": offices == set(),
    }
    return render(request, "billing/counter_cash.html", context, status=status)


@needs(Permission.TAKE_STATEMENT)
@never_cache
@require_http_methods(["GET", "POST"])
def close_for(request, shift_id):
    """Count the drawer of a cashier who cannot close the shift; the difference is said after the count, and then confirmed."""
    shift = queries.shift_in_reach(shift_id, request.access.offices_everywhere(Permission.TAKE_STATEMENT))
    if shift is None:
        raise NotFound
    if shift.is_closed:
        return _was_closed(request)
    if shift.cashier_id == request.user.pk:
        raise OwnShift
    form = CountForForm(request.POST or None, values=actions.NOTES)
    refusal, status, counted = None, 200, None
    if request.method == "POST":
        status = 422
        if form.is_valid():
            counted = sum(value * count for value, count in form.pieces().items())
            try:
                actions.close_shift_for(
                    shift_id=shift.pk, notes=form.pieces(), reason=form.cleaned_data["reason"], seen=form.seen(), by=request.user,
                    now=timezone.now(),
                )
            except DifferenceUnexplained as broken:
                refusal = broken
            except ShiftEnded:
                return _was_closed(request)
            else:
                messages.success(
                    request, _("The shift is closed. Another treasurer, or the cashier, counts the cash again and accepts it.")
                )
                return redirect("billing:counter_cash")
    context = {
        "shift": shift, "form": form, "rows": [(value, form[f"n{value}"]) for value in actions.NOTES], "refusal": refusal,
        "counted": counted, "seen": refusal.values["exactly"] if refusal else "",
    }
    return render(request, "billing/close_for.html", context, status=status)


def _was_closed(request):
    messages.info(request, str(ShiftEnded.sentence))
    return redirect("billing:counter_cash")


@needs(Permission.TAKE_STATEMENT)
@never_cache
@require_http_methods(["GET", "POST"])
def accept(request, hand_over_id):
    """Count what a cashier handed over and accept it; a difference is said after the count and needs its reason."""
    found = queries.hand_over_in_reach(hand_over_id, request.access.offices_everywhere(Permission.TAKE_STATEMENT))
    if found is None:
        raise NotFound
    if found.given_by_id == request.user.pk:
        raise OwnCash
    acceptance = Acceptance(request, found)
    if not acceptance.is_offered:
        messages.info(request, _("This hand-over was accepted before."))
        return redirect("billing:counter_cash")
    if request.method == "POST" and acceptance.is_done():
        return redirect("billing:counter_cash")
    context = {"hand_over": found, "shift": found.shift, "closing": found.shift.closing, "acceptance": acceptance}
    return render(request, "billing/accept.html", context, status=acceptance.status)


def _deposit(request, form, offices) -> None:
    office = organisations.office_by_slug(request.POST.get("office", ""))
    if office is None or not (offices is None or office.pk in offices):
        raise NotFound
    made = actions.deposit(
        office=office, amount=Decimal(form.cleaned_data["amount"]), account=form.cleaned_data["account"],
        token=form.cleaned_data["token"], by=request.user, now=timezone.now(),
    )
    messages.success(
        request,
        _("Deposit %(number)s: take %(amount)s to the bank and give this number as the message.")
        % {"number": made.reference, "amount": formats.rupiah(made.amount)},
    )


@needs(Permission.TAKE_STATEMENT)
@never_cache
@require_GET
def deposit_slip(request, receipt_id):
    """The paper that goes to the bank with the cash of an office (Surat Tanda Setoran), to print."""
    found = queries.deposit_in_reach(receipt_id, request.access.offices_everywhere(Permission.TAKE_STATEMENT))
    if found is None:
        raise NotFound
    return render(request, "billing/deposit_slip.html", {"deposit": found, "parts": queries.deposit_parts(found)})
