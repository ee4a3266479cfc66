"""The office's pages about one bill: finding it, all its facts, and proposing decisions on it.

Money carries no region, so a grant for a part of the region opens none of it.
"""

from __future__ import annotations

from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from dgs.core.audit import api as audit
from dgs.core.billing import codes, queries
from dgs.core.billing.actions import propose_on_bill
from dgs.core.billing.describing import described, kind_words, rule_words
from dgs.core.billing.forms import deciding
from dgs.core.billing.forms.plan import PlanForm, PlanStartForm
from dgs.core.billing.permissions import Permission
from dgs.core.billing.views.treasury import record_search
from dgs.core.documents.api import FileRefused
from dgs.kernel.errors import NotAllowed, NotFound, RuleBroken
from dgs.kernel.guards import needs
from dgs.ui import formats

FORMS = {
    "keringanan": deciding.ReductionForm, "pembetulan": deciding.CorrectionForm, "penghapusan": deciding.WriteOffForm,
    "pembatalan": deciding.CancelForm, "keberatan": deciding.ObjectionForm, "restitusi": deciding.RefundForm,
    "tarik-restitusi": deciding.WithdrawRefundForm,
}


@needs(Permission.VIEW_DESK)
@never_cache
@require_GET
def office_bills(request):
    """Find a bill by code, number, name or amount. What a search shows of payers is audited; an exact one opens at once."""
    offices = request.access.offices_everywhere(Permission.VIEW_DESK)
    asked = request.GET.get("q", "").strip()[:100]
    found = []
    if asked:
        code = codes.read_code(asked)
        bills = queries.bills_visible(offices)
        exact = (
            bills.filter(payment_code=code).first() if code
            else queries.bill_in_reach(asked.upper(), offices) if asked.upper().startswith("TGH-") else None
        )
        if exact is not None:
            return redirect("billing:office_bill", number=exact.number)
        found = queries.find_bills(asked, offices)
        record_search(request, queries.Money(bills=found))
    context = {"asked": asked, "found": found, "is_out_of_reach": offices == set()}
    return render(request, "billing/office_bills.html", context)


@needs(Permission.VIEW_DESK)
@never_cache
@require_http_methods(["GET", "POST"])
def office_bill(request, number):
    """All that is known of one bill; with ?keputusan= the form of one decision, which proposes it. Opening it is audited."""
    bill = queries.bill_in_reach(number, request.access.offices_everywhere(Permission.VIEW_DESK))
    if bill is None:
        raise NotFound
    facts = queries.bill_facts(bill)
    reach = request.access.offices_everywhere(Permission.PROPOSE_CHANGE)
    may_propose = reach is None or bill.office_id in reach
    choices = _choices(bill, facts) if may_propose else []
    chosen = request.GET.get("keputusan", "")
    form = start = refusal = None
    status = 200
    if request.method == "POST" and not may_propose:
        raise NotAllowed
    if chosen in {name for name, _label, _hint in choices}:
        form, start = _form(request, chosen, bill, facts)
    if request.method == "POST":
        if form is None:
            raise NotFound
        status = 422
        if form.is_valid():
            try:
                propose_on_bill(
                    bill=bill, document=form.cleaned_data.get("document"), by=request.user, now=timezone.now(), **form.proposed()
                )
            except FileRefused as broken:
                form.add_error("document", str(broken))
            except RuleBroken as broken:
                refusal, status = broken, broken.status
            else:
                messages.success(request, _("Proposed. Another person has to approve it."))
                return redirect("billing:office_bill", number=bill.number)
    else:
        audit.record_reading(
            by=request.user, subject=f"billing.bill:{bill.pk}", person=bill.payer_id, purpose="decision on a bill",
            now=timezone.now(),
        )
    for one in facts.adjustments:
        one.words = kind_words(one.kind)
    for one in facts.payments:
        one.words = rule_words(one.rule)
    context = {
        "bill": bill, "standing": bill.derived, "facts": facts, "waiting": described(facts.proposals),
        "asked": bill.total + bill.adjusted, "choices": choices, "chosen": chosen if form or start else "",
        "title": next((label for name, label, _hint in choices if name == chosen), ""),
        "hint": next((hint for name, _label, hint in choices if name == chosen), ""),
        "form": form, "start": start, "refusal": refusal, "here": reverse("billing:office_bill", args=[bill.number]),
    }
    return render(request, "billing/office_bill.html", context, status=status)


def _choices(bill, facts) -> list[tuple[str, str, str]]:
    """The decisions that are possible now: name in the address, label, and what it means."""
    standing, asked = bill.derived, bill.total + bill.adjusted
    is_open = bill.cancelled_at is None
    accrued = standing.penalty + bill.penalty_paid
    found = [
        ("keberatan", _("Answer the objection"), _("Granted with what is taken off, or declined. The payer is told your answer."),
         is_open and facts.objection is not None),
        ("keringanan", _("Reduction"), _("Less of the principal or of the penalty, by a decision."),
         is_open and asked + accrued > 0),
        ("cicilan", _("Pay in parts"), _("The parts take the place of the day on which the bill is due, for the penalty too."),
         is_open and standing.principal > 0),
        ("pembetulan", _("Correction"), _("The bill asks too much or too little because of a mistake."), is_open),
        ("penghapusan", _("Write-off"),
         _("What is left of the principal, %(amount)s, cannot be collected any more; no penalty is asked then.")
         % {"amount": formats.rupiah(standing.principal)},
         is_open and standing.principal > 0),
        ("pembatalan", _("Cancellation"), _("The bill should not be there. Money that comes later is listed."),
         is_open and asked > bill.principal_paid),
        ("restitusi", _("Give back what was overpaid"), _("The bank pays it under the number of the refund."), standing.over > 0),
        ("tarik-restitusi", _("Withdraw a refund"),
         _("It was approved and the bank has not paid it: its money is owed back again."), bool(facts.unpaid_refunds)),
    ]
    return [(name, label, hint) for name, label, hint, is_possible in found if is_possible]


def _form(request, chosen: str, bill, facts):
    """The form of a decision, and before it, for instalments, how many parts from when on."""
    data, files = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    if chosen != "cicilan":
        more = {"keberatan": {"objection": facts.objection}, "tarik-restitusi": {"refunds": facts.unpaid_refunds}}.get(chosen, {})
        return FORMS[chosen](data, files, bill=bill, standing=bill.derived, **more), None
    start = PlanStartForm(request.GET if "bagian" in request.GET else None)
    if not start.is_bound or not start.is_valid():
        return None, start
    parts = start.parts(bill.total + bill.adjusted)
    return PlanForm(data, bill=bill, count=start.cleaned_data["bagian"], parts=parts), start
