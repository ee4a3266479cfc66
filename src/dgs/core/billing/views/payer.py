"""The bill as its payer sees it: what, how much, until when, how to pay, whether it has been paid; and the payer's own bills."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Sum
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from dgs.core.billing import queries
from dgs.core.billing.actions import take_statement
from dgs.core.billing.chart_of_accounts import collecting_account
from dgs.core.billing.errors import BillFullyPaid, NoCollectingAccount
from dgs.core.billing.owing import owed_of
from dgs.core.billing.queries import standing
from dgs.core.billing.scope import is_payer, is_staff_for, open_bill, paying_parties, visible_bill
from dgs.core.billing.simulator import simulate_transfer
from dgs.core.billing.ways import ways_to_pay
from dgs.kernel import registry
from dgs.kernel.errors import NotFound
from dgs.kernel.guards import signed_in

PER_PAGE = 20


@signed_in
@never_cache
@require_GET
def mine(request):
    """The signed-in person's own bills and those of the businesses they act for, oldest first; `?semua` those paid as well."""
    bills = queries.bills_of(paying_parties(request.user, timezone.localdate()))
    open_ = bills.filter(derived__state__in=["open", "part"])
    shows_all = "semua" in request.GET
    page = Paginator(bills if shows_all else open_, PER_PAGE).get_page(request.GET.get("page"))
    sums = open_.aggregate(count=Count("pk"), remaining=Sum("derived__remaining"), penalty=Sum("derived__penalty"))
    context = {"page_obj": page, "shows_all": shows_all, "sums": sums}
    return render(request, "billing/mine.html", context)


@signed_in
@never_cache
@require_GET
def bill(request, number):
    """The whole page; when staff open it, that is audited."""
    found = open_bill(number, user=request.user, access=request.access, now=timezone.now())
    return render(request, "billing/bill.html", _context(request, found))


@signed_in
@never_cache
@require_GET
def bill_state(request, number):
    """Everything on the page that money changes; it is asked for every few seconds while the bill is open.

    `?tampil` says what the page shows: when that is still so the answer is empty (204), and nothing moves under the reader.
    """
    found = _visible(request, number)
    shown = _mark(found, standing(found), queries.last_confirmation(found), queries.last_objection(found))
    if request.GET.get("tampil") == shown:
        return HttpResponse(status=204)
    return render(request, "billing/bill_state.html", _context(request, found))


@signed_in
@require_POST
def simulate(request, number):
    """In the demo only: the simulated bank writes a statement with this transfer, or reports a payment by a channel (`lewat`)."""
    if not settings.DEMO:
        raise NotFound
    found = _visible(request, number)
    now = timezone.now()
    owed = owed_of([found.pk], timezone.localdate(now))[found.pk]
    asked = owed.asked
    if asked is None:
        raise BillFullyPaid(number=number)
    code = request.POST.get("lewat", "")
    if code:
        channel = next((one for one in registry.payment_channels() if one.code == code and one.simulate), None)
        if channel is None:
            raise NotFound
        channel.simulate(found, owed, now)
        messages.success(request, _("The simulated bank has reported the payment."))
        return redirect("billing:bill", number=number)
    file = simulate_transfer(found, now, amount=int(asked.amount))
    take_statement(file.data, file_name=file.file_name, account=None, by=None, now=now)
    messages.success(request, _("The simulated bank has booked the transfer; the statement was taken."))
    return redirect("billing:bill", number=number)


def _visible(request, number):
    return visible_bill(number, user=request.user, access=request.access, on=timezone.localdate())


def _mark(bill, stands, told, disputed) -> str:
    """What the page shows, in short: another mark means that it must be drawn anew."""
    said = f"{told.pk}{told.outcome}" if told else ""
    objected = f"{disputed.pk}{disputed.is_granted}" if disputed else ""
    return f"{stands.state}-{stands.remaining}-{stands.paid}-{bill.refunded}-{bill.plan}-{said}-{objected}"


def _context(request, found):
    now = timezone.now()
    today = timezone.localdate(now)
    stands, owed = standing(found), owed_of([found.pk], today)[found.pk]
    told, disputed = queries.last_confirmation(found), queries.last_objection(found)
    may_pay = is_payer(found, request.user, today)
    # A browser that only looks ahead issues no code that nobody will see.
    is_looked_at = not request.headers.get("Sec-Purpose", "").startswith("prefetch")
    try:
        account = collecting_account()
    except NoCollectingAccount:
        account = None
    kind = found.kind if found.kind and found.kind.monthly_rate else None
    payments = list(found.payments.select_related("line__account", "receipt", "undone_by").order_by("pk"))
    live = [one for one in payments if one.undoes_id is None and not hasattr(one, "undone_by")]
    is_proved = stands.is_settled and bool(live)
    return {
        "bill": found, "standing": stands, "owed": owed, "is_late": stands.is_late, "days_left": (stands.due_on - today).days,
        "is_open": stands.state in {"open", "part"}, "mark": _mark(found, stands, told, disputed), "kind": kind,
        "basis": kind.basis if kind else "", "rate": kind.monthly_rate * 100 if kind else 0,
        "plan": queries.plan_of(found, today),
        "lines": found.lines.select_related("account").order_by("pk"), "payments": payments, "account": account,
        "provable": [one.pk for one in live] if not is_proved or len(live) > 1 else [], "is_proved": is_proved,
        "ways": ways_to_pay(owed, now=now, may_issue=may_pay and is_looked_at), "told": told, "disputed": disputed,
        "is_payer": may_pay, "is_staff": is_staff_for(found, request.access), "is_of_case": found.about.startswith("cases."),
        "can_simulate": settings.DEMO and account and owed.is_payable,
    }
