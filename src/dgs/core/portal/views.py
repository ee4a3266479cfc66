"""The portal's pages: request in, one query, page out."""

from __future__ import annotations

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from dgs.core.portal import style as style_samples
from dgs.core.portal.context import SCHEMES
from dgs.kernel.errors import NotFound
from dgs.kernel.guards import public
from dgs.ui.icons import icon_names

YEAR = 365 * 24 * 3600


@public
def home(request: HttpRequest) -> HttpResponse:
    """The front door."""
    return render(request, "portal/home.html", {})


@public
def style(request: HttpRequest) -> HttpResponse:
    """Every component in every state; only where the instance is a demo or is being developed."""
    if not (settings.DEMO or settings.DEBUG):
        raise NotFound
    rows = [(f"TRY-2611-00{i}", f"Contoh {i}", tone, i * 350_000) for i, tone in enumerate(("done", "active", "late"), 1)]
    return render(request, "portal/style.html", {
        "crumbs": [(_("Style guide"), "")], "questions": style_samples.questions(), "now": timezone.now(), "rows": rows,
        "page_obj": Paginator(range(240), 20).page(4), "icons": icon_names(),
        "steps": [{"title": _("The child"), "url": "#", "state": "done"}, {"title": _("The parents"), "url": "#", "state": "current"},
                  {"title": _("Witnesses"), "url": "", "state": "next"}],
        **style_samples.figures(),
    })


def _back(request: HttpRequest) -> HttpResponseRedirect:
    wanted = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return HttpResponseRedirect(wanted if safe else "/")


@public
@csrf_exempt
@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Keep the chosen language in a cookie and go back; changes nothing else, so it needs no token."""
    response = _back(request)
    chosen = request.POST.get("language", "")
    if chosen in dict(settings.LANGUAGES):
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME, chosen, max_age=YEAR, samesite="Lax", secure=request.is_secure(), httponly=True
        )
    return response


@public
@csrf_exempt
@require_POST
def scheme(request: HttpRequest) -> HttpResponse:
    """Keep the choice of light or dark in a cookie and go back; "auto" forgets it."""
    response = _back(request)
    chosen = request.POST.get("scheme", "")
    if chosen in SCHEMES:
        response.set_cookie("scheme", chosen, max_age=YEAR, samesite="Lax", secure=request.is_secure())
    elif chosen == "auto":
        response.delete_cookie("scheme")
    return response
