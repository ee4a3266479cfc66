"""The portal's pages: request in, one query, page out."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from dgs.core.portal.context import SCHEMES
from dgs.kernel.guards import public

YEAR = 365 * 24 * 3600


@public
def home(request: HttpRequest) -> HttpResponse:
    """The front door."""
    return render(request, "portal/home.html", {})


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
