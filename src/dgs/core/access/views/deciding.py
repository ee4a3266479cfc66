"""What waits for a second person: sensitive roles that were given, and changes of roles."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from dgs.core.access import queries
from dgs.core.access.actions import grants, roles
from dgs.core.access.models import Grant, RoleChange
from dgs.core.access.permissions import Permission
from dgs.core.access.views.frame import tabs
from dgs.kernel import registry
from dgs.kernel.errors import NotFound, RuleBroken
from dgs.kernel.guards import needs


@needs(Permission.APPROVE)
@never_cache
def waiting(request: HttpRequest) -> HttpResponse:
    """What waits, and for each whether this person may decide it."""
    found = queries.waiting(request.access)[:200]
    rows = [{"grant": one, "may": request.user.pk not in (one.user_id, one.given_by_id)} for one in found]
    changes = []
    if request.access.offices_everywhere(Permission.APPROVE) is None:
        changes = [
            {"change": one, "may": one.proposed_by_id != request.user.pk, **told(one)}
            for one in RoleChange.objects.filter(decided_at=None).select_related("proposed_by").order_by("pk")
        ]
    return render(
        request, "access/waiting.html", {"tabs": tabs(request, "waiting"), "rows": rows, "changes": changes},
    )


@needs(Permission.APPROVE)
@require_POST
def decide(request: HttpRequest, grant_id: int) -> HttpResponse:
    """Agree to a role that waits, or refuse it with the reason."""
    grant = queries.waiting(request.access).filter(pk=grant_id).first() or _decided(request, grant_id)
    now = timezone.now()
    try:
        if request.POST.get("act") == "agree":
            grants.approve(grant=grant, by=request.user, now=now)
            messages.success(request, _("%(name)s now holds this role.") % {"name": grant.user.name})
        else:
            grants.decline(grant=grant, reason=request.POST.get("reason", ""), by=request.user, now=now)
            messages.success(request, _("Refused. %(name)s does not get this role.") % {"name": grant.user.name})
    except RuleBroken as refusal:
        messages.error(request, refusal.in_words())
    return redirect("access:waiting")


@needs(Permission.APPROVE)
@require_POST
def decide_role(request: HttpRequest, change_id: int) -> HttpResponse:
    """Agree to a change of a role, or refuse it with the reason."""
    try:
        made = roles.decide_role(
            change_id=change_id, is_agreed=request.POST.get("act") == "agree", answer=request.POST.get("reason", ""),
            by=request.user, now=timezone.now(),
        )
    except NotFound:
        raise
    except RuleBroken as refusal:
        messages.error(request, refusal.in_words())
    else:
        said = _("Agreed: the role is so from now on.") if made.is_agreed else _("Refused. The role stays as it is.")
        messages.success(request, said)
    return redirect("access:waiting")


def told(change: RoleChange) -> dict:
    """What a change adds, takes and switches, in words."""
    labels = registry.permissions()
    before = change.before or {"permissions": [], "is_sensitive": False, "asks_second_step": False, "is_closed": False}
    old, new = set(before["permissions"]), set(change.wanted["permissions"])
    switches = {
        "is_sensitive": (_("giving it takes a second person"), _("one person can give it")),
        "asks_second_step": (_("asks for a second step when signing in"), _("does not ask for a second step")),
        "is_closed": (_("is not given any more"), _("can be given again")),
    }
    texts = [
        (was, change.wanted[name]) for name in roles.TEXTS if change.before and (was := before[name]) != change.wanted[name]
    ]
    return {
        "adds": [labels.get(code, code) for code in sorted(new - old)],
        "takes": [labels.get(code, code) for code in sorted(old - new)],
        "switches": [
            words[0 if change.wanted[name] else 1] for name, words in switches.items() if change.wanted[name] != before[name]
        ],
        "texts": texts,
    }


def _decided(request: HttpRequest, grant_id: int) -> Grant:
    """One of the person's offices that was decided before, so that this is said; else not found."""
    found = queries.visible(request.access, Permission.APPROVE).filter(pk=grant_id).first()
    if found is None:
        raise NotFound
    return found
