"""Reports that came by SMS from numbers without an account: the list, and answering one."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from dgs.core.cases.actions import reports as actions
from dgs.core.cases.permissions import Permission
from dgs.core.messaging import api as messaging
from dgs.kernel.errors import InvalidInput
from dgs.kernel.guards import needs


@needs(Permission.VIEW_DESK)
@never_cache
@require_GET
def reports(request: HttpRequest) -> HttpResponse:
    """What waits, the oldest first; numbers are shown masked, for the answer goes out from here."""
    page = Paginator(actions.waiting_reports(request.access, Permission.VIEW_DESK), 20).get_page(request.GET.get("page"))
    for report in page.object_list:
        report.masked = messaging.mask_address(report.number)
    return render(
        request, "cases/reports.html", {"page_obj": page, "may_answer": request.access.allows(Permission.ACT)}
    )


@needs(Permission.ACT)
@require_POST
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """Answer one by SMS."""
    try:
        report = actions.answer_report(
            report_id=pk, answer=request.POST.get("answer", "")[:1000], by=request.user, access=request.access,
            permission=Permission.ACT, now=timezone.now(),
        )
    except InvalidInput as refusal:
        messages.error(request, refusal.in_words())
    else:
        messages.success(request, _("The answer to %(reference)s is on its way.") % {"reference": report.reference})
    return redirect("cases:reports")
