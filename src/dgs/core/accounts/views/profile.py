"""The person's own page: contact, password, language, second step, API keys, sessions elsewhere.

An act that is only looked at, as after signing in again, leads to the page it belongs to.
"""

from __future__ import annotations

from allauth.account.decorators import reauthentication_required
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from dgs.core.accounts import actions, pins, recovery
from dgs.core.accounts.contact import Address
from dgs.core.accounts.forms import AddressForm, ChangePasswordForm, LanguageForm, SmsPinForm, TokenForm, posted
from dgs.core.accounts.models import SmsPin
from dgs.core.accounts.passkeys import are_passkeys_possible
from dgs.core.accounts.pending import forget, recall, remember
from dgs.core.accounts.queries import linked_providers, open_sessions, own_masked_nik
from dgs.core.accounts.throttle import TooManyAttempts, forget_attempts, throttle
from dgs.core.accounts.views.typing_code import typed_code
from dgs.kernel.errors import InvalidInput, NotFound
from dgs.kernel.guards import signed_in

FLOW = "contact"


@signed_in
@never_cache
def profile(request: HttpRequest) -> HttpResponse:
    """What the account is and how it is guarded."""
    guards = list(Authenticator.objects.filter(user=request.user).order_by("pk"))
    passkeys = [one for one in guards if one.type == Authenticator.Type.WEBAUTHN]
    return render(
        request, "accounts/profile.html",
        {
            "account": request.user,
            "masked_nik": own_masked_nik(request.user),
            "has_second_step": any(one.type == Authenticator.Type.TOTP for one in guards),
            "passkeys": [one.wrap() for one in passkeys],
            "passkeys_possible": are_passkeys_possible(),
            "linked": linked_providers(request.user),
            "language_form": LanguageForm(initial={"language": request.user.language}),
            "sms_pin": SmsPin.objects.filter(user=request.user).first() if request.access.is_staff else None,
            "may_decide": request.access.is_staff,
            "tokens": request.user.api_tokens.filter(revoked_at=None).order_by("-created_at"),
        },
    )


@signed_in
def language(request: HttpRequest) -> HttpResponse:
    """The language of pages and messages."""
    form = LanguageForm(posted(request))
    answer = redirect("accounts:profile")
    if form.is_valid():
        chosen = form.cleaned_data["language"]
        actions.set_language(user=request.user, language=chosen, now=timezone.now())
        answer.set_cookie(settings.LANGUAGE_COOKIE_NAME, chosen, max_age=365 * 24 * 3600, samesite="Lax",
                          secure=request.is_secure(), httponly=True)
        with translation.override(chosen):
            messages.success(request, _("The language is changed."))
    return answer


