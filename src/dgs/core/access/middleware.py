"""Puts `request.access`, the answer to "may this person", on every request; it asks the database only when used.

Whose role asks for a second step is led to setting it up before any guarded page opens; what they posted is kept.
"""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from dgs.core.access.scope import Access
from dgs.core.access.second_step import is_second_step_missing
from dgs.core.accounts import api as accounts

# What somebody needs who is setting it up: the page itself, the password once more, and the way out.
OPEN_BEFORE = {
    "mfa_activate_totp", "mfa_add_webauthn", "account_reauthenticate", "mfa_reauthenticate", "mfa_reauthenticate_webauthn",
    "account_logout",
}


class AccessMiddleware:
    """Sets `request.access` for the signed-in person or nobody."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.access = Access(request.user)
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs) -> HttpResponse | None:
        """The page that sets up the second step in place of any other, while it is asked for and missing."""
        if getattr(view, "guard", "public") == "public" or request.resolver_match.url_name in OPEN_BEFORE:
            return None
        if not is_second_step_missing(request.access):
            return None
        messages.warning(
            request, _("Your role asks for a second step when signing in. Set it up now; then everything else opens.")
        )
        if request.method == "POST" and accounts.keep_own_answers(request, now=timezone.now()):
            messages.warning(request, _("What you have just sent is kept for a day: open its page again afterwards."))
        return accounts.lead_to(request, reverse("mfa_activate_totp"))
