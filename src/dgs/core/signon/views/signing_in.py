"""The pages a person meets on the way into an application: signing in, agreeing, and signing out again.

No form leads to another site, for the Content-Security-Policy lets none: after one comes a page that leads on by itself.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from urllib.parse import urlencode

from allauth.account.authentication import get_authentication_records
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from dgs.core.access import api as access
from dgs.core.accounts import api as accounts
from dgs.core.signon import asking
from dgs.core.signon.actions.sign_ons import Asked, begin, end_of_session, give_consent, issuer
from dgs.core.signon.actions.signing import read_own
from dgs.core.signon.errors import Refused
from dgs.core.signon.models import Application, Consent
from dgs.core.signon.scopes import described, subject
from dgs.kernel.guards import public

AGAIN = "signon-again"
MOST_KEPT = 5
LOGOUT = ("id_token_hint", "client_id", "post_logout_redirect_uri", "state")


@public
@never_cache
@require_http_methods(["GET", "POST"])
def authorize(request: HttpRequest) -> HttpResponse:
    """An application asks for a person: sign in, agree where it was not agreed to yet, and back with a code.

    Posting is the person's answer to the page that asks; what the application asked stands in the address each time.
    """
    application, there = asking.application_asking(request.GET)
    try:
        asked, manner = asking.asked(request.GET, application=application, redirect_uri=there)
        on_the_way = _led_to_sign_in(request, manner)
        if on_the_way is not None:
            return on_the_way
        answered = request.POST.get("answer") if request.method == "POST" else None
        if answered == "no":
            raise Refused("access_denied")
        if answered == "yes":
            give_consent(user=request.user, application=application, scopes=asked.scopes, now=timezone.now())
        elif "consent" in manner.prompts or not _is_agreed(request, application, asked):
            if manner.is_silent:
                raise Refused("consent_required")
            return _ask(request, application, asked)
        answer = {"code": _code(request, application, asked)}
    except Refused as refusal:
        answer = {"error": refusal.code, **({"error_description": refusal.words} if refusal.words else {})}
    return _back(request, there, {**answer, "state": request.GET.get("state", ""), "iss": issuer()}, application.name)


@public
@never_cache
@require_GET
def onward(request: HttpRequest) -> HttpResponse:
    """After signing in: on to what the application asked, by a page of its own, so that no form leads there."""
    query = request.GET.urlencode()
    application, _uri = asking.application_asking(request.GET)
    return _lead(request, f"{reverse('signon:authorize')}?{query}", application.name)


@csrf_exempt
@public
@never_cache
@require_http_methods(["GET", "POST"])
def sign_out(request: HttpRequest) -> HttpResponse:
    """An application says that the person signs out (RP-initiated logout): at once when it proves whom it means, else we ask."""
    said = request.POST if request.method == "POST" else request.GET
    application, there = _where_after(said)
    if not request.user.is_authenticated:
        return _signed_out(request, said, application, there)
    hint = read_own(said.get("id_token_hint", ""))
    if request.method == "GET" and application is not None and hint and _means(hint, application, request.user.pk):
        return _signed_out(request, said, application, there)
    kept = [(name, said[name]) for name in LOGOUT if name in said]
    return render(request, "signon/sign_out.html", {"application": application, "kept": kept})


@public
@never_cache
@require_POST
def sign_out_now(request: HttpRequest) -> HttpResponse:
    """The person said yes."""
    application, there = _where_after(request.POST)
    return _signed_out(request, request.POST, application, there)


def _led_to_sign_in(request: HttpRequest, manner: asking.Manner) -> HttpResponse | None:
    """The page where the person must first sign in, sign in anew or set up a second step; None when nothing is missing."""
    now = timezone.now()
    onward_to = f"{reverse('signon:onward')}?{request.GET.urlencode()}"
    if not request.user.is_authenticated:
        if manner.is_silent:
            raise Refused("login_required")
        if "login" in manner.prompts or manner.max_age is not None:
            _note_asked(request, now)
        return _redirect_with_next("account_login", onward_to)
    at = _signed_in_at(request)
    is_too_old = manner.max_age is not None and (now - at).total_seconds() > manner.max_age
    if ("login" in manner.prompts or is_too_old) and not _was_done_since_asked(request, at):
        if manner.is_silent:
            raise Refused("login_required")
        _note_asked(request, now)
        return _redirect_with_next("account_reauthenticate", onward_to)
    if access.is_second_step_missing(request.access):
        if manner.is_silent:
            raise Refused("interaction_required")
        return accounts.lead_to(request, reverse("mfa_activate_totp"))
    return None


def _redirect_with_next(name: str, onward_to: str) -> HttpResponse:
    return HttpResponse(status=302, headers={"Location": f"{reverse(name)}?{urlencode({'next': onward_to})}"})


def _signed_in_at(request: HttpRequest) -> datetime:
    """When the person last proved who they are, as allauth wrote it into the session; who just registered: when it was opened."""
    moments = [one["at"] for one in get_authentication_records(request, request.user) if "at" in one]
    row = request.session.row
    if not moments and row and row.opened_at:
        return row.opened_at
    return datetime.fromtimestamp(max(moments, default=0), UTC)


def _question(request: HttpRequest) -> str:
    return hashlib.sha256(request.GET.urlencode().encode()).hexdigest()[:20]


def _note_asked(request: HttpRequest, now: datetime) -> None:
    kept = list(request.session.get(AGAIN, {}).items())[-MOST_KEPT:]
    request.session[AGAIN] = {**dict(kept), _question(request): now.timestamp()}


def _was_done_since_asked(request: HttpRequest, at: datetime) -> bool:
    """Whether the person signed in after this very question was asked."""
    asked_at = request.session.get(AGAIN, {}).get(_question(request))
    return asked_at is not None and at.timestamp() >= asked_at


def _is_agreed(request: HttpRequest, application: Application, asked: Asked) -> bool:
    consent = Consent.objects.filter(user=request.user, application=application, withdrawn_at=None).first()
    return consent is not None and set(asked.scopes) <= set(consent.scopes)


def _ask(request: HttpRequest, application: Application, asked: Asked) -> HttpResponse:
    return render(request, "signon/consent.html", {"application": application, "scopes": described(asked.scopes)})


def _code(request: HttpRequest, application: Application, asked: Asked) -> str:
    code = begin(
        application=application, user=request.user, asked=asked, signed_in_at=_signed_in_at(request),
        session_key=request.session.session_key or "", now=timezone.now(),
    )
    kept = request.session.get(AGAIN, {})
    if kept.pop(_question(request), None) is not None:
        request.session[AGAIN] = kept
    return code


def _back(request: HttpRequest, there: str, answer: dict, name: str) -> HttpResponse:
    told = urlencode({key: value for key, value in answer.items() if value})
    address = f"{there}{'&' if '?' in there else '?'}{told}"
    if request.method == "POST":
        return _lead(request, address, name)
    return HttpResponse(status=302, headers={"Location": address, "Referrer-Policy": "no-referrer"})


def _lead(request: HttpRequest, address: str, name: str) -> HttpResponse:
    page = render(request, "signon/onward.html", {"address": address, "name": name})
    page["Refresh"] = f"0;url={address}"
    page["Referrer-Policy"] = "no-referrer"
    return page


def _where_after(said: QueryDict) -> tuple[Application | None, str]:
    """The application that signs somebody out, and where it registered to go on; nowhere unless that is certain."""
    hint = read_own(said.get("id_token_hint", "")) or {}
    client_id = said.get("client_id") or str(hint.get("aud", ""))
    if hint and hint.get("aud") != client_id:
        return None, ""
    application = asking.application_by_client_id(client_id)
    wanted = said.get("post_logout_redirect_uri", "")
    return application, wanted if application and wanted in application.after_logout_uris else ""


def _means(hint: dict, application: Application, user_id: int) -> bool:
    return hint.get("iss") == issuer() and hint.get("sub") == subject(application, user_id)


def _signed_out(request: HttpRequest, said: QueryDict, application: Application | None, there: str) -> HttpResponse:
    if request.user.is_authenticated:
        end_of_session(user=request.user, session_key=request.session.session_key or "", now=timezone.now())
        logout(request)
    if there:
        state = said.get("state", "")
        more = urlencode({"state": state}) if state else ""
        return _lead(request, f"{there}{('&' if '?' in there else '?') + more if more else ''}", application.name)
    return render(request, "signon/signed_out.html", {"application": application})
