"""The administrators' pages of applications: list, register, change, a new secret, off and on."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from dgs.core.signon import queries
from dgs.core.signon.actions.applications import change_application, change_secret, register_application, switch
from dgs.core.signon.actions.sign_ons import issuer
from dgs.core.signon.forms import ApplicationForm
from dgs.core.signon.models import Application
from dgs.core.signon.permissions import Permission
from dgs.core.signon.scopes import described
from dgs.kernel.errors import NotFound
from dgs.kernel.guards import needs


@needs(Permission.MANAGE_APPLICATIONS)
@require_GET
def applications(request: HttpRequest) -> HttpResponse:
    """Those of the offices one may manage."""
    return render(request, "signon/applications.html", {"rows": queries.applications(request.access)})


@needs(Permission.MANAGE_APPLICATIONS)
@never_cache
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Register one; its secret is shown in this very answer, and never again."""
    form = _form(request, Application())
    if request.method == "POST" and form.is_valid():
        made = form.save(commit=False)
        secret = register_application(application=made, by=request.user, now=timezone.now())
        return render(request, "signon/secret.html", {"application": made, "secret": secret, "issuer": issuer()})
    return render(request, "signon/application_form.html", {"form": form}, status=422 if form.errors else 200)


@needs(Permission.MANAGE_APPLICATIONS)
@require_GET
def application(request: HttpRequest, client_id: str) -> HttpResponse:
    """One application: what it may do, and how it is used."""
    found = _found(request, client_id)
    return render(request, "signon/application.html", {
        "application": found, "scopes": described(found.scopes), "open": queries.open_sign_ons(found, timezone.now()),
        "issuer": issuer(),
    })


@needs(Permission.MANAGE_APPLICATIONS)
@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, client_id: str) -> HttpResponse:
    """Change it."""
    found = _found(request, client_id)
    form = _form(request, found)
    if request.method == "POST" and form.is_valid():
        change_application(application=form.save(commit=False), by=request.user, now=timezone.now())
        messages.success(request, _("The application was saved."))
        return redirect("signon:application", found.client_id)
    context = {"form": form, "application": found}
    return render(request, "signon/application_form.html", context, status=422 if form.errors else 200)


@needs(Permission.MANAGE_APPLICATIONS)
@never_cache
@require_POST
def new_secret(request: HttpRequest, client_id: str) -> HttpResponse:
    """A new secret, shown once; the one before has ended."""
    found = _found(request, client_id)
    secret = change_secret(application_id=found.pk, by=request.user, now=timezone.now())
    return render(request, "signon/secret.html", {"application": found, "secret": secret, "issuer": issuer()})


@needs(Permission.MANAGE_APPLICATIONS)
@require_POST
def turn(request: HttpRequest, client_id: str) -> HttpResponse:
    """Off or on."""
    found, is_on = _found(request, client_id), request.POST.get("on") == "1"
    switch(application_id=found.pk, is_on=is_on, by=request.user, now=timezone.now())
    messages.success(request, _("The application is switched on.") if is_on else
                     _("The application is switched off. Everybody is signed out of it."))
    return redirect("signon:application", found.client_id)


def _form(request: HttpRequest, instance: Application) -> ApplicationForm:
    offices = request.access.offices_everywhere(Permission.MANAGE_APPLICATIONS)
    return ApplicationForm(request.POST if request.method == "POST" else None, instance=instance, offices=offices)


def _found(request: HttpRequest, client_id: str) -> Application:
    found = queries.applications(request.access).filter(client_id=client_id).first()
    if found is None:
        raise NotFound
    return found
