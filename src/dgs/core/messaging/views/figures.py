"""Figures of messages for staff: how many, whether they arrived, what they cost; and what an office may send a day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from django.contrib import messages as notes
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from dgs.core.messaging import figures, queries
from dgs.core.messaging.actions.senders import set_cap
from dgs.core.messaging.forms.senders import CapForm
from dgs.core.messaging.models import Message
from dgs.core.messaging.operators import TITLES
from dgs.core.messaging.permissions import Permission
from dgs.core.messaging.views.frame import is_whole, tabs, whole
from dgs.kernel.errors import NotFound
from dgs.kernel.guards import needs
from dgs.kernel.spreadsheets import download
from dgs.ui.formats import MONTHS, day, language


@needs(Permission.VIEW_OUTBOX)
@require_GET
def show(request: HttpRequest) -> HttpResponse:
    """Messages by hour or day, by operator, and the costs of a month."""
    return _page(request)


@needs(Permission.VIEW_OUTBOX)
@require_GET
def export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The costs of a month as a file."""
    is_all, offices = queries.offices_of(request.access, Permission.VIEW_OUTBOX)
    rows = figures.usage(None if is_all else set(offices))
    month = _month(request.GET.get("bulan", ""), figures.months(rows))
    if month is None:
        raise NotFound
    header = [_("Month"), _("Office"), _("Channel"), _("Operator"), _("Messages"), _("Parts paid for"), _("Rupiah")]
    return download(f"biaya-pesan-{month:%Y-%m}", kind, header, _cells(figures.costs(rows, month), offices, month))


@needs(Permission.MANAGE_SENDERS)
@require_POST
def cap(request: HttpRequest) -> HttpResponse:
    """Set what an office may send a day, or take the cap away."""
    whole(request, Permission.MANAGE_SENDERS)
    _is_all, offices = queries.offices_of(request.access, Permission.MANAGE_SENDERS)
    if request.POST.get("hapus"):
        office, _colon, channel = request.POST["hapus"].replace("\x00", "").partition(":")
        set_cap(office=office[:60], channel=channel[:8], per_day=None, by=request.user, now=timezone.now())
        notes.success(request, _("The cap was taken away."))
        return redirect("messaging:figures")
    form = CapForm(request.POST, offices=offices)
    if not form.is_valid():
        return _page(request, form)
    set_cap(**form.cleaned_data, by=request.user, now=timezone.now())
    notes.success(request, _("The cap was set."))
    return redirect("messaging:figures")


def _page(request: HttpRequest, form: CapForm | None = None) -> HttpResponse:
    now = timezone.now()
    by_hour = request.GET.get("rentang") == "jam"
    is_all, offices = queries.offices_of(request.access, Permission.VIEW_OUTBOX)
    messages = queries.in_reach(request.access)
    traffic = figures.traffic(messages, now=now, by_hour=by_hour)
    labels = {"delivered": _("delivered"), "handed": _("handed over"), "lost": _("not arrived"), "waiting": _("waiting")}
    tones = {"delivered": "accent", "handed": "gold", "lost": "red", "waiting": "ink"}
    rows = figures.usage(None if is_all else set(offices))
    months = figures.months(rows)
    month = _month(request.GET.get("bulan", ""), months)
    costs = figures.costs(rows, month) if month else []
    by_office: dict[str, Decimal] = defaultdict(Decimal)
    for row in costs:
        by_office[_office(row["office"], offices)] += row["rupiah"]
        row["office_name"], row["operator_name"] = _office(row["office"], offices), _operator(row)
        row["channel_label"] = Message.Channel(row["sender__channel"]).label
    may_cap = is_whole(request, Permission.MANAGE_SENDERS)
    caps = figures.caps(now=now) if is_all else [one for one in figures.caps(now=now) if one.office in offices]
    for one in caps:
        one.office_name = _office(one.office, offices)
    context = {
        "tabs": tabs(request, "figures"), "by_hour": by_hour,
        "series": [{"label": labels[name], "values": values, "tone": tones[name]} for name, values in traffic["series"].items()
                   if any(values) or name == "handed"],
        "labels": [at.strftime("%H.00") if by_hour else day(at, "short")[:-5] for at in traffic["times"]],
        "channels": [(Message.Channel(value).label, count) for value, count in sorted(traffic["channels"].items())],
        "arrivals": figures.arrivals(messages, now=now), "month": month, "month_name": _name(month) if month else "",
        "months": [(f"{one:%Y-%m}", _name(one)) for one in months], "costs": costs, "bars": list(by_office.items()),
        "total": {key: sum((row[key] for row in costs), Decimal(0)) for key in ("count", "parts_", "rupiah")}, "caps": caps,
        "may_cap": may_cap, "form": form or (CapForm(offices=offices) if may_cap else None),
    }
    return render(request, "messaging/figures.html", context, status=422 if form else 200)


def _cells(costs: list[dict], offices: dict[str, str], month: date) -> Iterator[list]:
    for row in costs:
        yield [
            f"{month:%Y-%m}", _office(row["office"], offices), Message.Channel(row["sender__channel"]).label, _operator(row),
            row["count"], row["parts_"], row["rupiah"],
        ]


def _operator(row: dict) -> str:
    return TITLES.get(row["operator"], "") or (_("other numbers") if row["sender__channel"] in {"sms", "whatsapp"} else "")


def _office(slug: str, offices: dict[str, str]) -> str:
    return offices.get(slug, slug) or _("no office")


def _name(month: date) -> str:
    return f"{MONTHS[language()][month.month - 1]} {month.year}"


def _month(text: str, months: list[date]) -> date | None:
    """The month that was asked for, or the newest; None when there is none."""
    return next((one for one in months if f"{one:%Y-%m}" == text), months[0] if months else None)
