"""Roles: the list, what each may do and who holds it, and asking for a new one or a change."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from dgs.core.access import queries
from dgs.core.access.actions import roles
from dgs.core.access.models import Role, RoleChange
from dgs.core.access.permissions import Permission
from dgs.core.access.views.deciding import told
from dgs.core.access.views.frame import tabs
from dgs.kernel import registry
from dgs.kernel.errors import InvalidInput, NotFound, RuleBroken
from dgs.kernel.guards import needs


@needs(Permission.VIEW_GRANTS)
@never_cache
def listed(request: HttpRequest) -> HttpResponse:
    """All roles of staff, how many hold each, and which changes wait."""
    held = Count("grants__user", filter=Q(grants__in=queries.in_force_grants()), distinct=True)
    waiting = set(RoleChange.objects.filter(decided_at=None).values_list("role_code", flat=True))
    rows = list(Role.objects.filter(is_staff=True).annotate(holders=held))
    return render(request, "access/roles.html", {
        "tabs": tabs(request, "roles"), "rows": rows, "waiting": waiting, "may_change": _may_change(request),
        "may_export": request.access.allows(Permission.EXPORT),
        "new": RoleChange.objects.filter(decided_at=None, before=None).select_related("proposed_by").order_by("pk"),
    })


@needs(Permission.VIEW_GRANTS)
@never_cache
def one(request: HttpRequest, code: str) -> HttpResponse:
    """A role: what it may do by room, how it is handled, its history; the form to change it for who may."""
    role = Role.objects.filter(code=code, is_staff=True).first()
    if role is None:
        raise NotFound
    return _page(request, role, roles.as_data(role), code=code)


@needs(Permission.MANAGE_ROLES)
@never_cache
def new(request: HttpRequest) -> HttpResponse:
    """A new role, from nothing or as a copy of another."""
    source = Role.objects.filter(code=request.GET.get("dari", "")[:40], is_staff=True).first()
    wanted: dict[str, Any] = roles.as_data(source) if source else {"permissions": []}
    if source:
        wanted |= {
            "title": _("Copy of %(role)s") % {"role": source.title}, "is_closed": False,
            "title_en": f"Copy of {source.title_en}" if source.title_en else "",
        }
    return _page(request, None, wanted, code="")


def _page(request: HttpRequest, role: Role | None, wanted: dict[str, Any], *, code: str) -> HttpResponse:
    errors: dict[str, list[str]] = {}
    reason = ""
    may_change = _may_change(request)
    if request.method == "POST":
        wanted, reason = _posted(request, role), request.POST.get("reason", "")[:300]
        try:
            roles.propose_role(code=code, wanted=wanted, reason=reason, by=request.user, now=timezone.now())
        except InvalidInput as refusal:
            errors = refusal.errors
        except RuleBroken as refusal:
            errors = {"": [refusal.in_words()]}
        else:
            messages.success(request, _("It waits for a second person, and counts from then on."))
            return redirect("access:one", code=code) if code else redirect("access:roles")
    changes = list(RoleChange.objects.filter(role_code=code).select_related("proposed_by", "decided_by").order_by("-pk")[:20])
    chosen = set(wanted["permissions"])
    return render(request, "access/role.html", {
        "tabs": tabs(request, "roles"), "role": role, "wanted": wanted, "errors": errors, "reason": reason,
        "may_change": may_change, "is_open": may_change and (role is None or role.is_own),
        "rooms": [
            (room.title, [(item.value, item.label, item.value in chosen) for item in room.permissions], any(
                item.value in chosen for item in room.permissions
            ))
            for room in registry.rooms() if room.permissions
        ],
        "changes": [{"change": item, **told(item)} for item in changes],
        "is_waiting": any(item.decided_at is None for item in changes),
        "holders": queries.visible(request.access, Permission.VIEW_GRANTS).filter(
            pk__in=queries.in_force_grants(), role=role
        ).order_by("user__name", "pk")[:100] if role else [],
    }, status=422 if errors else 200)


def _posted(request: HttpRequest, role: Role | None) -> dict[str, Any]:
    """What the form says; of a role of the release only the switches are asked."""
    found: dict[str, Any] = {name: request.POST.get(name) == "1" for name in roles.SWITCHES}
    if role is not None and not role.is_own:
        return roles.as_data(role) | found
    texts = {name: request.POST.get(name, "").replace("\x00", "") for name in roles.TEXTS}
    return found | texts | {"permissions": request.POST.getlist("permissions")[:500]}


def _may_change(request: HttpRequest) -> bool:
    return request.access.allows(Permission.MANAGE_ROLES) and request.access.offices_everywhere(Permission.MANAGE_ROLES) is None
