"""The cash counter: a shift, finding a bill, taking cash, the slip, the count; the treasurer's side is in treasurer_cash.py.

Money carries no region, so a grant for a part of the region takes no cash.
"""

from __future__ import annotations

import re
import uuid
from decimal import Decimal

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from dgs.core.audit import api as audit
from dgs.core.billing import actions, codes, queries
from dgs.core.billing.errors import CashAmountChanged, DifferenceUnexplained, TenderedTooLittle
from dgs.core.billing.forms.cash import CountForm, ShiftForm, TakeForm
from dgs.core.billing.models import Bill, CashShift
from dgs.core.billing.owing import owed_of
from dgs.core.billing.permissions import Permission
from dgs.core.billing.views.accepting import Acceptance
from dgs.core.billing.views.treasury import record_search
from dgs.core.organisations import api as organisations
from dgs.kernel.errors import NotFound, RuleBroken
from dgs.kernel.guards import needs

IN_ADDRESS = re.compile(r"/tagihan/(TGH-[0-9]{4}-[0-9]+)", re.IGNORECASE)


@needs(Permission.TAKE_CASH)
@never_cache
@require_http_methods(["GET", "POST"])
def counter(request):
    """Without a shift: open one. With one: find a bill (typed or scanned), and the receipts of the shift.

    A search shows payers by name: what it found is audited, for each payer found. A bill named exactly is opened at once.
    """
    offices = request.access.offices_everywhere(Permission.TAKE_CASH)
    shift = queries.open_shift_of(request.user)
    if shift is None:
        return _open(request, offices)
    asked = request.GET.get("q", "").strip()[:200]
    found = []
    if asked:
        one = _exactly(asked, offices)
        if one is not None:
            return redirect("billing:take", number=one.number)
        found = queries.find_bills(asked, offices)
        record_search(request, queries.Money(bills=found))
    receipts = queries.shift_receipts(shift)
    context = {
        "shift": shift, "asked": asked, "found": found, "receipts": receipts, "taken": sum(one.amount for one in receipts),
        "count": sum(1 for one in receipts if one.undoes_id is None and not hasattr(one, "undone_by")),
    }
    return render(request, "billing/counter.html", context)


def _open(request, offices):
    slugs = [(office.slug, office.name) for office in organisations.offices() if offices is None or office.pk in offices]
    last = queries.last_shift_of(request.user)
    first = {"counter": last.counter if last else "", "office": last.office.slug if last else "", "float_amount": 0}
    form = ShiftForm(request.POST or None, offices=slugs, initial=first)
    status = 200
    if request.method == "POST":
        if form.is_valid():
            actions.open_shift(
                office=organisations.office_by_slug(form.cleaned_data["office"]), counter=form.cleaned_data["counter"],
                float_amount=Decimal(form.cleaned_data["float_amount"]), by=request.user, now=timezone.now(),
            )
            return redirect("billing:counter")
        status = 422
    context = {"form": form, "shifts": queries.shifts_of(request.user), "is_out_of_reach": not slugs}
    return render(request, "billing/counter_open.html", context, status=status)


def _exactly(asked: str, offices) -> Bill | None:
    """The one bill that a code, a number or a scanned address names, when its office is in reach."""
    bills = queries.bills_visible(offices)
    address = IN_ADDRESS.search(asked)
    if address or asked.upper().startswith("TGH-"):
        return bills.filter(number=(address[1] if address else asked).upper()).first()
    code = codes.read_code(asked)
    return bills.filter(payment_code=code).first() if code else None


