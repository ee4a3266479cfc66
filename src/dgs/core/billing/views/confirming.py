"""The page of what payers say of transfers: refuse it with a reason, or propose the bank line that brings it."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from dgs.core.billing import queries
from dgs.core.billing.actions import propose, refuse_confirmation
from dgs.core.billing.forms.confirming import RefuseForm
from dgs.core.billing.permissions import Permission
from dgs.core.billing.refusing import REASONS
from dgs.kernel.errors import NotFound, RuleBroken
from dgs.kernel.guards import needs

PER_PAGE = 30
AGES = ("", "lewat", "baru")


@needs(Permission.RESOLVE_LINE)
@never_cache
@require_http_methods(["GET", "POST"])
def confirmations(request):
    """What waits, overdue first, each with the bank lines that might bring it; refuse one, or propose a line for it."""
    offices = request.access.offices_everywhere(Permission.RESOLVE_LINE)
    today = timezone.localdate()
    refusal, failed, status = None, None, 200
    if request.method == "POST":
        one = _named(request.POST.get("confirmation", ""), offices)
        if one.answered_at:
            messages.info(request, _("This was answered already."))
            return redirect(request.get_full_path())
        try:
            said = _refuse(request, one) if "refuse" in request.POST else _propose(request, one, offices)
        except RuleBroken as broken:
            if isinstance(broken, NotFound):
                raise
            refusal, failed, status = broken, one.pk, broken.status
        else:
            if said:
                messages.success(request, said)
                return redirect(request.get_full_path())
            refusal, failed, status = _("Please choose or write what the payer is told."), one.pk, 422
    age = request.GET.get("umur", "")
    age = age if age in AGES else ""
    count, late = queries.confirmation_counts(offices, today)
    page = Paginator(queries.open_confirmations(offices, today, age), PER_PAGE).get_page(request.GET.get("page"))
    shown = list(page.object_list)
    lines = queries.candidate_lines(shown, offices)
    proposed = queries.proposed_lines({line.pk for found in lines.values() for line, _has in found})
    for one in shown:
        one.lines = [(line, has_number, line.pk in proposed) for line, has_number in lines.get(one.pk, [])]
        one.is_failed = one.pk == failed
    page.object_list = shown
    context = {
        "page_obj": page, "age": age, "count": count, "late": late, "fresh": count - late, "refusal": refusal,
        "reasons": REASONS.items(), "is_out_of_reach": offices == set(), "typed": request.POST,
    }
    return render(request, "billing/confirmations.html", context, status=status)


def _named(key: str, offices):
    one = queries.confirmation_in_reach(int(key), offices) if key.isdecimal() and len(key) < 18 else None
    if one is None:
        raise NotFound
    return one


def _refuse(request, one) -> str:
    form = RefuseForm(request.POST)
    if not form.is_valid():
        return ""
    refuse_confirmation(confirmation_id=one.pk, answer=form.cleaned_data["answer"], by=request.user, now=timezone.now())
    return _("The payer is told that the transfer was not found, and why.")


def _propose(request, one, offices) -> str:
    """Propose one of the lines that the page offers for this confirmation, and no other."""
    key = request.POST.get("line", "")
    offered = queries.candidate_lines([one], offices).get(one.pk, [])
    line = next((line for line, _has in offered if str(line.pk) == key), None)
    if line is None:
        raise NotFound
    reason = _("Transfer %(number)s, told by the payer") % {"number": one.transfer_number}
    propose(
        act="assign", values={"line": line.pk, "bill": one.bill_id, "confirmation": one.pk},
        subject=f"billing.statementline:{line.pk}", amount=min(line.rest, one.bill.derived.remaining) or line.rest,
        reason=reason, office=one.bill.office, by=request.user, now=timezone.now(),
    )
    return _("Proposed for bill %(number)s. Another person has to approve it.") % {"number": one.bill.number}
