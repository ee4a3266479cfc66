"""Signing in and out, the second step, a forgotten password; allauth's views under our addresses and templates."""

from __future__ import annotations

from allauth.account.views import LoginView, LogoutView, ReauthenticateView
from allauth.mfa.base.views import AuthenticateView
from allauth.mfa.base.views import ReauthenticateView as MfaReauthenticateView
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.views import (
    DownloadRecoveryCodesView,
    GenerateRecoveryCodesView,
    ViewRecoveryCodesView,
)
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse, reverse_lazy
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from dgs.core.accounts import recovery
from dgs.core.accounts.adapters import client_address
from dgs.core.accounts.contact import Address
from dgs.core.accounts.events import SecondStepEnding
from dgs.core.accounts.forms import AddressForm, PasswordForm, posted
from dgs.core.accounts.models import User
from dgs.core.accounts.oidc import providers
from dgs.core.accounts.passkeys import are_passkeys_possible
from dgs.core.accounts.pending import forget, recall, remember, typed_login
from dgs.core.accounts.throttle import TooManyAttempts, throttle
from dgs.core.accounts.views.passkeys import options
from dgs.core.accounts.views.typing_code import typed_code
from dgs.kernel import events
from dgs.kernel.guards import public, signed_in

RESET = "reset"

class SecondStepView(AuthenticateView):
    """The second step by app, recovery code or passkey, whichever the account has."""

    def get_context_data(self, **kwargs) -> dict:
        """With what the browser needs for a passkey."""
        found = super().get_context_data(**kwargs)
        kinds = set(Authenticator.objects.filter(user=self.stage.login.user).values_list("type", flat=True))
        return {**found, "has_passkey": Authenticator.Type.WEBAUTHN in kinds, "has_app": Authenticator.Type.TOTP in kinds,
                "options": options(found["js_data"])}


class SignInView(LoginView):
    """Signing in; the page offers a passkey where browsers can make them."""

    def get_context_data(self, **kwargs) -> dict:
        """With whether to offer one."""
        return {**super().get_context_data(**kwargs), "passkeys_possible": are_passkeys_possible(), "providers": providers()}


_sign_in = SignInView.as_view(template_name="accounts/sign_in.html")
_sign_out = LogoutView.as_view(template_name="accounts/sign_out.html")
_again = ReauthenticateView.as_view(template_name="accounts/again.html")
_second_step = SecondStepView.as_view(template_name="accounts/second_step.html")
_second_step_again = MfaReauthenticateView.as_view(template_name="accounts/again.html")
_second_step_on = ActivateTOTPView.as_view(template_name="accounts/second_step_on.html")
_second_step_off = DeactivateTOTPView.as_view(
    template_name="accounts/second_step_off.html", success_url=reverse_lazy("accounts:profile")
)
_recovery_codes = ViewRecoveryCodesView.as_view(template_name="accounts/recovery_codes.html")
_recovery_codes_new = GenerateRecoveryCodesView.as_view(template_name="accounts/recovery_codes_new.html")
_recovery_codes_file = DownloadRecoveryCodesView.as_view(template_name="accounts/recovery_codes.txt")


@public
@never_cache
@sensitive_post_parameters("password")
def sign_in(request: HttpRequest) -> HttpResponse:
    """Sign in with e-mail address or phone number and password."""
    return _sign_in(request)


@public
def sign_out(request: HttpRequest) -> HttpResponse:
    """Ask, then sign out."""
    return _sign_out(request)


@public
@never_cache
def second_step(request: HttpRequest) -> HttpResponse:
    """The code of the app or a recovery code, after the password was right."""
    return _second_step(request)


@signed_in
@never_cache
@sensitive_post_parameters("password")
def again(request: HttpRequest) -> HttpResponse:
    """The password once more."""
    return _again(request)


@signed_in
@never_cache
def second_step_again(request: HttpRequest) -> HttpResponse:
    """The code once more."""
    return _second_step_again(request)


