"""The pages of signing in with a one-time code; what it proves is in by_code, a second step follows where there is one."""

from __future__ import annotations

from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from dgs.core.accounts.by_code import begin_sign_in, prove_sign_in
from dgs.core.accounts.contact import Address
from dgs.core.accounts.forms import AddressForm, posted
from dgs.core.accounts.pending import forget, recall, remember, typed_login
from dgs.core.accounts.throttle import TooManyAttempts, client_address, throttle
from dgs.core.accounts.views.typing_code import typed_code
from dgs.kernel.guards import public

FLOW = "code-sign-in"


def wanted_page(request: HttpRequest) -> str:
    """The page of this site that somebody wanted before signing in; empty when there is none."""
    wanted = request.POST.get("next") or request.GET.get("next", "")
    allowed = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if allowed and wanted.startswith("/") else ""


@public
@never_cache
def by_code(request: HttpRequest) -> HttpResponse:
    """Where shall the code go? Answers the same whether or not an account has the address."""
    if request.user.is_authenticated:
        return redirect("portal:after_login")
    form = AddressForm(posted(request), initial={"address": typed_login(request)})
    if request.method == "POST" and form.is_valid():
        address = form.cleaned_data["address"]
        try:
            _send(request, address)
        except TooManyAttempts as refusal:
            form.add_error(None, str(refusal))
        else:
            remember(request, FLOW, {"channel": address.channel, "to": address.to, "next": wanted_page(request)})
            return redirect("accounts:by_code_typed")
    return render(
        request, "accounts/by_code.html", {"form": form, "next": wanted_page(request)}, status=422 if form.errors else 200
    )


def _send(request: HttpRequest, address: Address) -> None:
    now = timezone.now()
    throttle(kind="sign-in-code-from", key=client_address(request), limit=30, seconds=3600, now=now)
    begin_sign_in(address=address, language=get_language() or "id", now=now)


@public
@never_cache
def by_code_typed(request: HttpRequest) -> HttpResponse:
    """The code that was sent; the right one signs in, or leads to the second step of an account that has one."""
    state = recall(request, FLOW)
    if not state:
        return redirect("accounts:by_code")
    address = Address(state["channel"], state["to"])

    def prove(typed: str) -> HttpResponse:
        now = timezone.now()
        throttle(kind="sign-in-code-typed-from", key=client_address(request), limit=60, seconds=300, now=now)
        user = prove_sign_in(address=address, typed=typed, now=now)
        forget(request, FLOW)
        request.session.cycle_key()
        request.session.set_expiry(0)  # ends with the browser, as after a password without "stay signed in"
        record_authentication(request, user, method="code")
        return perform_login(request, Login(user=user, redirect_url=state.get("next") or None))

    def draw(form) -> HttpResponse:
        return render(
            request, "accounts/code.html",
            {"form": form, "address": address, "back": reverse("accounts:by_code"), "title": _("Type the code"),
             "is_reset": True},
            status=422 if form.errors else 200,
        )

    return typed_code(
        request, here="accounts:by_code_typed", again=lambda: _send(request, address), prove=prove, draw=draw
    )
