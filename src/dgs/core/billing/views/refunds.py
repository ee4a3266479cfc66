"""The page of what is owed back: refunds with whether the bank has paid them, and bills overpaid without one; and the file."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from dgs.core.audit import api as audit
from dgs.core.billing import exports, queries
from dgs.core.billing.permissions import Permission
from dgs.core.billing.queries.refunds import MOST_SHOWN
from dgs.kernel.guards import needs
from dgs.kernel.spreadsheets import download

PER_PAGE = 50
STATES = ("", "belum", "sudah")


@needs(Permission.VIEW_DESK)
@never_cache
@require_GET
def refunds(request):
    """Refunds, newest first, by state (?status=belum, sudah); or with ?status=lebih the bills overpaid without a refund."""
    offices = request.access.offices_everywhere(Permission.VIEW_DESK)
    asked = request.GET.get("status", "")
    is_over = asked == "lebih"
    state = asked if asked in STATES else ""
    found = queries.overpaid_bills(offices)[:MOST_SHOWN] if is_over else queries.refunds(offices, state)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    rows = list(page.object_list)
    proposed = queries.proposed_refunds([bill.pk for bill in rows]) if is_over else set()
    for bill in rows if is_over else ():
        bill.is_proposed = bill.pk in proposed
    page.object_list = rows
    context = {
        "page_obj": page, "state": state, "is_over": is_over, **queries.refund_counts(offices),
        "over_count": page.paginator.count if is_over else None, "most": MOST_SHOWN, "is_out_of_reach": offices == set(),
    }
    return render(request, "billing/refunds.html", context)


@needs(Permission.VIEW_DESK)
@require_GET
def refunds_export(request, kind):
    """The refunds in reach (?status=belum, sudah) as a file; written down as a reading."""
    offices = request.access.offices_everywhere(Permission.VIEW_DESK)
    asked = request.GET.get("status", "")
    state = asked if asked in STATES else ""
    audit.record_reading(
        by=request.user, subject="billing.refunds", person=None, purpose="export of refunds", now=timezone.now(),
        facts={"state": state, "offices": "all" if offices is None else sorted(offices)},
    )
    rows = queries.refunds(offices, state).iterator(chunk_size=2000)
    return download(f"restitusi-{timezone.localdate()}", kind, *exports.refunds(rows))
