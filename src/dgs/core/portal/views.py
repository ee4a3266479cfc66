"""The portal's pages: request in, one query, page out."""

from __future__ import annotations

import sys

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.core.paginator import Paginator
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from django.views.defaults import page_not_found

from dgs.core.portal import demo as demo_texts
from dgs.core.portal import queries
from dgs.core.portal import style as style_samples
from dgs.core.portal.context import SCHEMES, Surroundings, address
from dgs.kernel.errors import NotFound
from dgs.kernel.guards import public, signed_in
from dgs.kernel.pages import anonymous_page
from dgs.kernel.problems import problem
from dgs.ui.icons import icon_names

YEAR = 365 * 24 * 3600
FEW = 6
TOO_MUCH = {
    TooManyFilesSent: gettext_lazy(
        "Too many files were sent at once. At most 20 are taken: send some now and the others afterwards."
    ),
    TooManyFieldsSent: gettext_lazy("Too many answers were sent at once. Take out some rows and send again."),
    RequestDataTooBig: gettext_lazy("More text was sent at once than we can take. Shorten it and send again."),
}


@public
@anonymous_page
def home(request: HttpRequest) -> HttpResponse:
    """The front door: search, follow, services, the public figures, offices."""
    found = queries.open_services()
    return render(request, "portal/home.html", {
        "services": found,
        "few": 0 < len(found) <= FEW,
        "occasions": queries.occasions() if len(found) > FEW else [],
        "figures": queries.public_figures(timezone.now()),
        "offices": queries.offices_with_services(),
        "contact": queries.contact(),
        "catalogue_url": address("services:catalogue"),
        "track_url": address("cases:track"),
        "mine_url": address("cases:mine"),
        "verify_url": address("documents:verify_start"),
        "demo_url": address("portal:demo"),
    })


@signed_in
def after_login(request: HttpRequest) -> HttpResponse:
    """Where a person goes after signing in: staff to what their roles open first, citizens to their applications."""
    around = Surroundings(request)
    return HttpResponseRedirect(around.desk_url or address("cases:mine") or "/")


def _page(request: HttpRequest, template: str, title: str, **values) -> HttpResponse:
    return render(request, template, {"crumbs": [(title, "")], **values})


@public
@anonymous_page
def help_page(request: HttpRequest) -> HttpResponse:
    """How to apply, follow, pay and check a letter."""
    return _page(request, "portal/help.html", _("Help"))


@public
@anonymous_page
def privacy(request: HttpRequest) -> HttpResponse:
    """Which personal data are kept and why (UU 27/2022, article 21: what the person must be told)."""
    return _page(request, "portal/privacy.html", _("Privacy"))


@public
@anonymous_page
def accessibility(request: HttpRequest) -> HttpResponse:
    """What people with disabilities can count on, and what is not good enough yet."""
    return _page(request, "portal/accessibility.html", _("Accessibility"))


@public
@anonymous_page
def offices(request: HttpRequest) -> HttpResponse:
    """All offices and how to reach them."""
    return _page(request, "portal/offices.html", _("Offices"), offices=queries.offices())


@public
@anonymous_page
def office(request: HttpRequest, slug: str) -> HttpResponse:
    """One office: its services and how to reach it."""
    found = queries.office(slug)
    if found is None:
        raise NotFound
    return render(request, "portal/office.html", {
        "crumbs": [(_("Offices"), address("portal:offices")), (found.name, "")],
        "office": found, "services": queries.services_of(found),
    })


@public
def demo(request: HttpRequest) -> HttpResponse:
    """The accounts of a demonstration and what to try; not there on a real installation."""
    if not settings.DEMO:
        raise NotFound
    password, accounts = queries.demo_accounts()
    return _page(
        request, "portal/demo.html", _("What to try"), password=password, accounts=demo_texts.with_roles(accounts),
        steps=demo_texts.steps(), also=demo_texts.also(),
    )


@public
def style(request: HttpRequest) -> HttpResponse:
    """Every component in every state; only where the instance is a demo or is being developed."""
    if not (settings.DEMO or settings.DEBUG):
        raise NotFound
    rows = [(f"TRY-2611-00{i}", f"Contoh {i}", tone, i * 350_000) for i, tone in enumerate(("done", "active", "late"), 1)]
    return _page(
        request, "portal/style.html", _("Style guide"), questions=style_samples.questions(), now=timezone.now(), rows=rows,
        page_obj=Paginator(range(240), 20).page(4), icons=icon_names(), steps=style_samples.steps(), **style_samples.figures(),
    )


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
        response.set_cookie("dgs_theme", chosen, max_age=YEAR, samesite="Lax", secure=request.is_secure())
    elif chosen == "auto":
        response.delete_cookie("dgs_theme")
    return response


def _plain(request: HttpRequest, template: str, status: int, **values) -> HttpResponse:
    """A page drawn without context processors: nothing here may touch the database or a session."""
    chosen = request.COOKIES.get("dgs_theme", "")
    return HttpResponse(
        render_to_string(template, {"dgs": {"scheme": chosen if chosen in SCHEMES else ""}, **values}), status=status
    )


def failed(request: HttpRequest) -> HttpResponse:
    """What an error of ours looks like: 503 when the database cannot be reached, else 500."""
    if isinstance(sys.exc_info()[1], (OperationalError, InterfaceError)):
        response = _plain(request, "503.html", 503)
        response["Retry-After"] = "120"
        return response
    return _plain(request, "500.html", 500)


def missing(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """What an address that does not exist looks like (404), in the API too."""
    if request.path_info.startswith("/api/"):
        return problem(status=404, code="not-found", title=_("There is nothing at this address."))
    return page_not_found(request, exception)


def unreadable(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """What a request looks like that could not be read (400), or holds more than is taken at once (413).

    Django refuses these while reading, before any view runs, so nothing of them was done; the API is told in problem details.
    """
    sentence = next((said for kind, said in TOO_MUCH.items() if isinstance(exception, kind)), None)
    status = 413 if sentence else 400
    if request.path_info.startswith("/api/"):
        title = str(sentence or _("The request could not be read."))
        return problem(status=status, code="too-much-sent" if sentence else "unreadable", title=title)
    return _plain(request, "400.html", status, sentence=sentence)
