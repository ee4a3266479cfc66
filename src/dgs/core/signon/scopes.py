"""Scopes as data: what each lets an application read, in words; and the claims of one person for them, read fresh each time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from dgs.core.access.api import Access
from dgs.core.organisations import api as organisations
from dgs.core.parties import api as parties
from dgs.core.signon.models import Application
from dgs.kernel.protection import keyed_hash


@dataclass(frozen=True, kw_only=True)
class Scope:
    """What an application can ask for: its code, what a person is told, and the names of the claims."""

    code: str
    title: str | Promise
    about: str | Promise
    claims: tuple[str, ...]


OPENID, IDENTITY = "openid", "identity"
SCOPES = (
    Scope(code=OPENID, title=_("Identifier"), about=_("A number by which only this application knows you"),
          claims=("sub",)),
    Scope(code="profile", title=_("Name"), about=_("Your name and the language you chose"), claims=("name", "locale")),
    Scope(code="email", title=_("E-mail address"), about=_("The address you have confirmed"),
          claims=("email", "email_verified")),
    Scope(code="phone", title=_("Mobile number"), about=_("The number you have confirmed"),
          claims=("phone_number", "phone_number_verified")),
    Scope(code="staff", title=_("Roles"), about=_("The roles you hold today and in which offices"), claims=("roles",)),
    Scope(code=IDENTITY, title=_("NIK"), about=_("The number of your identity card; each reading is recorded"),
          claims=("nik",)),
)
BY_CODE = {scope.code: scope for scope in SCOPES}


def in_order(codes: Iterable[str]) -> list[str]:
    """The known ones of these scopes, in the order in which people are told of them, each once."""
    wanted = set(codes)
    return [scope.code for scope in SCOPES if scope.code in wanted]


def described(codes: Iterable[str]) -> list[Scope]:
    """The scopes with their words, in order."""
    return [BY_CODE[code] for code in in_order(codes)]


def subject(application: Application, user_id: int) -> str:
    """What this application calls a person: always the same, and nothing that two applications could compare."""
    return keyed_hash(f"{application.pk}:{user_id}", "signon.subject")[:40]


def claims(application: Application, user, scopes: Iterable[str], *, now: datetime) -> dict:
    """What the scopes say of the person today. Reading the NIK is chained in the audit, each time."""
    found: dict = {"sub": subject(application, user.pk)}
    asked = set(scopes) & set(application.scopes)
    if "profile" in asked:
        found |= {"name": user.name, "locale": user.language}
    if "email" in asked and user.email:
        found |= {"email": user.email, "email_verified": True}
    if "phone" in asked and user.phone:
        found |= {"phone_number": f"+{user.phone}", "phone_number_verified": True}
    if "staff" in asked:
        found["roles"] = _roles(user)
    if IDENTITY in asked and application.identity_basis:
        person = getattr(user.party, "person", None) if user.party_id else None
        if person is not None:
            purpose = f"{application.name}: {application.identity_basis}"
            found["nik"] = parties.nik_of(person, by=None, purpose=purpose, now=now)
    return found


def _roles(user) -> list[dict]:
    names = {office.pk: office.slug for office in organisations.offices()}
    return [
        {"role": held.role, "office": names.get(held.office_id), "region": held.region_code} for held in Access(user).grants
    ]
