"""The page of what waits for a second person, that person's decision, and the proposer's taking back."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from dgs.core.billing import queries
from dgs.core.billing.actions import decide
from dgs.core.billing.describing import described
from dgs.core.billing.permissions import Permission
from dgs.kernel.errors import NotFound, RuleBroken
from dgs.kernel.guards import needs

PER_PAGE = 50


@needs(Permission.APPROVE)
@require_http_methods(["GET", "POST"])
def proposals(request):
    """What others propose, oldest first; approve it, which does it, or decline it with a word. Of the offices in reach only."""
    offices = request.access.offices_everywhere(Permission.APPROVE)
    found = queries.waiting_proposals(offices)
    refusal = None
    if request.method == "POST":
        key = request.POST.get("proposal", "")
        one = found.filter(pk=int(key)).first() if key.isdecimal() and len(key) < 18 else None
        if one is None:
            raise NotFound
        is_approved = request.POST.get("decision") == "approve"
        try:
            decide(
                proposal_id=one.pk,
                is_approved=is_approved,
                answer=request.POST.get("answer", ""),
                by=request.user,
                now=timezone.now(),
            )
        except RuleBroken as broken:
            refusal = broken
        else:
            messages.success(request, _said(is_approved, one.by_id == request.user.pk))
            return redirect("billing:proposals")
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    for one, words in zip(page.object_list, described(page.object_list), strict=True):
        one.described = words
    context = {"page_obj": page, "refusal": refusal, "is_out_of_reach": offices == set(), "is_whole": offices is None}
    return render(request, "billing/proposals.html", context, status=refusal.status if refusal else 200)


@needs(Permission.PROPOSE_CHANGE, Permission.RESOLVE_LINE, Permission.TAKE_STATEMENT, Permission.TAKE_CASH, Permission.APPROVE)
@require_POST
def withdraw_proposal(request, proposal_id):
    """Whoever proposed something takes it back, where it is shown (`next`); nobody else's is found here."""
    if not queries.is_own_proposal(proposal_id, request.user):
        raise NotFound
    decide(proposal_id=proposal_id, is_approved=False, answer="", by=request.user, now=timezone.now())
    messages.success(request, _said(False, True))
    wanted = request.POST.get("next", "")
    is_safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return redirect(wanted if is_safe else "billing:desk")


def _said(is_approved: bool, is_own: bool) -> str:
    if is_approved:
        return _("Approved and done.")
    return _("Withdrawn; nothing was changed.") if is_own else _("Declined; nothing was changed.")