@needs(Permission.TAKE_CASH)
@never_cache
@require_http_methods(["GET", "POST"])
def take(request, number):
    """What a bill asks today, large; the money given; then the slip. The same form sent twice is one receipt."""
    offices = request.access.offices_everywhere(Permission.TAKE_CASH)
    bill = queries.bills_visible(offices).filter(number=number).first()
    if bill is None:
        raise NotFound
    if queries.open_shift_of(request.user) is None:
        return redirect("billing:counter")
    now = timezone.now()
    form = TakeForm(request.POST) if request.method == "POST" else None
    refusal, status = None, 200
    if form is not None:
        status = 422
        if form.is_valid():
            try:
                taken = actions.take_cash(
                    bill_id=bill.pk, amount=Decimal(form.cleaned_data["amount"]), token=form.cleaned_data["token"],
                    tendered=Decimal(form.cleaned_data["tendered"]), paid_before=Decimal(form.cleaned_data["paid"]),
                    by=request.user, now=now,
                )
            except TenderedTooLittle as broken:
                form.add_error("tendered", str(broken))
            except RuleBroken as broken:
                refusal, status = broken, broken.status
            else:
                return redirect("billing:slip", receipt_id=taken.receipt.pk)
    else:
        audit.record_reading(
            by=request.user, subject=f"billing.bill:{bill.pk}", person=bill.payer_id, purpose="cash counter", now=now
        )
    owed = owed_of([bill.pk], timezone.localdate(now))[bill.pk]
    # What the payer wants to pay now: the next instalment, or everything (?bayar=semua).
    chosen = owed.payable[0] if owed.payable and request.GET.get("bayar") == "semua" else owed.asked
    if form is None or isinstance(refusal, CashAmountChanged):
        seen = {"amount": int(chosen.amount) if chosen else 0, "paid": int(owed.bill.paid), "token": uuid.uuid4().hex}
        form = TakeForm(initial=seen)
    quick = _quick(int(chosen.amount)) if chosen else []
    context = {"bill": bill, "owed": owed, "chosen": chosen, "form": form, "refusal": refusal, "quick": quick}
    return render(request, "billing/take.html", context, status=status)


def _quick(amount: int) -> list[int]:
    """The amount itself and what people usually give for it, to be chosen by one press."""
    found = {amount} | {-(-amount // note) * note for note in (10_000, 50_000, 100_000)}
    return sorted(found)[:4] if amount > 0 else []


@needs(Permission.TAKE_CASH)
@never_cache
@require_http_methods(["GET", "POST"])
def close(request):
    """Count notes and coins and close the shift; what should be there is only said after the count."""
    shift = queries.open_shift_of(request.user)
    if shift is None:
        return redirect("billing:counter")
    form = CountForm(request.POST or None, values=actions.NOTES)
    refusal, status = None, 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                actions.close_shift(
                    notes=form.pieces(), reason=form.cleaned_data["reason"], by=request.user, now=timezone.now()
                )
            except DifferenceUnexplained as broken:
                refusal, form.fields["reason"].required = broken, True
            else:
                return redirect("billing:shift", shift_id=shift.pk)
    rows = [(value, form[f"n{value}"]) for value in actions.NOTES]
    counted = sum(value * (form.cleaned_data.get(f"n{value}") or 0) for value in actions.NOTES) if form.is_bound else None
    context = {"shift": shift, "form": form, "rows": rows, "refusal": refusal, "counted": counted}
    return render(request, "billing/close.html", context, status=status)


@needs(Permission.TAKE_CASH)
@never_cache
@require_http_methods(["GET", "POST"])
def shift(request, shift_id):
    """One's own closed shift: count, receipts, handing the cash over; and accepting it when another person closed the shift."""
    found = CashShift.objects.select_related("office", "closing__by", "hand_over__accepted_by", "hand_over__given_by").filter(
        pk=shift_id, cashier=request.user, is_closed=True
    ).first()
    if found is None:
        raise NotFound
    given = getattr(found, "hand_over", None)
    acceptance = Acceptance(request, given) if given is not None else None
    if request.method == "POST" and given is None:
        actions.hand_over(shift_id=found.pk, by=request.user, now=timezone.now())
        messages.success(request, _("Handed over. The treasurer counts and accepts it."))
        return redirect("billing:shift", shift_id=found.pk)
    if request.method == "POST" and (not acceptance.is_offered or acceptance.is_done()):
        return redirect("billing:shift", shift_id=found.pk)
    due = given.amount if given else found.closing.expected + found.closing.difference
    notes = [(int(value), count) for value, count in found.closing.notes.items() if count]
    context = {
        "shift": found, "closing": found.closing, "due": due, "receipts": queries.shift_receipts(found),
        "notes": sorted(((value, count, value * count) for value, count in notes), reverse=True),
        "hand_over": given, "acceptance": acceptance,
    }
    return render(request, "billing/shift.html", context, status=acceptance.status if acceptance else 200)
