"""The pages of what waits for a decision about money: bank lines, money of channels, and messages that are missing.

Money carries no region, so a grant for a part of the region opens none of it.
"""

from __future__ import annotations

from decimal import Decimal

from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from dgs.core.audit import api as audit
from dgs.core.billing import codes, queries
from dgs.core.billing.actions import note_seen, propose, take_back_payment, take_back_settlement
from dgs.core.billing.forms.lines import AssignForm, BringsForm, NoteForm, ReceiptForm, RefundForm, ResolveForm
from dgs.core.billing.models import Finding, Outcome
from dgs.core.billing.permissions import Permission
from dgs.kernel.errors import NotFound, RuleBroken
from dgs.kernel.guards import needs

PER_PAGE = 50


@needs(Permission.RESOLVE_LINE)
@require_GET
def worklist(request):
    """What waits for a decision, oldest first: bank lines by finding, and the kinds of queries.waiting."""
    offices = request.access.offices_everywhere(Permission.RESOLVE_LINE)
    today = timezone.localdate()
    chosen = request.GET.get("temuan", "")
    counts, others = queries.worklist_counts(offices), queries.waiting_counts(today, offices)
    kind = chosen if chosen in queries.WAITING_KINDS else ""
    finding = chosen if chosen in Finding.values else ""
    lines = sum(row["count"] for row in counts)
    # Where only channel money waits, an empty list of lines would say that nothing does.
    if not (kind or finding or lines) and others:
        kind = others[0].kind
    found = queries.waiting(kind, today, offices) if kind else queries.worklist(offices, finding)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    if not kind:
        page.object_list = list(page.object_list)
        proposed = queries.proposed_lines({one.pk for one in page.object_list})
        for one in page.object_list:
            one.is_proposed = one.pk in proposed
    context = {
        "counts": counts, "others": others, "finding": finding, "kind": kind, "lines": lines, "page_obj": page,
        "total": lines + sum(one.count for one in others), "is_out_of_reach": offices == set(), "note": NoteForm(),
    }
    return render(request, "billing/worklist.html", context)


@needs(Permission.RESOLVE_LINE)
@require_http_methods(["POST"])
def seen(request, payment_id):
    """Take a payment of which no channel told off the list, with a word."""
    offices = request.access.offices_everywhere(Permission.RESOLVE_LINE)
    form = NoteForm(request.POST)
    found = queries.waiting(queries.UNTOLD, timezone.localdate(), offices).filter(pk=payment_id).first()
    if found is None:
        raise NotFound
    note_seen(
        subject=f"billing.payment:{found.pk}", note=form.data.get("note", ""), by=request.user, now=timezone.now()
    )
    messages.success(request, _("Noted; it is off the list."))
    return redirect("billing:worklist")


@needs(Permission.RESOLVE_LINE)
@never_cache
@require_http_methods(["GET", "POST"])
def line(request, line_id):
    """One bank line with what was found: apply it to a bill, say what it brings or pays, or settle it."""
    offices = request.access.offices_everywhere(Permission.RESOLVE_LINE)
    found = queries.listed_line(line_id, offices)
    if found is None:
        raise NotFound
    if request.method == "GET" and found.finding_bill:
        _record(request, f"billing.statementline:{found.pk}", found.finding_bill.payer_id)
    suggested = found.finding_bill.number if found.finding_bill else ""
    receipts, refunds = queries.receipts_for(found, offices), queries.refunds_for(found, offices)
    forms = {
        "assign": AssignForm(initial={"bill": suggested}, prefix="pasang"),
        "settle": ResolveForm(prefix="selesai"),
        "brings": BringsForm(prefix="titip", receipts=receipts),
        "refund": RefundForm(prefix="restitusi", refunds=refunds),
    }
    status = 200
    if request.method == "POST" and "undo" in request.POST:
        _take_back(request, found, offices)
        messages.success(request, _("It was taken back; the money stands on the work list again."))
        return redirect("billing:line", line_id=found.pk)
    if request.method == "POST":
        status = 422
        name = next((one for one in forms if one in request.POST), "settle")
        options = {"brings": {"receipts": receipts}, "refund": {"refunds": refunds}}.get(name, {})
        form = forms[name] = type(forms[name])(request.POST, prefix=forms[name].prefix, **options)
        try:
            if form.is_valid() and (said := _proposed(request, found, name, form, offices, refunds)):
                messages.success(request, said)
                return redirect("billing:worklist")
        except RuleBroken as refusal:
            form.add_error(None, str(refusal))
            status = refusal.status
    context = {
        "line": found, **forms, "history": queries.uses_of(found, offices), "receipts": receipts, "refunds": refunds,
        "proposals": queries.open_proposals(f"billing.statementline:{found.pk}"),
        "may_approve": request.access.allows(Permission.APPROVE),
        "suggestions": queries.bills_like(found, offices) if found.rest > 0 else [],
    }
    return render(request, "billing/line.html", context, status=status)


