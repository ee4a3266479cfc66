"""Answers about accounts: by id, by what a person types to sign in, contact, token; it changes only when a token was last used."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from dgs.core.accounts.contact import AddressInvalid, normal_address
from dgs.core.accounts.models import ApiToken, User
from dgs.kernel.protection import keyed_hash

TOKEN_PURPOSE = "api-token"  # noqa: S105 - a name, not a secret


@dataclass(frozen=True, kw_only=True)
class Contact:
    """Where an account is told things: e-mail and phone (62…) may be empty."""

    name: str
    email: str
    phone: str
    language: str
    party_id: int | None


def user_by_id(pk: int) -> User:
    """The account of that number; it must exist."""
    return User.objects.get(pk=pk)


def user_by_login(typed: str) -> User | None:
    """The account that a typed e-mail address or phone number belongs to, closed accounts included; or None."""
    try:
        to = normal_address(typed).to
    except AddressInvalid:
        to = typed.strip().lower()
    return User.objects.filter(Q(username=to) | Q(email=to) | Q(phone=to)).order_by("pk").first()


def contact_of(user: User) -> Contact:
    """Where to tell this person; of the account, else of the person's record."""
    party = user.party
    return Contact(
        name=user.name,
        email=user.email or (party.email if party else "") or "",
        phone=user.phone or (party.phone if party else "") or "",
        language=user.language,
        party_id=user.party_id,
    )


def user_of_token(token: str, now: datetime | None = None) -> User | None:
    """The open account of a bearer token that is neither ended nor expired; or None."""
    now = now or timezone.now()
    found = (
        ApiToken.objects.filter(token_hash=keyed_hash(token, TOKEN_PURPOSE), revoked_at=None, user__is_active=True)
        .filter(Q(expires_at=None) | Q(expires_at__gt=now))
        .select_related("user")
        .first()
    )
    if found is None:
        return None
    if found.last_used_at is None or found.last_used_at < now - timedelta(minutes=1):
        ApiToken.objects.filter(pk=found.pk).update(last_used_at=now)
    return found.user
