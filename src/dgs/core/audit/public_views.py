"""What everybody may see of the audit record: the published roots as a page and as open data; nothing of what is recorded."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.db.models import Count, Max
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import condition, require_safe

from dgs.core.audit.exporting import published
from dgs.core.audit.models import DayRoot, TimeStamp
from dgs.kernel.guards import public
from dgs.kernel.pages import MARK, anonymous_page
from dgs.kernel.spreadsheets import csv_lines

SHOWN = 60
MINUTES = 5
COLUMNS = ("day", "batch", "digest", "rows", "published_at", "time_stamp_at", "time_stamp_authority")


def _mark(request: HttpRequest, **_values: object) -> str:
    """Changes when a root or a time stamp is added; none is ever changed."""
    known = DayRoot.objects.aggregate(roots=Count("day"), last=Max("day"), stamps=Count("stamp"))
    return f'"{known["roots"]}-{known["last"]}-{known["stamps"]}"'


def _roots():
    return DayRoot.objects.select_related("stamp").order_by("day")


@public
@require_safe
@anonymous_page
def roots(request: HttpRequest) -> HttpResponse:
    """What the roots are, how to check, and the newest of them."""
    found = list(DayRoot.objects.select_related("stamp").order_by("-day")[: SHOWN + 1])
    return render(
        request, "audit/roots.html",
        {
            "crumbs": [(_("Proof of the audit record"), "")], "roots": found[:SHOWN], "is_cut": len(found) > SHOWN,
            "has_authority": bool(settings.DGS_TSA_URL) or any(hasattr(root, "stamp") for root in found),
        },
    )


@public
@require_safe
@cache_control(public=True, max_age=MINUTES * 60)
@condition(etag_func=_mark)
def roots_json(request: HttpRequest) -> HttpResponse:
    """All roots, for programs and for tools/verify_audit.py."""
    told = {
        "region": settings.REGION, "address": settings.BASE_URL,
        "about": "Digest of the last batch of each day in the audit record of this government's service. Keep a copy elsewhere.",
        "roots": [published(root) for root in _roots()],
    }
    return _for_everybody(JsonResponse(told, json_dumps_params={"indent": 1}))


@public
@require_safe
@cache_control(public=True, max_age=MINUTES * 60)
@condition(etag_func=_mark)
def roots_csv(request: HttpRequest) -> HttpResponse:
    """All roots as a table."""
    rows = ([told["day"], told["batch"], told["digest"], told["rows"], told["published_at"],
             *((told["time_stamp"]["at"], told["time_stamp"]["authority"]) if told["time_stamp"] else ("", ""))]
            for told in map(published, _roots()))
    response = HttpResponse("".join(csv_lines(COLUMNS, rows)), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="akar-audit.csv"'
    return _for_everybody(response)


@public
@require_safe
@cache_control(public=True, max_age=MINUTES * 60)
def token(request: HttpRequest, day: str) -> HttpResponse:
    """The time stamp of a day's root as the authority gave it (DER), for `openssl ts -verify -token_in`."""
    try:
        stamp = TimeStamp.objects.filter(root=date.fromisoformat(day)).first()
    except ValueError:
        stamp = None
    if stamp is None:
        raise Http404
    response = HttpResponse(bytes(stamp.token), content_type="application/octet-stream")
    response["Content-Disposition"] = f'attachment; filename="akar-audit-{stamp.root_id}.tst"'
    return _for_everybody(response)


def _for_everybody(response: HttpResponse) -> HttpResponse:
    response["Access-Control-Allow-Origin"] = "*"
    response[MARK] = "1"  # it may be answered from memory (config/pagecache.py), for it is the same for everybody
    return response
