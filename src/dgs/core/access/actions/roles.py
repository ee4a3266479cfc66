"""What changes roles: the region's own ones by two people, and what it decides of each; those of the release come with it."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from dgs.core.access.actions.grants import GiftOfTheFirst, GrantInvalid, NotWaiting, OutOfScope, SecondPerson, without_gifts_of
from dgs.core.access.models import Role, RoleChange
from dgs.core.access.permissions import Permission
from dgs.core.access.scope import CITIZEN, Access
from dgs.core.audit import api as audit
from dgs.kernel import registry
from dgs.kernel.errors import NotFound, RuleBroken

OWN = "own-"
TEXTS = ("title", "title_en", "about", "about_en")
SWITCHES = ("is_sensitive", "asks_second_step", "is_closed")


class RoleOfRelease(RuleBroken):
    """The permissions of a role of the release are not the region's to change."""

    code = "role-of-release"
    sentence = _("This role comes with the software: what it may do is renewed with each version. Make a copy and change that.")


class ChangeWaits(RuleBroken):
    """Another change of the same role waits."""

    code = "role-change-waits"
    sentence = _("A change of this role already waits for a second person. Decide that first.")


class NothingChanges(RuleBroken):
    """It is so already."""

    code = "role-unchanged"
    sentence = _("Nothing would change.")


@transaction.atomic
def propose_role(*, code: str, wanted: dict[str, Any], reason: str, by, now: datetime) -> RoleChange:
    """Ask for a new role of the region (`code` empty) or a change of one; it waits for a second person.

    `wanted` holds title, title_en, about, about_en, permissions (codes) and the switches is_sensitive, asks_second_step and
    is_closed. Of a role of the release only the switches can be changed. Refuses unknown permissions, an empty title or reason,
    and who may not manage roles in all offices.
    """
    _check_everywhere(by, Permission.MANAGE_ROLES)
    role = Role.objects.select_for_update().filter(code=code).exclude(code=CITIZEN).first() if code else None
    if code and role is None:
        raise NotFound
    wanted = _clean(wanted)
    if not reason.strip():
        raise GrantInvalid({"reason": [str(_("Write why."))]})
    before = as_data(role) if role else None
    if before is not None:
        if not role.is_own and any(wanted[name] != before[name] for name in (*TEXTS, "permissions")):
            raise RoleOfRelease
        if wanted == before:
            raise NothingChanges
    code = code or _new_code(wanted["title"])
    try:
        with transaction.atomic():
            made = RoleChange.objects.create(
                role_code=code, wanted=wanted, before=before, reason=reason.strip()[:300], proposed_by=by, proposed_at=now
            )
    except IntegrityError as error:
        raise ChangeWaits from error
    audit.record(
        action="access.propose_role", by=by, subject=f"access.rolechange:{made.pk}", now=now,
        facts={"role": code, "reason": made.reason, **_difference(before, wanted)},
    )
    return made


@transaction.atomic
def decide_role(*, change_id: int, is_agreed: bool, answer: str = "", by, now: datetime) -> RoleChange:
    """Agree to a change of a role, which makes it so at once for everybody who holds it, or refuse it with the reason.

    Refuses who proposed it, who may not agree in all offices, what was decided before, and when the role was changed meanwhile.
    """
    change = RoleChange.objects.select_for_update().filter(pk=change_id).first()
    if change is None:
        raise NotFound
    if change.decided_at is not None:
        raise NotWaiting
    if change.proposed_by_id == by.pk:
        raise SecondPerson
    _check_everywhere(by, Permission.APPROVE)
    if without_gifts_of(change.proposed_by_id, by=by).offices_everywhere(Permission.APPROVE) is not None:
        raise GiftOfTheFirst
    if not is_agreed and not answer.strip():
        raise GrantInvalid({"answer": [str(_("Write why."))]})
    if is_agreed:
        role = Role.objects.select_for_update().filter(code=change.role_code).first()
        if (as_data(role) if role else None) != change.before:
            raise RuleBroken(_("The role was changed since. Refuse this and propose it anew."))
        role = role or Role(code=change.role_code, is_own=True, is_staff=True, order=60)
        for name, value in _clean(change.wanted).items():
            setattr(role, name, value)
        role.save()
    change.decided_by, change.decided_at, change.is_agreed, change.answer = by, now, is_agreed, answer.strip()[:300]
    change.save(update_fields=["decided_by", "decided_at", "is_agreed", "answer"])
    audit.record(
        action="access.agree_role" if is_agreed else "access.refuse_role", by=by, now=now,
        subject=f"access.rolechange:{change.pk}",
        facts={"role": change.role_code, **_difference(change.before, change.wanted)},
    )
    return change


def as_data(role: Role) -> dict[str, Any]:
    """All of a role that can be proposed, as `wanted` holds it."""
    return {name: getattr(role, name) for name in (*TEXTS, *SWITCHES)} | {"permissions": sorted(role.permissions)}


def _clean(wanted: dict[str, Any]) -> dict[str, Any]:
    known = registry.permissions()
    chosen = sorted({str(code) for code in wanted.get("permissions", ())})
    found = {name: " ".join(str(wanted.get(name, "")).split())[: 300 if name.startswith("about") else 80] for name in TEXTS}
    if not found["title"]:
        raise GrantInvalid({"title": [str(_("Write what the role is called."))]})
    if unknown := [code for code in chosen if code not in known]:
        raise GrantInvalid({"permissions": [str(_("There is no permission %(code)s.") % {"code": unknown[0][:80]})]})
    return found | {name: bool(wanted.get(name)) for name in SWITCHES} | {"permissions": chosen}


def _new_code(title: str) -> str:
    code = (OWN + re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-"))[:40].rstrip("-")
    taken = set(Role.objects.filter(code__startswith=code[:36]).values_list("code", flat=True))
    return next(one for one in (code, *(f"{code[:36]}-{n}" for n in range(2, 1000))) if one not in taken)


def _difference(before: dict | None, wanted: dict) -> dict[str, list[str]]:
    old, new = set(before["permissions"] if before else ()), set(wanted["permissions"])
    return {"added": sorted(new - old), "removed": sorted(old - new)}


def _check_everywhere(by, permission: str) -> None:
    """A role counts in every office, so that who may change it must be entitled in all of them."""
    if Access(by).offices_everywhere(permission) is not None:
        raise OutOfScope(_("A role counts in all offices: only who is entitled in all of them may do this."))
