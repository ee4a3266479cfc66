"""The leaders' page: one sentence, four figures, two charts, two tables; each figure opens the list behind it."""

from __future__ import annotations

from urllib.parse import urlencode

from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from dgs.core.indicators import queries
from dgs.core.indicators.permissions import Permission
from dgs.kernel.guards import needs
from dgs.ui import formats

VIEW_CASES = "cases.view_desk"
VIEW_MONEY = "billing.view_desk"


@needs(Permission.VIEW_EXECUTIVE)
@require_GET
def executive(request):
    """The figures of the offices and regions for which the person may see them, in the period of ?periode=.

    Bills carry no region: their money is shown only for offices that were granted without one.
    """
    access = request.access
    now = timezone.now()
    span = queries.period(request.GET.get("periode", ""), timezone.localdate(now))
    found = queries.executive(
        span, access.reaches(Permission.VIEW_EXECUTIVE), access.offices_everywhere(Permission.VIEW_EXECUTIVE)
    )
    total = found["total"]
    opens = _Lists(request.access, span)
    daily = queries.by_week_if_long(found["daily"])
    money = queries.by_week_if_long(found["revenue_daily"])
    context = {
        "span": span, "now": now, "total": total,
        "periods": [(code, _title(code)) for code in queries.PERIODS],
        "headline": queries.headline(total, found["by_office"]),
        "figures": [
            {"label": _("Received"), "value": formats.number(total.received), "url": opens.received(),
             "note": queries.change(total.received, found["received_before"]), "line": [row[1] for row in daily]},
            {"label": _("Finished"), "value": formats.number(total.closed), "url": opens.closed(),
             "note": queries.change(total.closed, found["closed_before"]), "line": [row[2] for row in daily]},
            {"label": _("In progress"), "value": formats.number(total.open), "url": opens.open(), "note": _("as of today")},
            {"label": _("Late"), "value": formats.number(total.overdue), "url": opens.overdue(), "note": _("as of today"),
             "is_bad": bool(total.overdue)},
        ],
        "revenue": found["revenue"], "revenue_note": queries.change(int(found["revenue"]), int(found["revenue_before"])),
        "flow_series": [
            {"label": _("received"), "values": [row[1] for row in daily], "tone": "ink"},
            {"label": _("finished"), "values": [row[2] for row in daily], "tone": "accent"},
        ],
        "money_series": [{"label": _("Rp thousand"), "values": [int(row[1] / 1000) for row in money], "tone": "gold"}],
        "labels": [_short(row[0]) for row in daily],
        "is_weekly": len(daily) < len(found["daily"]),
        "offices": [_row(row, opens, "office") for row in found["by_office"]],
        "services": [_row(row, opens, "service") for row in queries.titled(found["by_service"])],
        "money_url": reverse("billing:desk") if request.access.allows(VIEW_MONEY) else "",
    }
    return render(request, "indicators/executive.html", context)


class _Lists:
    """Addresses of the desk's list behind each figure; "" for who may not see the desk."""

    def __init__(self, access, span: queries.Period) -> None:
        self.base = reverse("cases:desk") if access.allows(VIEW_CASES) else ""
        self.days = {"since": span.first.isoformat(), "until": span.last.isoformat()}

    def _list(self, **query: str) -> str:
        return f"{self.base}?{urlencode(query)}" if self.base else ""

    def received(self, **more: str) -> str:
        """What came in during the period."""
        return self._list(box="all", **self.days, **more)

    def closed(self, **more: str) -> str:
        """What was closed during the period."""
        return self._list(box="closed", **self.days, **more)

    def open(self, **more: str) -> str:
        """What is in progress today."""
        return self._list(box="open", **more)

    def overdue(self, **more: str) -> str:
        """What is late today."""
        return self._list(box="overdue", **more)


def _row(row, opens: _Lists, kind: str) -> dict:
    only = {kind: row.key}
    return {
        "flow": row, "received": opens.received(**only), "closed": opens.closed(**only), "open": opens.open(**only),
        "overdue": opens.overdue(**only),
    }


def _short(day) -> str:
    """Day and month, without the year."""
    return formats.day(day).rsplit(None, 1)[0]


def _title(code: str) -> str:
    return _("The year so far") if code == "tahun" else _("%(days)s days") % {"days": code}
