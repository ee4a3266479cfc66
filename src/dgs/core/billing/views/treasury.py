"""The treasurer's pages: today's money, statements, and the lines that wait for a decision.

Money carries no region, so a grant for a part of the region opens none of it: the pages stand empty and say why.
"""

from __future__ import annotations

from datetime import date, timedelta

from django.contrib import messages
from django.db import transaction
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from dgs.core.audit import api as audit
from dgs.core.billing import exports, queries
from dgs.core.billing.actions import take_statement
from dgs.core.billing.errors import StatementRefused
from dgs.core.billing.forms.statements import StatementForm
from dgs.core.billing.models import CHANNELS
from dgs.core.billing.permissions import Permission
from dgs.kernel.errors import NotAllowed
from dgs.kernel.guards import needs
from dgs.kernel.spreadsheets import download
from dgs.ui import formats

DAYS = 30
PER_PAGE = 50
EXPORT_DAYS = 400


@needs(Permission.VIEW_DESK)
@require_GET
def desk(request):
    """What waits first, then the money of today and of 30 days, the bank against the books, search, the latest payments.

    A search shows payers by name: what it found is audited, for each payer found.
    """
    offices = request.access.offices_everywhere(Permission.VIEW_DESK)
    today = timezone.localdate()
    first, month = today - timedelta(days=DAYS - 1), today.replace(day=1)
    flow = queries.Flow.of(min(first, month), today, offices)
    shown = flow.days[-DAYS:]
    orphans, others = queries.worklist_counts(offices), queries.waiting_counts(today, offices)
    asked = request.GET.get("q", "").strip()[:100]
    found = queries.find_money(asked, offices) if asked else queries.Money()
    record_search(request, found)
    accounts = queries.revenue_by_account(month, today, offices)
    labels = dict(CHANNELS)
    is_whole = offices is None
    context = {
        "today": today, "amount_today": shown[-1][1], "count_today": queries.payments_on(today, offices),
        "amount_month": flow.since(month), "orphans": orphans, "others": others,
        "orphan_count": sum(row["count"] for row in orphans) + sum(row.count for row in others),
        "channels_today": [
            (labels[code], amount) for code, amount in flow.by_day.get(today, {}).items() if code in labels and amount
        ],
        "series": [{"label": _("Rp thousand"), "values": [int(amount / 1000) for _day, amount in shown]}],
        "labels": [formats.day(day).rsplit(None, 1)[0] for day, _amount in shown],
        "channel_bars": [(label, int(amount)) for label, amount in flow.channels],
        "account_bars": [(name or _("overpaid, to be given back"), int(amount)) for _code, name, amount in accounts[:8]],
        "asked": asked, "found": found, "payments": queries.payments_visible(offices, first, today)[:15],
        "compared": queries.bank_and_books(today) if is_whole else [],
        "held": queries.cash_held(today) if is_whole else {}, "can_take": _may_take(request), "first": first,
        "is_out_of_reach": offices == set(),
    }
    return render(request, "billing/desk.html", context)


@needs(Permission.VIEW_DESK)
@require_GET
def payments_export(request, kind):
    """The payments between ?dari= and ?sampai= (ISO days; the last 30 days by default) as a file; written down as a reading."""
    offices = request.access.offices_everywhere(Permission.VIEW_DESK)
    today = timezone.localdate()
    last = asked_day(request.GET.get("sampai"), today)
    first = max(asked_day(request.GET.get("dari"), last - timedelta(days=DAYS - 1)), last - timedelta(days=EXPORT_DAYS))
    audit.record_reading(
        by=request.user, subject="billing.payments", person=None, purpose="export of payments", now=timezone.now(),
        facts={"from": first, "to": last, "offices": "all" if offices is None else sorted(offices)},
    )
    rows = queries.payments_visible(offices, first, last).iterator(chunk_size=2000)
    return download(f"pembayaran-{first}-{last}", kind, *exports.payments(rows))


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


def _may_take(request) -> bool:
    return request.access.offices_everywhere(Permission.TAKE_STATEMENT) != set()


def record_search(request, found: queries.Money) -> None:
    """One reading for each payer among what was found, and one without a party for money of unknown senders."""
    payers: dict[int | None, dict[str, list]] = {}
    for kind, bill, key in (
        *(("bills", bill, bill.number) for bill in found.bills),
        *(("lines", line.finding_bill, line.pk) for line in found.lines),
        *(("receipts", receipt.bill, receipt.pk) for receipt in found.receipts),
        *(("refunds", refund.bill, refund.number) for refund in found.refunds),
    ):
        payers.setdefault(bill.payer_id if bill else None, {}).setdefault(kind, []).append(key)
    if not payers:
        return
    with transaction.atomic():
        for payer, facts in payers.items():
            audit.record_reading(
                by=request.user, subject="billing.search", person=payer, purpose="treasury search", now=timezone.now(),
                facts=facts,
            )


def asked_day(text: str | None, otherwise: date) -> date:
    """The day of an ISO text from an address, or `otherwise` when it is none between 2000 and 2100."""
    try:
        found = date.fromisoformat(text or "")
    except ValueError:
        return otherwise
    return found if 2000 <= found.year <= 2100 else otherwise
