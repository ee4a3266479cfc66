"""The bill as its payer sees it: what, how much, until when, how to pay, and whether it has been paid."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from dgs.core.billing.actions import take_statement
from dgs.core.billing.chart_of_accounts import collecting_account
from dgs.core.billing.errors import BillFullyPaid, NoCollectingAccount
from dgs.core.billing.queries import standing
from dgs.core.billing.scope import is_staff_for, open_bill, visible_bill
from dgs.core.billing.simulator import simulate_transfer
from dgs.kernel.errors import NotFound
from dgs.kernel.guards import signed_in


@signed_in
@require_GET
def bill(request, number):
    """The whole page; when staff open it, that is audited."""
    found = open_bill(number, user=request.user, access=request.access, now=timezone.now())
    context = _context(found)
    try:
        account = collecting_account()
    except NoCollectingAccount:
        account = None
    context |= {
        "lines": found.lines.select_related("account").order_by("pk"),
        "payments": found.payments.select_related("line__account", "receipt").order_by("pk"),
        "account": account,
        "is_staff": is_staff_for(found, request.access),
        "can_simulate": settings.DEMO and account and not context["standing"].is_settled and not found.cancelled_at,
    }
    return render(request, "billing/bill.html", context)


@signed_in
@require_GET
def bill_state(request, number):
    """Only what changes when money arrives; the page asks for it every few seconds while the bill is open."""
    return render(request, "billing/bill_state.html", _context(_visible(request, number)))


@signed_in
@require_POST
def simulate(request, number):
    """In the demo only: the simulated bank writes a statement with this transfer, which is taken like any other."""
    if not settings.DEMO:
        raise NotFound
    context = _context(_visible(request, number))
    if context["standing"].is_settled:
        raise BillFullyPaid(number=number)
    now = timezone.now()
    file = simulate_transfer(context["bill"], now, amount=int(context["standing"].remaining))
    take_statement(file.data, file_name=file.file_name, account=None, by=None, now=now)
    messages.success(request, _("The simulated bank has booked the transfer; the statement was taken."))
    return redirect("billing:bill", number=number)


def _visible(request, number):
    return visible_bill(number, user=request.user, access=request.access, on=timezone.localdate())


def _context(found):
    today = timezone.localdate()
    stands = standing(found)
    return {
        "bill": found, "standing": stands, "is_late": stands.is_late, "days_left": (stands.due_on - today).days,
    }
