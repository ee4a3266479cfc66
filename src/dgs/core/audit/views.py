"""The pages of the audit record: the log, its export, and the check of the chain; rules are in queries and actions."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from urllib.parse import urlencode

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from procrastinate.exceptions import AlreadyEnqueued

from dgs.core.audit import actions, queries, tasks
from dgs.core.audit.forms import LogFilterForm
from dgs.core.audit.models import AuditRow
from dgs.core.audit.permissions import Permission
from dgs.kernel.guards import needs
from dgs.kernel.spreadsheets import csv_lines

PAGE = 50
MOST_EXPORTED = 100_000
# More rows than this take longer than a page may; the worker checks them.
MOST_AT_ONCE = 200_000
COLUMNS = ("id", "at", "kind", "action", "actor", "actor_name", "subject", "person", "office", "purpose", "facts",
           "lane", "seq", "digest")


@needs(Permission.VIEW_LOG)
@require_GET
def log(request: HttpRequest) -> HttpResponse:
    """Newest first, 50 a page, filtered; `after` = time and id of the last row of the page before."""
    form = LogFilterForm(request.GET)
    wanted = form.wanted()
    rows = queries.log_rows(wanted)
    place = _place(request.GET.get("after", ""))
    if place:
        rows = queries.older_than(rows, *place)
    found = list(rows[: PAGE + 1])
    last = found[PAGE - 1] if len(found) > PAGE else None
    kept = {name: value for name, value in request.GET.items() if name in form.fields and value}
    return render(
        request, "audit/log.html",
        {
            "form": form,
            "rows": found[:PAGE],
            "older": urlencode({**kept, "after": f"{last.at.isoformat()},{last.pk}"}) if last else "",
            "newest": urlencode(kept) if place else None,
            "export": urlencode(kept),
            "is_filtered": bool(kept),
            "last_check": queries.last_check(),
            "standing": queries.standing(now=timezone.now()),
            "may_verify": request.access.allows(Permission.VERIFY),
        },
    )


@needs(Permission.VIEW_LOG)
@require_GET
def export(request: HttpRequest) -> HttpResponse:
    """The filtered record as CSV for a spreadsheet, at most 100,000 rows; the export itself is recorded."""
    form = LogFilterForm(request.GET)
    rows = queries.log_rows(form.wanted())
    actions.record(
        action="audit.exported", by=request.user, subject="audit.log", now=timezone.now(),
        facts={"filter": {name: value for name, value in form.cleaned_data.items() if value}},
    )
    response = StreamingHttpResponse(_lines(rows[:MOST_EXPORTED]), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="audit-{timezone.localtime():%Y%m%d-%H%M}.csv"'
    return response


@needs(Permission.VERIFY)
@require_POST
def check(request: HttpRequest) -> HttpResponse:
    """Verify the whole chain now; a very long one is handed to the worker."""
    if queries.rows_about() > MOST_AT_ONCE:
        with suppress(AlreadyEnqueued), transaction.atomic():
            tasks.check_chain.defer(by=request.user.pk)
        messages.info(request, _("The record is long. It is being checked; the outcome appears here in a few minutes."))
        return redirect("audit:log")
    findings = actions.record_check(by=request.user, now=timezone.now())
    return render(request, "audit/check.html", {"findings": findings, "now": timezone.now()})


def _lines(rows) -> Iterator[str]:
    return csv_lines(COLUMNS, ([_cell(row, name) for name in COLUMNS] for row in rows.iterator(chunk_size=2000)))


def _cell(row: AuditRow, name: str) -> object:
    value = getattr(row, name)
    if name == "facts":
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    return timezone.localtime(value).isoformat(sep=" ", timespec="seconds") if isinstance(value, datetime) else value


def _place(text: str) -> tuple[datetime, int] | None:
    at, _comma, row_id = text.partition(",")
    try:
        moment = parse_datetime(at.replace(" ", "+"))
    except ValueError:
        return None
    if moment is None or timezone.is_naive(moment) or not (row_id.isascii() and row_id.isdigit() and len(row_id) < 19):
        return None
    return moment, int(row_id)
