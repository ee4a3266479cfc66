"""The treasurer's pages: today's money, statements, and the lines that wait for a decision.

Money carries no region, so a grant for a part of the region opens none of it: the pages stand empty and say why.
"""

from __future__ import annotations

from datetime import date, timedelta

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from dgs.core.audit import api as audit
from dgs.core.billing import codes, exports, queries
from dgs.core.billing.actions import propose, take_back_payment, take_back_settlement, take_statement
from dgs.core.billing.errors import StatementRefused
from dgs.core.billing.forms.lines import AssignForm, ResolveForm
from dgs.core.billing.forms.statements import StatementForm
from dgs.core.billing.models import Finding
from dgs.core.billing.permissions import Permission
from dgs.core.billing.queries import open_proposals
from dgs.kernel.errors import NotAllowed, NotFound, RuleBroken
from dgs.kernel.guards import needs
from dgs.ui import formats

DAYS = 30
PER_PAGE = 50
EXPORT_DAYS = 400


@needs(Permission.VIEW_DESK)
@require_GET
def desk(request):
    """Orphans first, then the money of today and of the last 30 days, then search and the latest payments.

    A search shows payers by name: what it found is audited, for each payer found.
    """
    offices = request.access.offices_everywhere(Permission.VIEW_DESK)
    today = timezone.localdate()
    first = today - timedelta(days=DAYS - 1)
    by_day = queries.revenue_by_day(first, today, offices)
    month = queries.revenue_by_day(today.replace(day=1), today, offices)
    orphans = queries.worklist_counts(offices)
    asked = request.GET.get("q", "").strip()[:100]
    found = queries.find_bills(asked, offices) if asked else []
    lines = queries.find_lines(asked) if asked and offices is None else []
    record_search(request, found, lines)
    accounts = queries.revenue_by_account(today.replace(day=1), today, offices)
    context = {
        "today": today, "amount_today": by_day[-1][1], "count_today": by_day[-1][2],
        "amount_month": sum(amount for _day, amount, _count in month), "count_month": sum(c for *_r, c in month),
        "orphans": orphans, "orphan_count": sum(row["count"] for row in orphans),
        "series": [{"label": _("Rp thousand"), "values": [int(amount / 1000) for _day, amount, _count in by_day]}],
        "labels": [formats.day(day).rsplit(None, 1)[0] for day, *_rest in by_day],
        "account_bars": [(row["name"], int(row["amount"])) for row in accounts[:8]],
        "asked": asked, "found": found, "lines": lines,
        "payments": queries.payments_visible(offices, first, today)[:15],
        "statements": queries.statements(5) if offices != set() else [], "can_take": _may_take(request), "first": first,
        "is_out_of_reach": offices == set(),
    }
    return render(request, "billing/desk.html", context)


