"""The pages of passkeys: signing in, confirming and second step with one; adding, renaming and removing them."""

from __future__ import annotations

import json

from allauth.account.decorators import reauthentication_required
from allauth.account.models import Login
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal import auth, flows
from allauth.mfa.webauthn.views import AddWebAuthnView, LoginWebAuthnView, ReauthenticateWebAuthnView
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.generic.edit import FormView

from dgs.core.accounts.forms import posted
from dgs.core.accounts.passkey_forms import PasskeyNameForm
from dgs.core.accounts.passkeys import are_passkeys_possible, check_room, passkeys_of, remove_passkey, rename_passkey
from dgs.core.accounts.views.by_code import wanted_page
from dgs.core.audit import api as audit
from dgs.kernel.errors import NotFound
from dgs.kernel.guards import public, signed_in


def options(js_data: dict) -> str:
    """What the page's script gives to the browser."""
    return json.dumps(next(iter(js_data.values())), default=dict)


class SignInView(LoginWebAuthnView):
    """Signing in with a passkey alone: it is something the person has and knows, so nothing more is asked."""

    def form_valid(self, form) -> HttpResponse:
        """Open the session and lead on."""
        passkey = form.cleaned_data["credential"]
        self.request.session.cycle_key()
        self.request.session.set_expiry(0)  # ends with the browser, as after a password without "stay signed in"
        login = Login(user=passkey.user, redirect_url=wanted_page(self.request) or None)
        return flows.perform_passwordless_login(self.request, passkey, login)

    def form_invalid(self, form) -> HttpResponse:
        """The sign-in page, saying why."""
        for sentence in form.errors.get("credential", []):
            messages.error(self.request, sentence)
        return redirect("account_login")


class AgainView(ReauthenticateWebAuthnView):
    """The passkey once more."""

    template_name = "accounts/passkey_again.html"

    def get_context_data(self, **kwargs) -> dict:
        """With what the browser needs."""
        found = super().get_context_data(**kwargs)
        return {**found, "options": options(found["js_data"])}

    def form_invalid(self, form) -> HttpResponse:
        """The same page with a new challenge, saying why."""
        return self.render_to_response(self.get_context_data(form=form), status=422)


class AddView(AddWebAuthnView):
    """A new passkey: kept on the device, and used with a finger, a face or a PIN."""

    template_name = "accounts/passkey_new.html"

    def get_context_data(self, **kwargs) -> dict:
        """With what the browser needs."""
        found = FormView.get_context_data(self, **kwargs)
        made = auth.begin_registration(self.request.user, True)
        return {**found, "options": options({"creation_options": made})}

    def form_valid(self, form) -> HttpResponse:
        """Keep it, with recovery codes when there were none."""
        with transaction.atomic():
            check_room(user=self.request.user)
            answer = super().form_valid(form)
            audit.record(action="accounts.add_passkey", by=self.request.user, now=timezone.now(),
                         subject=f"accounts.user:{self.request.user.pk}")
        messages.success(self.request, _("The passkey is added. You can sign in with it from now on."))
        return answer

    def form_invalid(self, form) -> HttpResponse:
        """The same page with a new challenge, saying why."""
        return self.render_to_response(self.get_context_data(form=form), status=422)


_sign_in, _again, _add = SignInView.as_view(), AgainView.as_view(), AddView.as_view()


@public
@never_cache
def sign_in(request: HttpRequest) -> HttpResponse:
    """Signing in with a passkey; asked by its script, answers the challenge."""
    return _sign_in(request)


@signed_in
@never_cache
def again(request: HttpRequest) -> HttpResponse:
    """The passkey once more, before something delicate."""
    return _again(request)


@signed_in
@never_cache
def add(request: HttpRequest) -> HttpResponse:
    """A new passkey; only after confirming once more."""
    if not are_passkeys_possible():
        raise NotFound
    return _add(request)


def _found(request: HttpRequest, pk: int) -> Authenticator:
    found = next((one for one in passkeys_of(request.user) if one.pk == pk), None)
    if found is None:
        raise NotFound
    return found


@signed_in
@never_cache
@reauthentication_required
def rename(request: HttpRequest, pk: int) -> HttpResponse:
    """Another name for one's own passkey."""
    form = PasskeyNameForm(posted(request), initial={"name": _found(request, pk).wrap().name})
    if request.method == "POST" and form.is_valid():
        rename_passkey(passkey_id=pk, user=request.user, name=form.cleaned_data["name"], now=timezone.now())
        messages.success(request, _("The name is changed."))
        return redirect("accounts:profile")
    return render(request, "accounts/passkey_name.html", {"form": form}, status=422 if form.errors else 200)


@signed_in
@never_cache
@reauthentication_required
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask, then take off one's own passkey."""
    passkey = _found(request, pk)
    if request.method == "POST":
        remove_passkey(passkey_id=pk, user=request.user, now=timezone.now())
        messages.success(request, _("The passkey is removed."))
        return redirect("accounts:profile")
    return render(request, "accounts/passkey_remove.html", {"name": passkey.wrap().name})
