"""The treasurer's reports as pages, files and print: what a day brought, and what is owed by how long.

Money carries no region, so a grant for a part of the region opens none of it.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from dgs.core.audit import api as audit
from dgs.core.billing import exports, queries
from dgs.core.billing.models import CHANNELS
from dgs.core.billing.permissions import Permission
from dgs.core.billing.views.treasury import asked_day
from dgs.core.organisations import api as organisations
from dgs.kernel.guards import needs
from dgs.kernel.spreadsheets import download


@needs(Permission.VIEW_DESK)
@require_GET
def day(request):
    """What a day brought and where it is: ?hari= an ISO day, today unless asked; ?opd= the slug of one office."""
    offices, chosen, report = _day(request)
    known = organisations.offices().order_by("name")
    channels = [(code, label) for code, label in CHANNELS if code != "deposit"]
    context = {
        "report": report, "channels": channels, "offices": known if offices is None else known.filter(pk__in=offices),
        "chosen": chosen, "before": report.day - timedelta(days=1), "after": report.day + timedelta(days=1),
        "rows": [(row, [row.by_channel.get(code, 0) for code, _label in channels]) for row in report.rows],
        "sums": [next((amount for one, _l, amount in report.channels if one == code), 0) for code, _label in channels],
        "bars": [(label, int(amount)) for _code, label, amount in report.channels], "today": timezone.localdate(),
        "is_out_of_reach": offices == set(),
        "query": f"hari={report.day.isoformat()}" + (f"&opd={chosen.slug}" if chosen else ""),
    }
    return render(request, "billing/day.html", context)


@needs(Permission.VIEW_DESK)
@require_GET
def day_export(request, kind):
    """The report of a day as a file; written down as a reading."""
    _offices, chosen, report = _day(request)
    _record(request, "billing.day", {"day": report.day, "office": chosen.slug if chosen else None})
    return download(f"penerimaan-{report.day}{'-' + chosen.slug if chosen else ''}", kind, *exports.day(report))


@needs(Permission.VIEW_DESK)
@require_GET
def receivables(request):
    """What bills still ask, by office and by how long they are late."""
    offices = request.access.offices_everywhere(Permission.VIEW_DESK)
    found = queries.receivables(timezone.localdate(), offices)
    labels = age_labels()
    amounts = [sum((one.amounts[n] for one in found), Decimal(0)) for n in range(len(labels))]
    context = {
        "rows": found, "labels": labels, "amounts": amounts, "is_out_of_reach": offices == set(),
        "counts": [sum(one.counts[n] for one in found) for n in range(len(labels))],
        "total": sum(amounts), "bars": [(label, int(amount)) for label, amount in zip(labels, amounts, strict=True)],
        "today": timezone.localdate(),
    }
    return render(request, "billing/receivables.html", context)


@needs(Permission.VIEW_DESK)
@require_GET
def receivables_export(request, kind):
    """The same as a file; written down as a reading."""
    today = timezone.localdate()
    offices = request.access.offices_everywhere(Permission.VIEW_DESK)
    _record(request, "billing.receivables", {"day": today})
    return download(f"piutang-{today}", kind, *exports.receivables(queries.receivables(today, offices), age_labels()))


def age_labels() -> list[str]:
    """The names of the columns of queries.AGES, the first for what is not due yet."""
    labels = [_("not due yet")]
    for place, first in enumerate(queries.AGES):
        last = queries.AGES[place + 1] - 1 if place + 1 < len(queries.AGES) else None
        if last is None:
            labels.append(_("more than %(years)s years") % {"years": (first - 1) // 365})
        elif first > 365:
            labels.append(_("%(first)s to %(last)s years") % {"first": (first - 1) // 365, "last": last // 365})
        else:
            labels.append(_("%(first)s–%(last)s days") % {"first": first, "last": last})
    return labels


def _day(request):
    """The offices in reach, the one that is chosen among them (None = all), and the report."""
    offices = request.access.offices_everywhere(Permission.VIEW_DESK)
    asked = organisations.office_by_slug(request.GET.get("opd", "")) if request.GET.get("opd") else None
    chosen = asked if asked and (offices is None or asked.pk in offices) else None
    report = queries.day_report(asked_day(request.GET.get("hari"), timezone.localdate()), {chosen.pk} if chosen else offices)
    return offices, chosen, report


def _record(request, subject: str, facts: dict) -> None:
    audit.record_reading(by=request.user, subject=subject, person=None, purpose="export", now=timezone.now(), facts=facts)
