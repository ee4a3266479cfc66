"""Registration in steps, one topic a page; what is gathered waits sealed in the session until the last step."""

from __future__ import annotations

from datetime import date

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from dgs.core.accounts import registration
from dgs.core.accounts.adapters import client_address
from dgs.core.accounts.contact import Address
from dgs.core.accounts.external import link_identity
from dgs.core.accounts.forms import (
    AddressForm,
    BirthForm,
    ConsentForm,
    HomeForm,
    PasswordForm,
    PersonForm,
    posted,
)
from dgs.core.accounts.models import User
from dgs.core.accounts.oidc import provider_of
from dgs.core.accounts.pending import forget, recall, remember, remember_login
from dgs.core.accounts.throttle import TooManyAttempts, throttle
from dgs.core.accounts.views.external import SAID
from dgs.core.accounts.views.typing_code import typed_code
from dgs.core.parties import api as parties
from dgs.core.regions import api as regions
from dgs.kernel.errors import InvalidInput, RuleBroken
from dgs.kernel.guards import public

FLOW = "signup"
ORDER = ("contact", "code", "person", "birth", "home", "check", "password")


def titles() -> dict[str, str]:
    """The name of each step."""
    return {
        "contact": _("Contact"), "code": _("Code"), "person": _("Name and NIK"), "birth": _("Birth"),
        "home": _("Address"), "check": _("Check and agree"), "password": _("Your password"),
    }


def _address_of(step: str) -> str:
    return reverse("account_signup") if step == "contact" else reverse(f"accounts:signup_{step}")


def _due(state: dict) -> str:
    """The first step that is not done."""
    done = {
        "contact": "to" in state, "code": state.get("proved"), "person": "nik" in state, "birth": "birth_on" in state,
        "home": "region" in state, "check": state.get("consent"),
    }
    return next((step for step in ORDER if not done.get(step)), "password")


def _page(request: HttpRequest, step: str, state: dict, form, **more) -> HttpResponse:
    due = ORDER.index(_due(state))
    steps = [
        {"title": title, "state": "current" if name == step else "done" if ORDER.index(name) < due else "next",
         "url": _address_of(name) if 1 < ORDER.index(name) < due and name != step else ""}
        for name, title in titles().items()
    ]
    return render(
        request, f"accounts/signup_{step}.html",
        {"form": form, "steps": steps, "number": ORDER.index(step) + 1, "count": len(ORDER), "state": state, **more},
        status=422 if form.errors else 200,
    )


def _astray(request: HttpRequest, step: str, state: dict) -> HttpResponse | None:
    """Send who signed in home, and who skipped a step back to it; a proved address is not asked for again."""
    if request.user.is_authenticated:
        return redirect("portal:after_login")
    due = _due(state)
    if ORDER.index(step) > ORDER.index(due) or (state.get("proved") and step in {"contact", "code"}):
        return redirect(_address_of(due))
    return None


def _next_page(request: HttpRequest) -> str:
    wanted = request.GET.get("next", "")
    allowed = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if allowed and wanted.startswith("/") else ""


@public
@never_cache
def contact(request: HttpRequest) -> HttpResponse:
    """Step 1: the address to which the code goes. Starting again drops what was gathered."""
    if request.user.is_authenticated:
        return redirect("portal:after_login")
    state = recall(request, FLOW)
    form = AddressForm(posted(request), initial={"address": state.get("to", "")})
    if request.method == "POST" and form.is_valid():
        address = form.cleaned_data["address"]
        try:
            _send(request, address)
        except TooManyAttempts as refusal:
            form.add_error(None, str(refusal))
        else:
            remember(request, FLOW, {"channel": address.channel, "to": address.to,
                                     "next": _next_page(request) or state.get("next", "")})
            remember_login(request, address.to)
            return redirect("accounts:signup_code")
    return _page(request, "contact", {}, form)


def _send(request: HttpRequest, address: Address) -> None:
    now = timezone.now()
    throttle(kind="signup-from", key=client_address(request), limit=30, seconds=3600, now=now)
    registration.begin(address=address, language=get_language() or "id", now=now)


@public
@never_cache
def code(request: HttpRequest) -> HttpResponse:
    """Step 2: the code that was sent."""
    state = recall(request, FLOW)
    astray = _astray(request, "code", state)
    if astray:
        return astray
    address = Address(state["channel"], state["to"])

    def prove(typed: str) -> HttpResponse:
        registration.prove_address(address=address, typed=typed, now=timezone.now())
        request.session.cycle_key()
        remember(request, FLOW, {**state, "proved": True})
        return redirect("accounts:signup_person")

    return typed_code(
        request, here="accounts:signup_code", again=lambda: _send(request, address), prove=prove,
        draw=lambda form: _page(request, "code", state, form, address=address),
    )


