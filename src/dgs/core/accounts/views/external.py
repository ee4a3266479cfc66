"""The pages of outside identities: the way to a provider and back, linking and unlinking; what is proved is in oidc.

The way there is a link or a redirect of a page that was only looked at: the Content-Security-Policy lets no form lead to
another site.
"""

from __future__ import annotations

import logging
import secrets
from datetime import date

from allauth.account.decorators import reauthentication_required
from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from dgs.core.accounts import external
from dgs.core.accounts.oidc import Errand, Provider, ProviderFailed, claims_of, new_errand, provider_of, way_there
from dgs.core.accounts.pending import forget, recall, remember
from dgs.core.accounts.throttle import TooManyAttempts, client_address, throttle
from dgs.core.accounts.views.by_code import wanted_page
from dgs.kernel.errors import RuleBroken
from dgs.kernel.guards import public, signed_in

ERRAND, SAID = "external", "external-said"
log = logging.getLogger(__name__)


def _back(provider: Provider) -> str:
    return settings.BASE_URL + reverse("accounts:external_back", args=[provider.slug])


def _leave(request: HttpRequest, provider: Provider, **more) -> str:
    """Remember what the browser leaves with; answers where to."""
    throttle(kind="external-from", key=client_address(request), limit=60, seconds=300, now=timezone.now())
    errand = new_errand()
    there = way_there(provider, errand, back=_back(provider))
    remember(request, ERRAND, {"provider": provider.slug, "state": errand.state, "nonce": errand.nonce,
                               "verifier": errand.verifier, **more})
    return there


def _failed(request: HttpRequest, refusal: RuleBroken, where: str) -> HttpResponse:
    if isinstance(refusal, ProviderFailed):
        log.warning("identity provider: %s", refusal.why)
    messages.error(request, str(refusal))
    return redirect(where)


@public
@never_cache
def start(request: HttpRequest, slug: str) -> HttpResponse:
    """Off to the provider, to sign in."""
    provider = provider_of(slug)
    if request.user.is_authenticated:
        return redirect("portal:after_login")
    try:
        return redirect(_leave(request, provider, next=wanted_page(request)))
    except (ProviderFailed, TooManyAttempts) as refusal:
        return _failed(request, refusal, "account_login")


@public
@never_cache
def back(request: HttpRequest, slug: str) -> HttpResponse:
    """Back from the provider: the state is good once, in the browser that left with it, for the provider it went to."""
    provider, kept = provider_of(slug), recall(request, ERRAND)
    forget(request, ERRAND)
    where = "accounts:profile" if kept.get("user") else "account_login"
    is_ours = kept.get("provider") == slug and secrets.compare_digest(
        request.GET.get("state", "").encode(), kept.get("state", "").encode()
    )
    if not is_ours or kept.get("user") not in (None, request.user.pk):
        messages.error(request, _("This sign-in was begun elsewhere or has taken too long. Please start again."))
        return redirect("account_login")
    if "code" not in request.GET:
        messages.error(request, _("Nothing was done: %(title)s did not confirm it.") % {"title": provider.title})
        return redirect(where)
    errand, now = Errand(state=kept["state"], nonce=kept["nonce"], verifier=kept["verifier"]), timezone.now()
    try:
        claims = claims_of(provider, errand, code=request.GET["code"], back=_back(provider), now=now)
        if kept.get("user"):
            external.link_identity(provider=provider, claims=claims, user=request.user, how="person", now=now)
            messages.success(request, _("%(title)s is linked. You can sign in with it from now on.") % {"title": provider.title})
            return redirect("accounts:profile")
        user = external.whose_identity(provider=provider, claims=claims, now=now)
    except RuleBroken as refusal:
        return _failed(request, refusal, where)
    if user is not None:
        request.session.cycle_key()
        request.session.set_expiry(0)  # ends with the browser, as after a password without "stay signed in"
        record_authentication(request, user, method="external", provider=slug)
        return perform_login(request, Login(user=user, redirect_url=kept.get("next") or None))
    if external.is_closed(provider=provider, claims=claims):
        return _failed(request, ProviderFailed(provider, "the account is closed"), "account_login")
    remember(request, SAID, {"provider": slug, "sub": claims["sub"], **said(provider, claims)})
    messages.info(request, _("You have no account here yet. What %(title)s says of you is filled in; please check it.")
                  % {"title": provider.title})
    return redirect("account_signup")


def said(provider: Provider, claims: dict) -> dict[str, str]:
    """What the provider says that registration asks for: name, NIK and day of birth, as far as they can be read."""
    found = {"name": " ".join(str(claims.get("name", "")).split())[:200], "nik": external.nik_of(provider, claims)}
    try:
        found["birth_on"] = date.fromisoformat(str(claims.get("birthdate", ""))).isoformat()
    except ValueError:
        found["birth_on"] = ""
    return {name: value for name, value in found.items() if value}


@signed_in
@never_cache
@reauthentication_required
def link(request: HttpRequest, slug: str) -> HttpResponse:
    """Say what linking does; then the way there."""
    provider, there = provider_of(slug), ""
    if request.method == "POST":
        try:
            there = _leave(request, provider, user=request.user.pk)
        except (ProviderFailed, TooManyAttempts) as refusal:
            return _failed(request, refusal, "accounts:profile")
    return render(request, "accounts/external_link.html", {"provider": provider, "there": there})


@signed_in
@never_cache
@reauthentication_required
def unlink(request: HttpRequest, slug: str) -> HttpResponse:
    """Ask, then take the link off."""
    if request.method == "POST":
        external.unlink_identity(slug=slug, user=request.user, now=timezone.now())
        messages.success(request, _("The link is removed."))
        return redirect("accounts:profile")
    return render(request, "accounts/external_unlink.html", {"provider": provider_of(slug)})