@signed_in
@never_cache
def second_step_on(request: HttpRequest) -> HttpResponse:
    """Switch the second step on."""
    return _second_step_on(request)


@signed_in
@never_cache
def second_step_off(request: HttpRequest) -> HttpResponse:
    """Switch the app off; it stays when it is the last second step and a role asks for one."""
    with transaction.atomic():
        answer = _second_step_off(request)
        if request.method == "POST":
            events.publish(SecondStepEnding(user_id=request.user.pk))
    return answer


@signed_in
@never_cache
def recovery_codes(request: HttpRequest) -> HttpResponse:
    """The recovery codes that are left."""
    return _recovery_codes(request)


@signed_in
@never_cache
def recovery_codes_new(request: HttpRequest) -> HttpResponse:
    """Make new recovery codes in place of the old ones."""
    return _recovery_codes_new(request)


@signed_in
@never_cache
def recovery_codes_file(request: HttpRequest) -> HttpResponse:
    """The recovery codes as a text file."""
    return _recovery_codes_file(request)


@signed_in
def security(request: HttpRequest) -> HttpResponse:
    """Where allauth leads after a change of the second step: the profile."""
    return redirect("accounts:profile")


@public
@never_cache
def forgot(request: HttpRequest) -> HttpResponse:
    """A forgotten password: where shall the code go? Answers the same whether or not an account has the address."""
    form = AddressForm(posted(request), initial={"address": typed_login(request)})
    if request.method == "POST" and form.is_valid():
        address = form.cleaned_data["address"]
        try:
            _send_reset(request, address)
        except TooManyAttempts as refusal:
            form.add_error(None, str(refusal))
        else:
            remember(request, RESET, {"channel": address.channel, "to": address.to})
            return redirect("accounts:forgot_code")
    return render(request, "accounts/forgot.html", {"form": form}, status=422 if form.errors else 200)


def _send_reset(request: HttpRequest, address: Address) -> None:
    now = timezone.now()
    throttle(kind="reset-from", key=client_address(request), limit=30, seconds=3600, now=now)
    recovery.begin_reset(address=address, language=get_language() or "id", now=now)


@public
@never_cache
def forgot_code(request: HttpRequest) -> HttpResponse:
    """The code that was sent for a new password."""
    state = recall(request, RESET)
    if not state:
        return redirect("account_reset_password")
    address = Address(state["channel"], state["to"])

    def prove(typed: str) -> HttpResponse:
        user = recovery.prove_reset(address=address, typed=typed, now=timezone.now())
        forget(request, RESET)
        request.session.cycle_key()
        remember(request, RESET, {"user": user.pk, "proved": True, "hash": user.password})
        return redirect("accounts:forgot_password")

    def draw(form) -> HttpResponse:
        return render(
            request, "accounts/code.html",
            {"form": form, "address": address, "back": reverse("account_reset_password"),
             "title": _("Type the code"), "is_reset": True},
            status=422 if form.errors else 200,
        )

    return typed_code(
        request, here="accounts:forgot_code", again=lambda: _send_reset(request, address), prove=prove, draw=draw
    )


@public
@never_cache
@sensitive_post_parameters("password")
def forgot_password(request: HttpRequest) -> HttpResponse:
    """Choose the new password, once, after the code was right."""
    state = recall(request, RESET)
    user = User.objects.filter(pk=state.get("user"), is_active=True).first() if state.get("proved") else None
    if user is None or user.password != state["hash"]:
        forget(request, RESET)
        return redirect("account_reset_password")
    form = PasswordForm(posted(request), user=user)
    if request.method == "POST" and form.is_valid():
        recovery.reset_password(user=user, password=form.cleaned_data["password"], now=timezone.now())
        forget(request, RESET)
        messages.success(request, _("Your password is changed. Sign in with the new one."))
        return redirect("account_login")
    return render(request, "accounts/new_password.html", {"form": form}, status=422 if form.errors else 200)
