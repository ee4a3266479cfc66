"""The catalogue and the page of one service; applying happens in the cases room."""

from __future__ import annotations

from itertools import groupby

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from dgs.core.services import queries
from dgs.core.services.asked_once import questions_not_asked
from dgs.core.services.components import components, facts
from dgs.core.services.permissions import Permission
from dgs.core.services.preview import said
from dgs.core.services.sectors import SECTORS
from dgs.kernel.errors import NotFound
from dgs.kernel.guards import needs, public
from dgs.kernel.pages import anonymous_page

WHO = {"perorangan": "person", "badan-usaha": "business"}


@public
@anonymous_page
@require_safe
@vary_on_headers("HX-Request")
def catalogue(request: HttpRequest) -> HttpResponse:
    """All services by field, or those that fit `q`; `untuk` keeps those for persons or for businesses."""
    q = " ".join(request.GET.get("q", "")[:200].split())
    who = request.GET.get("untuk", "")
    found = [
        {"service": service, "definition": definition, **facts(definition), "sector": definition.sector}
        for service, definition in queries.search(q)
        if who not in WHO or WHO[who] in definition.applicants
    ]
    if q:
        groups = [{"title": "", "icon": "", "services": found}] if found else []
    else:
        order = list(SECTORS)
        found.sort(key=lambda entry: order.index(entry["sector"]) if entry["sector"] in order else len(order))
        groups = [
            {"title": SECTORS.get(sector, (_("Other services"), ""))[0],
             "icon": SECTORS.get(sector, ("", "document"))[1], "services": list(entries)}
            for sector, entries in groupby(found, key=lambda entry: entry["sector"])
        ]
    template = "services/results.html" if request.htmx else "services/catalogue.html"
    return render(request, template, {
        "q": q, "who": who if who in WHO else "", "groups": groups, "count": len(found), "crumbs": [(_("Services"), "")],
    })


@public
@anonymous_page
@require_safe
def detail(request: HttpRequest, slug: str) -> HttpResponse:
    """One service: time, cost, result, requirements to tick, steps, law, and all components of its standard."""
    version = queries.current_version(slug)
    if version is None:
        raise NotFound
    definition = queries.definition_of(version.pk)
    service = version.service
    return render(request, "services/detail.html", {
        "service": service, "version": version, "definition": definition, "standard": definition.standard,
        "office": service.office, "facts": facts(definition), "components": components(definition),
        "icon": SECTORS.get(definition.sector, ("", "document"))[1],
        "start_url": _address("cases:start", slug) if service.is_open and "online" in definition.channels else "",
        "office_url": _address("portal:office", service.office.slug),
        "not_asked": questions_not_asked(definition),
        "unverified": any(not law.verified for law in definition.standard.legal_basis),
        "crumbs": [(_("Services"), reverse("services:catalogue")), (definition.title, "")],
    })


@needs(Permission.VIEW_WORDING)
@require_safe
def wordings(request: HttpRequest) -> HttpResponse:
    """All services, to choose whose words to look at."""
    found = [
        {"service": service, "definition": definition, "count": len(definition.messages)}
        for service, definition in queries.open_services()
    ]
    return render(request, "services/wordings.html", {"found": found})


@needs(Permission.VIEW_WORDING)
@require_safe
def wording(request: HttpRequest, slug: str) -> HttpResponse:
    """Everything a version of a service says, as people get it: SMS with their length, letters by e-mail, in both languages."""
    asked = request.GET.get("versi", "")
    current = queries.current_version(slug)
    if current is None:
        raise NotFound
    versions = queries.versions_of(slug)
    version = next((one for one in versions if str(one.number) == asked), current)
    definition = queries.definition_of(version.pk)
    return render(request, "services/wording.html", {
        "service": current.service, "version": version, "versions": versions, "definition": definition,
        "rules": said(definition),
    })


def _address(name: str, *args: str) -> str:
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""
