"""Answers about accounts: who has an address or token, contact, staff; it notes only when a token was used."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from allauth.mfa.models import Authenticator
from django.db.models import Prefetch, Q, QuerySet
from django.utils import timezone

from dgs.core.accounts.browsers import named
from dgs.core.accounts.contact import Address, AddressInvalid, normal_address
from dgs.core.accounts.models import ApiToken, Invitation, Session, User
from dgs.core.accounts.oidc import Provider, providers
from dgs.core.parties import api as parties
from dgs.kernel.manifest import Reachable
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


def user_by_contact(address: Address) -> User | None:
    """The account that has confirmed this address, closed accounts included; or None."""
    return User.objects.filter(**{"email" if address.channel == "email" else "phone": address.to}).first()


def session_name(session: Session) -> str:
    """What a page calls a session: its key would open it."""
    return keyed_hash(session.session_key, "session-name")[:20]


@dataclass(frozen=True, kw_only=True)
class OpenSession:
    """A browser that is signed in, as its owner sees it."""

    name: str
    browser: str
    address: str
    opened_at: datetime | None
    seen_at: datetime | None
    is_this: bool


def open_sessions(user: User, *, here: str, now: datetime) -> list[OpenSession]:
    """The account's sessions that have not ended, this one (by its key) first, then the one in use last."""
    found = Session.objects.filter(user=user, expire_date__gt=now).defer("session_data").order_by("-seen_at", "session_key")
    shown = [
        OpenSession(name=session_name(one), browser=named(one.agent), address=one.address, opened_at=one.opened_at,
                    seen_at=one.seen_at, is_this=one.session_key == here)
        for one in found[:100]
    ]
    return sorted(shown, key=lambda one: not one.is_this)


def linked_providers(user: User) -> list[tuple[Provider, bool]]:
    """The outside identity providers that are set up, each with whether the account is linked to it."""
    known = providers()
    linked = set(user.external_identities.values_list("provider", flat=True)) if known else set()
    return [(one, one.slug in linked) for one in known]


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


def own_masked_nik(user: User) -> str:
    """The person's NIK masked for their own page; empty without a person's record."""
    if user.party_id is None or not hasattr(user.party, "person"):
        return ""
    return parties.masked_nik_of(user.party.person)


def staff(offices: set[int] | None, text: str = "") -> QuerySet[User]:
    """The accounts that hold or held a role in these offices (None = any), by name; `text` is looked for in names."""
    found = User.objects.filter(grants__isnull=False)
    if offices is not None:
        found = found.filter(grants__office__in=offices)
    if text:
        found = found.filter(Q(name__icontains=text) | Q(email__icontains=text) | Q(nip__startswith=text))
    return found.distinct().order_by("name", "pk").prefetch_related(
        Prefetch("grants", queryset=_grants_now(), to_attr="grants_now")
    )


def _grants_now():
    today = timezone.localdate()
    return (
        User.grants.rel.related_model.objects.filter(Q(valid_to=None) | Q(valid_to__gte=today), ended_at=None)
        .select_related("role", "office")
        .order_by("role__order", "id")
    )


def open_invitations(slugs: list[str] | None, now: datetime) -> QuerySet[Invitation]:
    """Invitations that still wait, newest first; of these offices only (None = any)."""
    found = Invitation.objects.filter(accepted_at=None, withdrawn_at=None, expires_at__gt=now)
    if slugs is not None:
        found = found.filter(office__in=slugs)
    return found.select_related("invited_by").order_by("-created_at")


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


def has_second_step(user: User) -> bool:
    """Whether the account has an app or a passkey, one of which is asked for after the password."""
    kinds = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
    return Authenticator.objects.filter(user_id=user.pk, type__in=kinds).exists()


def whose(address: str) -> Reachable | None:
    """The open account for which this telephone number (62…) or e-mail address was confirmed."""
    by = {"email": address.lower()} if "@" in address else {"phone": address}
    found = User.objects.filter(is_active=True, **by).first()
    return _as_reachable(found) if found else None


def reachable(user_ids: Iterable[int], party_ids: Iterable[int]) -> list[Reachable]:
    """Where the open accounts with these numbers, or of these persons, are told things: at what they have confirmed only."""
    wanted = Q(pk__in=list(user_ids)) | Q(party__in=list(party_ids))
    return [_as_reachable(one) for one in User.objects.filter(wanted, is_active=True).order_by("pk")]


def _as_reachable(one: User) -> Reachable:
    return Reachable(
        user_id=one.pk, party_id=one.party_id, name=one.name, language=one.language, email=one.email or "", phone=one.phone or ""
    )