@signed_in
@never_cache
@sensitive_post_parameters("old_password", "password")
def password(request: HttpRequest) -> HttpResponse:
    """A new password; other devices are signed out, this one stays."""
    form = ChangePasswordForm(posted(request), user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            throttle(kind="old-password", key=str(request.user.pk), limit=6, seconds=300, now=timezone.now())
        except TooManyAttempts as refusal:
            form.add_error(None, str(refusal))
        else:
            if request.user.check_password(form.cleaned_data["old_password"]):
                forget_attempts(kind="old-password", key=str(request.user.pk))
                changed = actions.set_password(
                    user=request.user, password=form.cleaned_data["password"], by=request.user, now=timezone.now(),
                    how="change",
                )
                update_session_auth_hash(request, changed)
                messages.success(request, _("Your password is changed. Other devices are signed out."))
                return redirect("accounts:profile")
            form.add_error("old_password", _("This password is not right."))
    return render(request, "accounts/change_password.html", {"form": form}, status=422 if form.errors else 200)


@signed_in
@never_cache
@reauthentication_required
def contact(request: HttpRequest) -> HttpResponse:
    """A new e-mail address or phone number: where shall the code go? Asked only after the password once more."""
    form = AddressForm(posted(request))
    if request.method == "POST" and form.is_valid():
        address = form.cleaned_data["address"]
        try:
            recovery.begin_contact(user=request.user, address=address, now=timezone.now())
        except TooManyAttempts as refusal:
            form.add_error(None, str(refusal))
        else:
            remember(request, FLOW, {"channel": address.channel, "to": address.to})
            return redirect("accounts:contact_code")
    return render(request, "accounts/contact.html", {"form": form}, status=422 if form.errors else 200)


@signed_in
@never_cache
def contact_code(request: HttpRequest) -> HttpResponse:
    """The code that was sent to the new address; only `contact` leads here."""
    state = recall(request, FLOW)
    if not state:
        return redirect("accounts:contact")
    address = Address(state["channel"], state["to"])
    if address.channel == "sms" and request.user.phone == address.to:  # answered by SMS meanwhile
        forget(request, FLOW)
        messages.success(request, _("Your contact is changed."))
        return redirect("accounts:profile")

    def again() -> None:
        recovery.begin_contact(user=request.user, address=address, now=timezone.now())

    def prove(typed: str) -> HttpResponse:
        recovery.change_contact(user=request.user, address=address, typed=typed, now=timezone.now())
        forget(request, FLOW)
        messages.success(request, _("Your contact is changed."))
        return redirect("accounts:profile")

    def draw(form) -> HttpResponse:
        return render(
            request, "accounts/code.html",
            {"form": form, "address": address, "back": reverse("accounts:contact"), "title": _("Type the code"),
             "may_answer": address.channel == "sms"},
            status=422 if form.errors else 200,
        )

    return typed_code(request, here="accounts:contact_code", again=again, prove=prove, draw=draw)


@signed_in
@never_cache
@reauthentication_required
@sensitive_post_parameters("pin", "again")
def sms_pin(request: HttpRequest) -> HttpResponse:
    """The PIN with which staff decide by SMS; set only after the password once more, which also unlocks it."""
    if not request.access.is_staff:
        raise NotFound
    form = SmsPinForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            pins.set_sms_pin(user=request.user, pin=form.cleaned_data["pin"], now=timezone.now())
        except InvalidInput as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("Your PIN for SMS is set."))
            return redirect("accounts:profile")
    is_locked = SmsPin.objects.filter(user=request.user, locked_at__isnull=False).exists()
    return render(
        request, "accounts/sms_pin.html", {"form": form, "is_locked": is_locked}, status=422 if form.errors else 200
    )


@signed_in
def sms_pin_end(request: HttpRequest) -> HttpResponse:
    """No more deciding by SMS."""
    if request.method == "POST":
        pins.drop_sms_pin(user=request.user, now=timezone.now())
        messages.success(request, _("Nothing is decided by SMS any more."))
    return redirect("accounts:profile")


@signed_in
@never_cache
def sessions(request: HttpRequest) -> HttpResponse:
    """The browsers that are signed in to this account."""
    found = open_sessions(request.user, here=request.session.session_key, now=timezone.now())
    return render(request, "accounts/sessions.html", {"sessions": found})


@signed_in
def session_end(request: HttpRequest, name: str) -> HttpResponse:
    """Sign one of one's own browsers out."""
    if request.method == "POST":
        actions.end_session(name=name, user=request.user, now=timezone.now())
        messages.success(request, _("That device is signed out."))
    return redirect("accounts:sessions")


@signed_in
def elsewhere(request: HttpRequest) -> HttpResponse:
    """Sign out everywhere but here."""
    if request.method != "POST":
        return redirect("accounts:profile")
    changed = actions.end_other_sessions(user=request.user, now=timezone.now())
    update_session_auth_hash(request, changed)
    messages.success(request, _("All other devices are signed out."))
    return redirect("accounts:profile")


@signed_in
@never_cache
@reauthentication_required
def token(request: HttpRequest) -> HttpResponse:
    """A new API key, shown once; made only after the password once more."""
    form = TokenForm(posted(request))
    if request.method == "POST" and form.is_valid():
        secret = actions.new_token(request.user, form.cleaned_data["name"], timezone.now())
        return render(request, "accounts/token_made.html", {"secret": secret})
    return render(request, "accounts/token.html", {"form": form}, status=422 if form.errors else 200)


@signed_in
def token_end(request: HttpRequest, pk: int) -> HttpResponse:
    """End one of the person's own API keys."""
    if request.method != "POST":
        return redirect("accounts:profile")
    actions.end_token(token_id=pk, user=request.user, by=request.user, now=timezone.now())
    messages.success(request, _("The key is ended."))
    return redirect("accounts:profile")
