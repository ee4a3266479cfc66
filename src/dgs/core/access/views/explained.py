"""Why somebody may or may not do something, and what one may do oneself."""

from __future__ import annotations

from django.contrib.auth import get_user_model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache

from dgs.core.access import queries
from dgs.core.access.explaining import explain, mine
from dgs.core.access.permissions import Permission
from dgs.core.access.views.frame import tabs
from dgs.core.organisations import api as organisations
from dgs.core.regions import api as regions
from dgs.kernel import registry
from dgs.kernel.errors import NotFound
from dgs.kernel.guards import signed_in


@signed_in
@never_cache
def why(request: HttpRequest) -> HttpResponse:
    """Whether a person holds a permission, grant by grant; of others only for who sees their roles."""
    person = _person(request)
    permission = request.GET.get("izin", "")[:80]
    labels = registry.permissions()
    office = organisations.office_by_slug(request.GET.get("kantor", "")[:60]) if request.GET.get("kantor") else None
    code = "".join(c for c in request.GET.get("wilayah", "")[:13] if c.isascii() and (c.isdigit() or c == "."))
    region = regions.by_code(code) if code else None
    found = None
    if permission in labels:
        found = explain(person, permission, on=timezone.localdate(), office=office, region=region)
    return render(request, "access/why.html", {
        "tabs": tabs(request, "why") if request.access.is_staff else [], "person": person, "is_self": person == request.user,
        "permission": permission, "label": labels.get(permission, ""), "found": found, "office": office, "region": region,
        "typed": code if region is None else region.code,
        "rooms": [
            (room.title, [(one.value, one.label) for one in room.permissions]) for room in registry.rooms() if room.permissions
        ],
        "offices": [(one.slug, one.name) for one in organisations.offices()],
        "people": _people(request), "q": request.GET.get("q", "")[:100],
        "mine": mine(request.access) if person == request.user else [],
        "base": "desk.html" if request.access.is_staff else "site.html",
        "may_see_others": request.access.allows(Permission.VIEW_GRANTS),
    })


def _person(request: HttpRequest):
    typed = request.GET.get("orang", "")
    if not typed or typed == str(request.user.pk):
        return request.user
    if not (typed.isascii() and typed.isdigit() and len(typed) < 18 and request.access.allows(Permission.VIEW_GRANTS)):
        raise NotFound
    held = queries.visible(request.access, Permission.VIEW_GRANTS).filter(user=typed)
    found = get_user_model().objects.filter(pk=typed, grants__in=held.values("pk")).first()
    if found is None:
        raise NotFound
    return found


def _people(request: HttpRequest) -> list:
    """Up to twenty people of the viewer's offices by what was typed."""
    text = " ".join(request.GET.get("q", "").replace("\x00", "").split())[:100]
    if not text or not request.access.allows(Permission.VIEW_GRANTS):
        return []
    held = queries.visible(request.access, Permission.VIEW_GRANTS).filter(user__name__icontains=text)
    return list(get_user_model().objects.filter(pk__in=held.values("user_id")).order_by("name", "pk")[:20])