@needs(Permission.RESOLVE_LINE)
@never_cache
@require_http_methods(["GET", "POST"])
def receipt(request, receipt_id):
    """Money that a channel reported: apply it to a bill, say what it was or what the channel kept, or that it never came."""
    offices = request.access.offices_everywhere(Permission.RESOLVE_LINE)
    found = queries.receipt_listed(receipt_id, offices)
    if found is None:
        raise NotFound
    subject = f"billing.receipt:{found.pk}"
    if request.method == "GET" and found.bill:
        _record(request, subject, found.bill.payer_id)
    acts = queries.acts_of(found)
    assign = AssignForm(initial={"bill": found.bill.number if found.bill else ""}, prefix="pasang")
    settle, status = ReceiptForm(prefix="selesai", acts=acts), 200
    if request.method == "POST" and "undo" in request.POST:
        _take_back(request, found, offices)
        messages.success(request, _("It was taken back; the money stands on the work list again."))
        return redirect("billing:receipt", receipt_id=found.pk)
    if request.method == "POST":
        status, is_assign = 422, "assign" in request.POST
        form = AssignForm(request.POST, prefix="pasang") if is_assign else ReceiptForm(request.POST, prefix="selesai", acts=acts)
        assign, settle = (form, settle) if is_assign else (assign, form)
        try:
            if form.is_valid():
                said = _assigned(request, found, form, offices) if is_assign else _explained(request, found, form)
                if said:
                    messages.success(request, said)
                    return redirect("billing:receipt", receipt_id=found.pk)
        except RuleBroken as refusal:
            form.add_error(None, str(refusal))
            status = refusal.status
    context = {
        "receipt": found, "assign": assign, "settle": settle, "acts": acts, "history": queries.uses_of(found, offices),
        "proposals": queries.open_proposals(subject), "may_approve": request.access.allows(Permission.APPROVE),
    }
    return render(request, "billing/receipt.html", context, status=status)


def _record(request, subject: str, person: int) -> None:
    audit.record_reading(by=request.user, subject=subject, person=person, purpose="work list of money", now=timezone.now())


def _take_back(request, source, offices) -> None:
    """Take back the use of this line or receipt that the form names, when it is of these offices."""
    used = next((one for one in queries.uses_of(source, offices) if one.key == request.POST["undo"] and one.is_ours), None)
    if used is None:
        raise NotFound
    kind, _colon, number = used.key.partition(":")
    common = {"reason": request.POST.get("reason", ""), "by": request.user, "now": timezone.now()}
    if kind == "payment":
        take_back_payment(payment_id=int(number), **common)
    else:
        take_back_settlement(settlement_id=int(number), **common)


def _proposed(request, line, name: str, form, offices, refunds) -> str:
    """Put what the form says of a line before a second person; the sentence that says so, "" when the form says why not."""
    if name == "assign":
        return _assigned(request, line, form, offices)
    values, amount = {"line": line.pk}, line.rest
    if part := form.cleaned_data.get("amount"):
        amount = Decimal(part if line.rest > 0 else -part)
    if name == "brings":
        values["receipts"] = [int(key) for key in form.cleaned_data["receipts"]]
    elif name == "refund":
        values["refund"] = int(form.cleaned_data["refund"])
        asked = next(one.unpaid for one in refunds if one.pk == values["refund"])
        amount = amount if part else max(amount, -asked)
    else:
        values["outcome"] = form.cleaned_data["outcome"]
    # What the second person is shown is what is done, also when more of the line has become free meanwhile.
    values["amount"] = str(amount)
    _put(request, "settle", values, f"billing.statementline:{line.pk}", amount, form)
    return _("Proposed. Another person has to approve it.")


def _assigned(request, source, form, offices) -> str:
    """Propose to apply money to a bill; "" when no such bill is in reach (then the form says so)."""
    text = form.cleaned_data["bill"].strip()
    bills = queries.bills_visible(offices)
    code = codes.read_code(text)
    bill = bills.filter(payment_code=code).first() if code else bills.filter(number=text.upper()).first()
    if bill is None:
        form.add_error("bill", _("There is no bill with this number or payment code."))
        return ""
    is_line = source._meta.model_name == "statementline"
    amount, rest = form.cleaned_data["amount"], source.rest if is_line else source.unapplied
    values = {"line" if is_line else "receipt": source.pk, "bill": bill.pk, "amount": amount}
    if form.cleaned_data["oldest_first"]:
        values, amount = values | {"amount": None, "oldest_first": True}, rest
    _put(
        request, "assign", values, f"billing.{source._meta.model_name}:{source.pk}",
        amount or min(rest, bill.derived.remaining), form, office=bill.office,
    )
    return _("Proposed for bill %(number)s. Another person has to approve it.") % {"number": bill.number}


def _explained(request, receipt, form) -> str:
    act = form.cleaned_data["act"]
    amount = {Outcome.BANK_CHARGES: receipt.unsettled, queries.WITHDRAW: receipt.amount}.get(act, receipt.unapplied)
    values = {"receipt": receipt.pk} | ({} if act == queries.WITHDRAW else {"outcome": act, "amount": str(amount)})
    name = "withdraw" if act == queries.WITHDRAW else "settle"
    office = receipt.bill.office if receipt.bill else receipt.office
    _put(request, name, values, f"billing.receipt:{receipt.pk}", amount, form, office=office)
    return _("Proposed. Another person has to approve it.")


def _put(request, act: str, values: dict, subject: str, amount, form, office=None) -> None:
    propose(
        act=act, values=values, subject=subject, amount=amount, reason=form.cleaned_data["note"], office=office,
        by=request.user, now=timezone.now(),
    )
