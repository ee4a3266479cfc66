"""Whom an outside identity signs in, linking and unlinking it; how it is proved is in oidc.

An e-mail address never links: who can write to a mailbox at the provider need not be the owner of the account here.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from allauth.mfa.models import Authenticator
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from dgs.core.accounts.models import ExternalIdentity, User
from dgs.core.accounts.oidc import Provider
from dgs.core.audit import api as audit
from dgs.core.parties import api as parties
from dgs.kernel.errors import InvalidInput, NotFound, RuleBroken


class IdentityTaken(RuleBroken):
    """The outside identity belongs to another account, or the account has another one of this provider."""

    code = "identity-taken"
    sentence = _("This identity cannot be linked: it is linked to another account, or yours has another one already.")


class LastWayIn(RuleBroken):
    """Without a password, a passkey and a confirmed address nothing else would open the account."""

    code = "last-way-in"
    sentence = _("This is the only way to sign in to your account. Set a password or add a passkey first.")


def nik_of(provider: Provider, claims: dict[str, Any]) -> str:
    """The NIK the provider vouches for; empty when it is not trusted for that, or what it says is none."""
    if not provider.nik_claim or not provider.is_trusted_for_nik:
        return ""
    try:
        return parties.check_nik(str(claims.get(provider.nik_claim, ""))).nik
    except InvalidInput:
        return ""


@transaction.atomic
def whose_identity(*, provider: Provider, claims: dict[str, Any], now: datetime) -> User | None:
    """The open account this identity signs in: the linked one, else that of the NIK a trusted provider names; or None."""
    found = (
        ExternalIdentity.objects.select_for_update(of=("self",)).select_related("user")
        .filter(provider=provider.slug, subject=claims["sub"]).first()
    )
    if found is not None:
        found.used_at = now
        found.save(update_fields=["used_at"])
        return found.user if found.user.is_active else None
    nik = nik_of(provider, claims)
    person = parties.person_by_nik(nik) if nik else None
    user = User.objects.filter(party_id=person.pk, is_active=True).first() if person else None
    if user is not None:
        link_identity(provider=provider, claims=claims, user=user, how="nik", now=now)
    return user


def is_closed(*, provider: Provider, claims: dict[str, Any]) -> bool:
    """Whether the identity belongs to an account that is closed: it neither signs in nor registers anew."""
    return ExternalIdentity.objects.filter(provider=provider.slug, subject=claims["sub"]).exists()


def link_identity(*, provider: Provider, claims: dict[str, Any], user: User, how: str, now: datetime) -> ExternalIdentity:
    """Link; the same again changes nothing. Refuses (IdentityTaken). `how`: person, nik or registration."""
    try:
        with transaction.atomic():
            made, is_new = ExternalIdentity.objects.get_or_create(
                provider=provider.slug, subject=claims["sub"], defaults={"user": user, "linked_at": now, "used_at": now}
            )
            if made.user_id != user.pk:
                raise IdentityTaken
            if is_new:
                audit.record(action="accounts.link_identity", by=user, subject=f"accounts.user:{user.pk}", now=now,
                             person=user.party_id, facts={"provider": provider.slug, "how": how})
    except IntegrityError:
        raise IdentityTaken
    return made


@transaction.atomic
def unlink_identity(*, slug: str, user: User, now: datetime) -> None:
    """Take the link off; refuses (LastWayIn) when nothing else opens the account."""
    owner = User.objects.select_for_update().get(pk=user.pk)
    found = ExternalIdentity.objects.select_for_update().filter(provider=slug, user=owner).first()
    if found is None:
        raise NotFound
    found.delete()
    has_passkey = Authenticator.objects.filter(user=owner, type=Authenticator.Type.WEBAUTHN).exists()
    others = ExternalIdentity.objects.filter(user=owner).exists()
    if not (owner.has_usable_password() or owner.email or owner.phone or has_passkey or others):
        raise LastWayIn
    audit.record(action="accounts.unlink_identity", by=user, subject=f"accounts.user:{user.pk}", now=now,
                 facts={"provider": slug})
