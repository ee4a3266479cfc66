"""The pages of the ledger: balances and collected money of a span of days, the journal as a file, and closing."""

from __future__ import annotations

from datetime import date

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from dgs.core.audit import api as audit
from dgs.core.ledger import queries
from dgs.core.ledger.actions import close_period
from dgs.core.ledger.forms import ClosingForm, SpanForm
from dgs.core.ledger.permissions import Permission
from dgs.kernel.errors import InvalidInput, NotAllowed, NotFound
from dgs.kernel.guards import needs
from dgs.kernel.spreadsheets import download

SHOWN = 10


@needs(Permission.VIEW)
@require_GET
def books(request):
    """Balances by account, and what bills brought by revenue account, office, region and channel; this month unless asked."""
    offices = _reach(request, Permission.VIEW)
    form, first, last = _span(request)
    labels = _labels()
    context = {
        "form": form,
        "first": first,
        "last": last,
        "balances": queries.balances(first, last, offices),
        "collected": [(labels[by], by, _collected(by, first, last, offices)[:SHOWN]) for by in queries.DIMENSIONS],
        "closings": queries.closings(),
        "closed": queries.closed_through(),
        "is_out_of_reach": offices == set(),
        "closing": ClosingForm(initial={"kind": "day", "through": queries.last_whole_day(timezone.localdate())})
        if _may_close(request)
        else None,
    }
    return render(request, "ledger/books.html", context)


@needs(Permission.VIEW)
@require_GET
def journal(request, kind):
    """All postings of the span as CSV or XLSX, for the region's finance system; written down as a reading."""
    offices = _reach(request, Permission.VIEW)
    _form, first, last = _span(request)
    audit.record_reading(
        by=request.user,
        subject="ledger.journal",
        person=None,
        purpose="export of the journal",
        now=timezone.now(),
        facts={"from": first, "to": last, "offices": "all" if offices is None else sorted(offices)},
    )
    header = [
        _("Entry"),
        _("Day"),
        _("Kind"),
        _("Number of the fact"),
        _("Account"),
        _("Chart code"),
        _("Revenue account"),
        _("Office"),
        _("Region"),
        _("Channel"),
        _("Debit"),
        _("Credit"),
        _("Text"),
    ]
    return download(f"jurnal-{first}-{last}", kind, header, queries.journal(first, last, offices))


@needs(Permission.VIEW)
@require_GET
def collected_export(request, by, kind):
    """What bills brought in the span by one dimension (queries.DIMENSIONS), whole, as a file; written down as a reading."""
    if by not in queries.DIMENSIONS:
        raise NotFound
    offices = _reach(request, Permission.VIEW)
    _form, first, last = _span(request)
    audit.record_reading(
        by=request.user, subject="ledger.collected", person=None, purpose="export of what was collected", now=timezone.now(),
        facts={"from": first, "to": last, "by": by, "offices": "all" if offices is None else sorted(offices)},
    )
    rows = _collected(by, first, last, offices)
    return download(f"penerimaan-{by}-{first}-{last}", kind, [_labels()[by], _("Amount")], rows)


def _labels() -> dict[str, str]:
    return {"revenue": _("Revenue account"), "office": _("Office"), "region": _("Region"), "channel": _("Channel")}


def _collected(by: str, first, last, offices) -> list[tuple]:
    """What bills brought, channels in words."""
    rows = queries.collected(by, first, last, offices)
    if by != "channel":
        return rows
    words = {"transfer": _("bank transfer"), "va": _("virtual account"), "qris": "QRIS", "cash": _("cash at the counter")}
    return [(words.get(code, code), amount) for code, amount in rows]


@needs(Permission.CLOSE)
@require_POST
def close(request):
    """Close a day or a year; only for who sees the whole of the books."""
    if not _may_close(request):
        raise NotAllowed
    form = ClosingForm(request.POST)
    if not form.is_valid():
        raise InvalidInput({name: [str(error) for error in errors] for name, errors in form.errors.items()})
    close_period(by=request.user, now=timezone.now(), **form.cleaned_data)
    messages.success(request, _("Closed. What comes later is booked on the first open day."))
    return redirect("ledger:books")


def _reach(request, permission) -> set[int] | None:
    """The offices whose money may be seen; None = the whole books, with what belongs to no office."""
    return request.access.offices_everywhere(permission)


def _may_close(request) -> bool:
    return request.access.allows(Permission.CLOSE) and _reach(request, Permission.CLOSE) is None


def _span(request) -> tuple[SpanForm, date, date]:
    today = timezone.localdate()
    form = SpanForm(request.GET or None)
    asked = form.cleaned_data if form.is_bound and form.is_valid() else {}
    last = asked.get("sampai") or today
    first = asked.get("dari") or last.replace(day=1)
    return SpanForm(initial={"dari": first, "sampai": last}), min(first, last), last
