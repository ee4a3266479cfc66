"""A person's own page of the applications they let read about them, and where they withdraw that."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from dgs.core.signon import queries
from dgs.core.signon.actions.sign_ons import withdraw_consent
from dgs.core.signon.scopes import described
from dgs.kernel.errors import NotFound
from dgs.kernel.guards import signed_in


@signed_in
@require_GET
def mine(request: HttpRequest) -> HttpResponse:
    """Which applications may read what."""
    rows = [(consent, described(consent.scopes)) for consent in queries.consents_of(request.user)]
    return render(request, "signon/mine.html", {"rows": rows})


@signed_in
@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Withdraw one; its tokens end in the same moment."""
    application = withdraw_consent(consent_id=pk, user=request.user, now=timezone.now())
    if application is None:
        raise NotFound
    messages.success(request, _("%(name)s can read nothing about you any more.") % {"name": application.name})
    return redirect("signon:mine")
