"""Passkeys: what is checked beyond allauth (origin, counter), adding, renaming and removing them; the pages are in views."""

from __future__ import annotations

import struct
from datetime import datetime
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from allauth.mfa.base.internal.flows import delete_dangling_recovery_codes
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from fido2.webauthn import AuthenticationResponse, RegistrationResponse

from dgs.core.accounts.events import SecondStepEnding
from dgs.core.accounts.models import User
from dgs.core.audit import api as audit
from dgs.kernel import events
from dgs.kernel.errors import InvalidInput, NotFound, RuleBroken

MOST = 10
BROKEN = (TypeError, ValueError, KeyError, AttributeError, IndexError, struct.error)


class PasskeyRefused(InvalidInput):
    """Made for another address, used before, unknown, or not signed by the passkey."""

    code = "passkey-refused"
    sentence = _("The passkey was not accepted. Try again, or sign in another way.")


class TooManyPasskeys(RuleBroken):
    """An account has at most `MOST` passkeys."""

    code = "too-many-passkeys"
    sentence = _("An account can have ten passkeys. Remove one that you no longer use first.")


def site_host() -> str:
    """The host that passkeys are made for: that of DGS_BASE_URL, whatever a proxy says."""
    return urlsplit(settings.BASE_URL).hostname or ""


def are_passkeys_possible() -> bool:
    """Browsers make passkeys for names only, not for numbers such as 127.0.0.1."""
    try:
        ip_address(site_host())
    except ValueError:
        return True
    return False


def read_assertion(credential: Any) -> AuthenticationResponse:
    """What a browser answered with an existing passkey; refuses what is not one or was made at another origin."""
    try:
        found = AuthenticationResponse.from_dict(credential)
        origin = found.response.client_data.origin
    except BROKEN:
        raise PasskeyRefused
    _check_origin(origin)
    return found


def read_registration(credential: Any) -> RegistrationResponse:
    """What a browser answered with a new passkey; refuses what is not one or was made at another origin."""
    try:
        found = RegistrationResponse.from_dict(credential)
        origin, data = found.response.client_data.origin, found.response.attestation_object.auth_data
        has_key = data.credential_data is not None
    except BROKEN:
        raise PasskeyRefused
    if not has_key:
        raise PasskeyRefused
    _check_origin(origin)
    return found


def _check_origin(origin: str) -> None:
    parts = urlsplit(settings.BASE_URL)
    if origin != f"{parts.scheme}://{parts.netloc}":
        raise PasskeyRefused


def check_counter(*, passkey_id: int, counter: int, now: datetime) -> None:
    """Keep the passkey's counter; refuse, and write down, one that has not gone up: then there is a copy of the passkey.

    A passkey that never counts says 0 each time (WebAuthn level 2, 7.2 step 21).
    """
    with transaction.atomic():
        found = Authenticator.objects.select_for_update().get(pk=passkey_id)
        known = found.data.get("sign_count")
        if known is None:
            known = found.wrap().authenticator_data.counter
        is_copied = (counter or known) and counter <= known
        if not is_copied:
            found.data["sign_count"] = counter
            found.save(update_fields=["data"])
        else:
            audit.record(
                action="accounts.passkey_copied", by=None, subject=f"accounts.user:{found.user_id}", now=now,
                facts={"passkey": found.pk, "known": known, "counter": counter},
            )
    if is_copied:
        raise PasskeyRefused


def passkeys_of(user: User) -> list[Authenticator]:
    """The passkeys of an account, oldest first."""
    return list(Authenticator.objects.filter(user_id=user.pk, type=Authenticator.Type.WEBAUTHN).order_by("pk"))


def check_room(*, user: User) -> None:
    """Refuse (TooManyPasskeys) one more passkey than an account can have; call it in the transaction that adds it."""
    User.objects.select_for_update().get(pk=user.pk)
    if Authenticator.objects.filter(user_id=user.pk, type=Authenticator.Type.WEBAUTHN).count() >= MOST:
        raise TooManyPasskeys


def _own(passkey_id: int, user: User) -> Authenticator:
    found = (
        Authenticator.objects.select_for_update()
        .filter(pk=passkey_id, user_id=user.pk, type=Authenticator.Type.WEBAUTHN)
        .first()
    )
    if found is None:
        raise NotFound
    return found


@transaction.atomic
def rename_passkey(*, passkey_id: int, user: User, name: str, now: datetime) -> None:
    """Call one's own passkey something else; another's is not found."""
    found = _own(passkey_id, user)
    found.data["name"] = name
    found.save(update_fields=["data"])
    audit.record(action="accounts.rename_passkey", by=user, subject=f"accounts.user:{user.pk}", now=now,
                 facts={"passkey": found.pk})


@transaction.atomic
def remove_passkey(*, passkey_id: int, user: User, now: datetime) -> None:
    """Take off one's own passkey; another's is not found. The last second step stays while a role asks for one."""
    User.objects.select_for_update().get(pk=user.pk)
    found = _own(passkey_id, user)
    found.delete()
    delete_dangling_recovery_codes(user)
    audit.record(action="accounts.remove_passkey", by=user, subject=f"accounts.user:{user.pk}", now=now,
                 facts={"passkey": passkey_id})
    events.publish(SecondStepEnding(user_id=user.pk))
