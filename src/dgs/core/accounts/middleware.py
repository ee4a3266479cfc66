"""Loses no answers when a form comes back from somebody whose session has ended; decides nothing about who may enter."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from dgs.core.accounts.browsers import COOKIE, DAYS
from dgs.core.accounts.unsaved import WAITING, forget_unsaved, keep_answers, lead_to


class UnsavedAnswersMiddleware:
    """Keeps what was posted to a guarded page by nobody, and asks the person to sign in; forgets it when sent again."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        is_sent = request.method == "POST" and response.status_code < 500 and not hasattr(request, "kept_for")
        if is_sent and request.session.get(WAITING) and request.user.is_authenticated and "_peek" not in request.POST:
            forget_unsaved(request)
        return response

    def process_view(self, request: HttpRequest, view, args, kwargs) -> HttpResponse | None:
        """Before the page's own guard sends the person away with nothing."""
        if request.method != "POST" or getattr(view, "guard", "public") == "public" or request.user.is_authenticated:
            return None
        return None if keep_answers(request, now=timezone.now()) is None else _to_sign_in(request)


class KnownBrowserMiddleware:
    """Gives a browser that has just signed in the mark by which it is known the next time."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        mark = getattr(request, "browser_mark", "")
        if mark:
            response.set_cookie(COOKIE, mark, max_age=DAYS * 24 * 3600, httponly=True, samesite="Lax", secure=request.is_secure())
        return response


def token_refused(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without the right token: its answers are kept for the person its page was made for, nothing else is done.

    Signing in again in another window changes the token, as does a browser that drops its cookies; a page of another
    site has no mark and comes away with nothing.
    """
    owner = keep_answers(request, now=timezone.now())
    if owner is not None and not request.user.is_authenticated:
        return _to_sign_in(request)
    if owner is not None and owner == request.user.pk:
        request.session[WAITING] = True
        return redirect(request.get_full_path())
    return render(request, "403_csrf.html", {"is_kept_for_another": owner is not None}, status=403)


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    messages.warning(
        request, _("Your session has ended. Your answers are kept for a day: sign in and they stand on the page again.")
    )
    return lead_to(request, redirect_to_login(request.get_full_path()).url)