@public
@never_cache
def person(request: HttpRequest) -> HttpResponse:
    """Step 3: name and NIK; the birth day and sex that the NIK holds are taken over."""
    state = recall(request, FLOW)
    astray = _astray(request, "person", state)
    if astray:
        return astray
    said = recall(request, SAID)
    form = PersonForm(
        posted(request),
        initial={"name": state.get("name") or said.get("name"), "nik": state.get("nik") or said.get("nik")},
    )
    if request.method == "POST" and form.is_valid():
        nik, now = form.cleaned_data["nik"], timezone.now()
        try:
            throttle(kind="signup-nik", key=state["to"], limit=10, seconds=3600, now=now)
            throttle(kind="signup-nik-from", key=client_address(request), limit=60, seconds=3600, now=now)
            registration.check_free(nik=nik, address=Address(state["channel"], state["to"]))
        except InvalidInput as refusal:
            form.refuse(refusal)
        except TooManyAttempts as refusal:
            form.add_error(None, str(refusal))
        else:
            if nik != state.get("nik"):
                facts = parties.check_nik(nik)
                for sentence in parties.nik_warnings(facts):
                    messages.warning(request, sentence)
                state = {**state, "suggested_on": facts.birth_on.isoformat(), "suggested_sex": facts.sex}
                state.pop("birth_on", None)
            remember(request, FLOW, {**state, "name": form.cleaned_data["name"], "nik": nik})
            return redirect("accounts:signup_birth")
    return _page(request, "person", state, form)


@public
@never_cache
def birth(request: HttpRequest) -> HttpResponse:
    """Step 4: place and day of birth, sex."""
    state = recall(request, FLOW)
    astray = _astray(request, "birth", state)
    if astray:
        return astray
    form = BirthForm(
        posted(request),
        initial={"birth_place": state.get("birth_place"),
                 "birth_on": state.get("birth_on") or recall(request, SAID).get("birth_on") or state["suggested_on"],
                 "sex": state.get("sex") or state["suggested_sex"]},
    )
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        remember(request, FLOW, {**state, "birth_place": given["birth_place"], "sex": given["sex"],
                                 "birth_on": given["birth_on"].isoformat()})
        return redirect("accounts:signup_home")
    return _page(request, "birth", state, form)


@public
@never_cache
def home(request: HttpRequest) -> HttpResponse:
    """Step 5: the address; the village is looked up by name, with or without JavaScript."""
    state = recall(request, FLOW)
    astray = _astray(request, "home", state)
    if astray:
        return astray
    form = HomeForm(
        posted(request),
        initial={"address": state.get("address"), "region": state.get("region"),
                 "region-text": state.get("region_label", "")},
    )
    if request.method == "POST" and form.is_valid():
        remember(request, FLOW, {**state, "address": form.cleaned_data["address"], "region": form.region.code,
                                 "region_label": form.region.path_label})
        return redirect("accounts:signup_check")
    return _page(request, "home", state, form)


@public
@never_cache
def check(request: HttpRequest) -> HttpResponse:
    """Step 6: everything on one page to check, and the consent."""
    state = recall(request, FLOW)
    astray = _astray(request, "check", state)
    if astray:
        return astray
    form = ConsentForm(posted(request))
    if request.method == "POST" and form.is_valid():
        remember(request, FLOW, {**state, "consent": True})
        return redirect("accounts:signup_password")
    return _page(
        request, "check", state, form, address=Address(state["channel"], state["to"]),
        masked_nik=parties.mask_nik(state["nik"]), born=date.fromisoformat(state["birth_on"]),
    )


@public
@never_cache
@sensitive_post_parameters("password")
def password(request: HttpRequest) -> HttpResponse:
    """Step 7: the password; then the account exists and the person is signed in."""
    state = recall(request, FLOW)
    astray = _astray(request, "password", state)
    if astray:
        return astray
    address = Address(state["channel"], state["to"])
    form = PasswordForm(posted(request), user=User(username=address.to, name=state["name"]))
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                user = registration.register_citizen(
                    address=address, citizen=_citizen(state), password=form.cleaned_data["password"],
                    consent=bool(state.get("consent")), language=get_language() or "id", now=timezone.now(),
                )
                _link(request, state, user)
        except RuleBroken as refusal:
            form.add_error(None, str(refusal))
        else:
            onward = state.get("next")
            forget(request, FLOW)
            forget(request, SAID)
            get_adapter(request).login(request, user)
            messages.success(request, _("Your account is ready. Welcome, %(name)s.") % {"name": user.name})
            return redirect(onward or "portal:after_login")
    return _page(request, "password", state, form)


def _link(request: HttpRequest, state: dict, user: User) -> None:
    """Link the outside identity the person came with, and note what it confirmed of what was registered.

    One that says another NIK or day of birth is somebody else's, who was at this browser before: it opens no account.
    """
    said = recall(request, SAID)
    if not said or any(said[one] != state.get(one) for one in ("nik", "birth_on") if said.get(one)):
        return
    made = link_identity(
        provider=provider_of(said["provider"]), claims=said, user=user, how="registration", now=timezone.now()
    )
    made.confirmed = " ".join(one for one in ("name", "nik", "birth_on") if said.get(one) and said[one] == state.get(one))
    made.save(update_fields=["confirmed"])


def _citizen(state: dict) -> registration.NewCitizen:
    return registration.NewCitizen(
        name=state["name"], nik=state["nik"], birth_place=state["birth_place"],
        birth_on=date.fromisoformat(state["birth_on"]), sex=state["sex"], address=state["address"],
        region=regions.by_code(state["region"]),
    )