@needs(Permission.VIEW_DESK)
@require_GET
def payments_export(request):
    """The payments between ?dari= and ?sampai= (ISO days; the last 30 days by default) as CSV; written down as a reading."""
    offices = request.access.offices_everywhere(Permission.VIEW_DESK)
    today = timezone.localdate()
    last = _day(request.GET.get("sampai"), today)
    first = max(_day(request.GET.get("dari"), last - timedelta(days=DAYS - 1)), last - timedelta(days=EXPORT_DAYS))
    audit.record_reading(
        by=request.user, subject="billing.payments", person=None, purpose="export of payments", now=timezone.now(),
        facts={"from": first, "to": last, "offices": "all" if offices is None else sorted(offices)},
    )
    rows = queries.payments_visible(offices, first, last).iterator(chunk_size=2000)
    response = StreamingHttpResponse(exports.payments_csv(rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="pembayaran-{first}-{last}.csv"'
    return response


@needs(Permission.TAKE_STATEMENT)
@require_http_methods(["GET", "POST"])
def statements(request):
    """Upload a statement, and what became of it; below, the latest ones."""
    may_take = _may_take(request)
    form = StatementForm(request.POST or None, request.FILES or None)
    status = 200
    if request.method == "POST":
        if not may_take:
            raise NotAllowed
        if form.is_valid():
            file = form.cleaned_data["file"]
            try:
                taken = take_statement(
                    file.read(), file_name=file.name, account=form.cleaned_data["account"], by=request.user, now=timezone.now()
                )
            except StatementRefused as refusal:
                form.add_error("file", str(refusal))
            else:
                if taken.is_known:
                    messages.info(request, _("This very file was taken before; nothing has changed."))
                if taken.left_out:
                    messages.info(request, taken.said_left_out)
                return redirect(f"{reverse('billing:statements')}?berkas={taken.statement.pk}")
        status = 422
    shown = request.GET.get("berkas", "")
    context = {
        "form": form, "is_out_of_reach": not may_take, "statements": queries.statements() if may_take else [],
        "taken": queries.taken(int(shown)) if may_take and shown.isdecimal() else None,
    }
    return render(request, "billing/statements.html", context, status=status)


@needs(Permission.RESOLVE_LINE)
@require_GET
def worklist(request):
    """The lines that wait for a decision, oldest first, by finding."""
    offices = request.access.offices_everywhere(Permission.RESOLVE_LINE)
    finding = request.GET.get("temuan", "")
    if finding not in Finding.values:
        finding = ""
    counts = queries.worklist_counts(offices)
    page = Paginator(queries.worklist(offices, finding), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "counts": counts, "finding": finding, "page_obj": page, "total": sum(row["count"] for row in counts),
        "today": timezone.localdate(), "is_out_of_reach": offices == set(),
    }
    return render(request, "billing/worklist.html", context)


@needs(Permission.RESOLVE_LINE)
@require_http_methods(["GET", "POST"])
def line(request, line_id):
    """One line with what was found; apply it to a bill or settle it."""
    offices = request.access.offices_everywhere(Permission.RESOLVE_LINE)
    found = queries.listed_line(line_id, offices)
    if found is None:
        raise NotFound
    suggested = found.finding_bill.number if found.finding_bill else ""
    assign, settle = AssignForm(initial={"bill": suggested}, prefix="pasang"), ResolveForm(prefix="selesai")
    status = 200
    if request.method == "POST" and "undo" in request.POST:
        _take_back(request, found)
        messages.success(request, _("It was taken back; the money stands on the work list again."))
        return redirect("billing:line", line_id=found.pk)
    if request.method == "POST":
        status = 422
        try:
            if "assign" in request.POST:
                assign = AssignForm(request.POST, prefix="pasang")
                if assign.is_valid() and (said := _assign(request, found, assign, offices)):
                    messages.success(request, said)
                    return redirect("billing:worklist")
            else:
                settle = ResolveForm(request.POST, prefix="selesai")
                if settle.is_valid():
                    propose(
                        act="settle", values={"line": found.pk, "outcome": settle.cleaned_data["outcome"]},
                        subject=f"billing.statementline:{found.pk}", amount=found.rest, reason=settle.cleaned_data["note"],
                        by=request.user, now=timezone.now(),
                    )
                    messages.success(request, _("Proposed. Another person has to approve it."))
                    return redirect("billing:worklist")
        except RuleBroken as refusal:
            (assign if "assign" in request.POST else settle).add_error(None, str(refusal))
            status = refusal.status
    context = {
        "line": found, "assign": assign, "settle": settle, "history": queries.uses_of(found),
        "proposals": open_proposals(f"billing.statementline:{found.pk}"),
        "suggestions": queries.bills_like(found, offices) if found.rest > 0 else [],
    }
    return render(request, "billing/line.html", context, status=status)


def _take_back(request, line) -> None:
    """Take back the use of this line that the form names."""
    kind, _colon, number = request.POST["undo"].partition(":")
    key = int(number) if number.isdecimal() and len(number) < 18 else 0
    reason, now = request.POST.get("reason", ""), timezone.now()
    if kind == "payment" and line.payments.filter(pk=key).exists():
        take_back_payment(payment_id=key, reason=reason, by=request.user, now=now)
    elif kind == "settlement" and line.settlements.filter(pk=key).exists():
        take_back_settlement(settlement_id=key, reason=reason, by=request.user, now=now)
    else:
        raise NotFound


def _may_take(request) -> bool:
    return request.access.offices_everywhere(Permission.TAKE_STATEMENT) != set()


def _assign(request, found, form, offices) -> str:
    """Apply the line; the sentence that says so, or "" when no such bill is in reach (then the form says so)."""
    text = form.cleaned_data["bill"].strip()
    bills = queries.bills_visible(offices)
    code = codes.read_code(text)
    bill = bills.filter(payment_code=code).first() if code else bills.filter(number=text.upper()).first()
    if bill is None:
        form.add_error("bill", _("There is no bill with this number or payment code."))
        return ""
    amount = form.cleaned_data["amount"]
    propose(
        act="assign", values={"line": found.pk, "bill": bill.pk, "amount": amount}, subject=f"billing.statementline:{found.pk}",
        amount=amount or min(found.rest, bill.derived.remaining), reason=form.cleaned_data["note"], office=bill.office,
        by=request.user, now=timezone.now(),
    )
    return _("Proposed for bill %(number)s. Another person has to approve it.") % {"number": bill.number}


def record_search(request, found, lines) -> None:
    """One reading for each payer among what was found, and one without a party for bank lines of unknown senders."""
    payers: dict[int | None, dict[str, list]] = {}
    for bill in found:
        payers.setdefault(bill.payer_id, {}).setdefault("bills", []).append(bill.number)
    for line in lines:
        payer = line.finding_bill.payer_id if line.finding_bill else None
        payers.setdefault(payer, {}).setdefault("lines", []).append(line.pk)
    if not payers:
        return
    with transaction.atomic():
        for payer, facts in payers.items():
            audit.record_reading(
                by=request.user, subject="billing.search", person=payer, purpose="treasury search", now=timezone.now(),
                facts=facts,
            )


def _day(text: str | None, otherwise: date) -> date:
    try:
        found = date.fromisoformat(text or "")
    except ValueError:
        return otherwise
    return found if 2000 <= found.year <= 2100 else otherwise
