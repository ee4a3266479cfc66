"""What changes grants: giving a role, ending it; each audited, nobody for themselves, nobody beyond their own scope."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dgs.core.access.models import Grant, Role
from dgs.core.access.permissions import Permission
from dgs.core.access.scope import CITIZEN, Access
from dgs.core.accounts import api as accounts
from dgs.core.audit import api as audit
from dgs.core.organisations import api as organisations
from dgs.kernel.errors import InvalidInput, NotAllowed, RuleBroken


class SelfGrant(NotAllowed):
    """Nobody changes their own roles."""

    code = "self-grant"
    sentence = _("You cannot change your own roles. Ask another administrator.")


class OutOfScope(NotAllowed):
    """The giver does not hold the right to give roles there."""

    code = "grant-out-of-scope"
    sentence = _("You may give and end roles only in the offices you administer yourself.")


class AlreadyGranted(RuleBroken):
    """The person holds exactly this already."""

    code = "already-granted"
    sentence = _("%(name)s already holds this role for this office.")


class GrantEnded(RuleBroken):
    """The grant was ended before."""

    code = "grant-ended"
    sentence = _("This role was already ended.")


class GrantInvalid(InvalidInput):
    """The role or the dates cannot stand."""

    code = "grant-invalid"


@transaction.atomic
def grant(
    *, user, role: str, by, now, office=None, region=None, valid_from: date | None = None,
    valid_to: date | None = None, reason: str = "",
) -> Grant:
    """Give a role for an office with those below it (None = all) and a region with those below it (None = all).

    `by` None is the system (loading, launcher). Refuses: a role to oneself, beyond the giver's own office and region,
    an unknown role or citizen, an end before the start, a closed account, and what the person already holds.
    """
    known = Role.objects.filter(code=role).first()
    if known is None or known.code == CITIZEN:
        raise GrantInvalid({"role": [str(_("Choose a role from the list."))]})
    start = valid_from or timezone.localdate(now)
    if valid_to is not None and valid_to < start:
        raise GrantInvalid({"valid_to": [str(_("The last day lies before the first day."))]})
    _check_giver(user=user, office_id=office.pk if office else None, region_code=region.code if region else None, by=by)
    holder = type(user).objects.select_for_update().get(pk=user.pk)
    if not holder.is_active:
        raise GrantInvalid({"user": [str(_("This account is closed."))]})
    held = Grant.objects.filter(user=holder, role=known, office=office, region=region, ended_at=None).filter(
        Q(valid_to=None) | Q(valid_to__gte=start)
    )
    if valid_to is not None:
        held = held.filter(valid_from__lte=valid_to)
    if held.exists():
        raise AlreadyGranted(name=holder.name)
    made = Grant.objects.create(
        user=holder, role=known, office=office, region=region, valid_from=start, valid_to=valid_to, given_by=by,
        reason=reason,
    )
    audit.record(
        action="access.grant", by=by, subject=f"access.grant:{made.pk}", now=now, office=office.slug if office else "",
        facts={"user": holder.pk, "role": role, "office": office.slug if office else None,
               "region": region.code if region else None, "from": start.isoformat(),
               "to": valid_to.isoformat() if valid_to else None, "reason": reason},
    )
    return made


@transaction.atomic
def revoke(*, grant: Grant, by, now, reason: str = "") -> Grant:
    """End a grant at once; refuses one's own, one beyond the giver's scope, and one that was ended before."""
    held = Grant.objects.select_for_update(of=("self",)).select_related("user", "office", "region").get(pk=grant.pk)
    _check_giver(
        user=held.user, office_id=held.office_id, region_code=held.region.code if held.region else None, by=by
    )
    if held.ended_at is not None:
        raise GrantEnded
    held.ended_at = now
    held.ended_by = by
    held.save(update_fields=["ended_at", "ended_by"])
    audit.record(
        action="access.revoke", by=by, subject=f"access.grant:{held.pk}", now=now,
        office=held.office.slug if held.office else "",
        facts={"user": held.user_id, "role": held.role_id, "reason": reason},
    )
    return held


def _check_giver(*, user, office_id: int | None, region_code: str | None, by) -> None:
    if by is None:
        return
    if by.pk == user.pk:
        raise SelfGrant
    if not Access(by).allows_at(Permission.GRANT, office_id=office_id, region_code=region_code):
        raise OutOfScope


def on_staff_invited(event: accounts.StaffInvited) -> None:
    """Refuses an invitation to a role or office that the inviter could not give."""
    inviter = accounts.user_by_id(event.by)
    office = organisations.office_by_slug(event.office)
    role = Role.objects.filter(code=event.role, is_staff=True).first()
    if office is None or role is None:
        raise GrantInvalid({"office" if office is None else "role": [str(_("Choose one from the list."))]})
    if not Access(inviter).allows_at(Permission.GRANT, office_id=office.pk, region_code=None):
        raise OutOfScope


def on_staff_joined(event: accounts.StaffJoined) -> None:
    """Gives the role of an accepted invitation; the inviter must still be allowed to give it."""
    office = organisations.office_by_slug(event.office)
    if office is None:
        raise GrantInvalid({"office": [str(_("This office is closed."))]})
    grant(
        user=accounts.user_by_id(event.user_id), role=event.role, office=office, by=accounts.user_by_id(event.by),
        now=event.now, reason=f"invitation {event.invitation_id}",
    )


def on_demo_staff_made(event: accounts.DemoStaffMade) -> None:
    """Gives an invented member of staff their role, unless they hold it."""
    office = organisations.office_of_kind(event.scope)
    user = accounts.user_by_id(event.user_id)
    if not Grant.objects.filter(user=user, role_id=event.role, office=office, ended_at=None).exists():
        grant(user=user, role=event.role, office=office, by=None, now=event.now, reason="demo")
