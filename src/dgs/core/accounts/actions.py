"""What changes accounts: creating, password, language, tokens; registration and invitations stand beside it."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from dgs.core.accounts.contact import normal_email, normal_phone
from dgs.core.accounts.events import AccountClosed
from dgs.core.accounts.models import ApiToken, Session, User
from dgs.core.accounts.queries import TOKEN_PURPOSE, session_name
from dgs.core.audit import api as audit
from dgs.kernel.errors import InvalidInput, NotFound, RuleBroken
from dgs.kernel.events import publish
from dgs.kernel.protection import keyed_hash


class AddressTaken(RuleBroken):
    """Another account signs in with this address. Never shown to somebody who has not proved to own the address."""

    code = "address-taken"
    sentence = _("Another account already uses this address.")


@transaction.atomic
def create_user(
    *, name: str, now: datetime, by=None, email: str = "", phone: str = "", password: str | None = None, party=None,
    nip: str = "", language: str = "id", is_demo: bool = False,
) -> User:
    """An account that signs in with its e-mail address or phone number.

    Refuses when both are missing or another account has one of them (AddressTaken). No password means that none
    opens the account. The password is taken as it is: who asks a person for one validates it first.
    """
    email = normal_email(email) if email else ""
    phone = normal_phone(phone) if phone else ""
    if not email and not phone:
        raise InvalidInput({"email": [str(_("An account needs an e-mail address or a mobile number."))]})
    try:
        with transaction.atomic():
            user = User.objects.create_user(
                username=email or phone, name=name.strip(), password=password, email=email or None,
                phone=phone or None, party=party, nip=nip, language=language, is_demo=is_demo,
            )
    except IntegrityError:
        raise AddressTaken
    audit.record(
        action="accounts.create_user", by=by or user, subject=f"accounts.user:{user.pk}", now=now,
        person=user.party_id, facts={"is_demo": is_demo, "with": "email" if email else "phone"},
    )
    return user


@transaction.atomic
def set_password(*, user: User, password: str, by, now: datetime, how: str) -> User:
    """Replace the password; sessions opened with the old one end. `how`: change, reset, invitation or launcher."""
    found = User.objects.select_for_update().get(pk=user.pk)
    found.set_password(password)
    found.save(update_fields=["password"])
    Session.objects.filter(user=found).delete()
    audit.record(
        action="accounts.set_password", by=by, subject=f"accounts.user:{found.pk}", now=now, facts={"how": how}
    )
    return found


@transaction.atomic
def set_language(*, user: User, language: str, now: datetime) -> User:
    """Choose the language in which the person is written to; refuses one that DGS does not speak."""
    if language not in dict(settings.LANGUAGES):
        raise InvalidInput({"language": [str(_("Choose one from the list."))]})
    user.language = language
    user.save(update_fields=["language"])
    audit.record(
        action="accounts.set_language", by=user, subject=f"accounts.user:{user.pk}", now=now,
        facts={"language": language},
    )
    return user


@transaction.atomic
def end_other_sessions(*, user: User, now: datetime) -> User:
    """End every session opened before; the caller renews its own."""
    found = User.objects.select_for_update().get(pk=user.pk)
    found.session_round += 1
    found.save(update_fields=["session_round"])
    Session.objects.filter(user=found).delete()
    audit.record(action="accounts.end_sessions", by=user, subject=f"accounts.user:{found.pk}", now=now)
    return found


@transaction.atomic
def end_session(*, name: str, user: User, now: datetime) -> None:
    """End one of the user's own sessions, by the name that its page gives it; its browser's next request is nobody's."""
    found = next((one for one in Session.objects.select_for_update().filter(user=user) if session_name(one) == name), None)
    if found is None:
        raise NotFound
    found.delete()
    audit.record(action="accounts.end_session", by=user, subject=f"accounts.user:{user.pk}", now=now,
                 facts={"agent": found.agent, "address": found.address})


@transaction.atomic
def close_account(*, user: User, by, now: datetime, reason: str = "") -> User:
    """Let an account no longer sign in; its rows stay. What it holds ends: rooms above hear of it, and may refuse."""
    found = User.objects.select_for_update().get(pk=user.pk)
    if not found.is_active:
        return found
    found.is_active = False
    found.session_round += 1
    found.save(update_fields=["is_active", "session_round"])
    ApiToken.objects.filter(user=found, revoked_at=None).update(revoked_at=now)
    Session.objects.filter(user=found).delete()
    audit.record(
        action="accounts.close_account", by=by, subject=f"accounts.user:{found.pk}", now=now, facts={"reason": reason}
    )
    publish(AccountClosed(user_id=found.pk, by=by.pk if by else None, reason=reason, now=now))
    return found


@transaction.atomic
def drop_second_step(*, user: User, by, now: datetime, reason: str) -> User:
    """Take off the app and the recovery codes of somebody who lost both, and end every open session."""
    found = User.objects.select_for_update().get(pk=user.pk)
    dropped, _by_kind = Authenticator.objects.filter(user=found).delete()
    found.session_round += 1
    found.save(update_fields=["session_round"])
    audit.record(
        action="accounts.drop_second_step", by=by, subject=f"accounts.user:{found.pk}", now=now,
        facts={"reason": reason, "dropped": dropped},
    )
    return found


@transaction.atomic
def new_token(user: User, name: str, now: datetime, *, by=None, days: int | None = 365) -> str:
    """A bearer token for the API, shown once; only its keyed hash is kept. `days` None never expires."""
    secret = "dgs_" + secrets.token_urlsafe(32)
    made = ApiToken.objects.create(
        user=user, name=name, token_hash=keyed_hash(secret, TOKEN_PURPOSE), created_at=now,
        expires_at=now + timedelta(days=days) if days else None,
    )
    audit.record(
        action="accounts.new_token", by=by or user, subject=f"accounts.apitoken:{made.pk}", now=now,
        facts={"user": user.pk, "name": name},
    )
    return secret


@transaction.atomic
def end_token(*, token_id: int, user: User, by, now: datetime) -> None:
    """End one of the user's tokens; refuses another's as not found."""
    found = ApiToken.objects.select_for_update().filter(pk=token_id, user=user).first()
    if found is None:
        raise NotFound
    if found.revoked_at is None:
        found.revoked_at = now
        found.save(update_fields=["revoked_at"])
        audit.record(action="accounts.end_token", by=by, subject=f"accounts.apitoken:{found.pk}", now=now)
