"""The page of a person's roles: who gave what where; giving and ending in one's own scope."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import get_user_model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from dgs.core.access import queries
from dgs.core.access.actions import grants as actions
from dgs.core.access.forms import GrantForm
from dgs.core.access.permissions import Permission
from dgs.core.access.views.frame import office_named
from dgs.kernel.errors import NotFound, RuleBroken
from dgs.kernel.guards import needs


@needs(Permission.VIEW_GRANTS, Permission.GRANT)
def grants(request: HttpRequest, pk: int) -> HttpResponse:
    """All roles of a person, ended ones too; the form to give one for who may."""
    person = _person(request, pk)
    may_grant = request.access.allows(Permission.GRANT) and person != request.user
    form = _form(request) if may_grant else None
    if request.method == "POST":
        if form is None:
            raise actions.SelfGrant if person == request.user else actions.OutOfScope
        if form.is_valid():
            try:
                _give(request, person, form.cleaned_data)
            except RuleBroken as refusal:
                form.add_error(None, refusal.in_words())
            else:
                _say(request, person)
                return redirect("access:grants", pk=person.pk)
    reach = request.access.offices(Permission.GRANT)
    today = timezone.localdate()
    rows = [
        {"grant": grant, "state": _state(grant, today),
         "may_end": may_grant and grant.ended_at is None and (reach is None or grant.office_id in reach)}
        for grant in queries.grants_of(person)
    ]
    return render(
        request, "access/grants.html", {"person": person, "rows": rows, "form": form},
        status=422 if form is not None and form.errors else 200,
    )


@needs(Permission.GRANT)
def end(request: HttpRequest, pk: int, grant_id: int) -> HttpResponse:
    """End one role of a person at once; only looked at, it leads to the person's roles."""
    person = _person(request, pk)
    if request.method != "POST":
        return redirect("access:grants", pk=person.pk)
    grant = queries.grants_of(person).filter(pk=grant_id).first()
    if grant is None:
        raise NotFound
    actions.revoke(grant=grant, by=request.user, now=timezone.now())
    messages.success(request, _("The role is ended."))
    return redirect("access:grants", pk=person.pk)


def _person(request: HttpRequest, pk: int):
    """The person if they hold or held a role in the viewer's offices; else not found."""
    people = get_user_model().objects.filter(grants__isnull=False)
    reaches = [request.access.offices(permission) for permission in (Permission.VIEW_GRANTS, Permission.GRANT)]
    if None not in reaches:
        people = people.filter(grants__office__in=set().union(*reaches))
    person = people.filter(pk=pk).first()
    if person is None:
        raise NotFound
    return person


def _form(request: HttpRequest) -> GrantForm:
    return GrantForm(
        request.POST if request.method == "POST" else None,
        offices=request.access.office_choices(Permission.GRANT, in_parts=True),
        roles=request.access.role_choices(), everywhere=request.access.offices(Permission.GRANT) is None,
    )


def _give(request: HttpRequest, person, given: dict) -> None:
    actions.grant(
        user=person, role=given["role"], office=office_named(given["office"]), region=given["region"],
        valid_from=given["valid_from"], valid_to=given["valid_to"], reason=given["reason"], by=request.user, now=timezone.now(),
    )


def _say(request: HttpRequest, person) -> None:
    if queries.grants_of(person).filter(waits=True, ended_at=None, given_by=request.user).exists():
        messages.success(request, _("Given. It is in force once a second person agrees."))
    else:
        messages.success(request, _("%(name)s now holds this role.") % {"name": person.name})


def _state(grant, today) -> tuple[str, str]:
    if grant.ended_at is not None:
        return "stopped", _("ended")
    if grant.waits:
        return "waiting", _("waits for a second person")
    if grant.valid_to is not None and grant.valid_to < today:
        return "neutral", _("expired")
    if grant.valid_from > today:
        return "waiting", _("not yet begun")
    return "done", _("in force")
