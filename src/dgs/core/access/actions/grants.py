"""What changes grants: giving a role, agreeing to it as the second person, ending it.

Each is audited; nobody does it for themselves, nobody beyond their own scope.
"""

from __future__ import annotations

from datetime import date, datetime

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dgs.core.access.models import Grant, Role
from dgs.core.access.permissions import Permission
from dgs.core.access.queries import in_force
from dgs.core.access.scope import CITIZEN, Access
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


class NotWaiting(RuleBroken):
    """Somebody decided before, or nothing was to be decided."""

    code = "grant-not-waiting"
    sentence = _("This role does not wait for a decision any more.")


class SecondPerson(NotAllowed):
    """Who gave a role, and who is given it, cannot be the second person."""

    code = "grant-second-person"
    sentence = _("A second person decides: neither who gives the role nor who gets it.")


class GiftOfTheFirst(SecondPerson):
    """The second person may agree only because the first one made it so."""

    sentence = _("The person who asks for this gave you the right to agree to it. Somebody else decides.")


class LastKeeper(RuleBroken):
    """Nobody would be left who can give roles everywhere."""

    code = "grant-last-keeper"
    sentence = _("This is the last person who can give roles in all offices. Give that role to somebody else first.")


@transaction.atomic
def grant(
    *, user, role: str, by, now: datetime, office=None, region=None, valid_from: date | None = None,
    valid_to: date | None = None, reason: str = "", capacity: str = Grant.Capacity.OWN, letter_number: str = "",
    letter_on: date | None = None,
    stands_for: Grant | None = None,
) -> Grant:
    """Give a role for an office with those below it (None = all) and a region with those below it (None = all).

    `by` None is the system (loading, launcher). A sensitive role given by a person `waits` until a second person agrees. Refuses:
    a role to oneself, beyond the giver's own office and region, an unknown or closed role or citizen, an end before the start, a
    closed account, what the person already holds, and to act for somebody without a letter or, but for a Plt., without an end.
    """
    known = Role.objects.filter(code=role).first()
    if known is None or known.code == CITIZEN or known.is_closed:
        raise GrantInvalid({"role": [str(_("Choose a role from the list."))]})
    start = valid_from or timezone.localdate(now)
    if valid_to is not None and valid_to < start:
        raise GrantInvalid({"valid_to": [str(_("The last day lies before the first day."))]})
    _check_letter(capacity, letter_number, valid_to)
    check_giver(user=user, office_id=office.pk if office else None, region_code=region.code if region else None, by=by)
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
        reason=reason, capacity=capacity, letter_number=letter_number.strip(), letter_on=letter_on, stands_for=stands_for,
        waits=known.is_sensitive and by is not None,
    )
    audit.record(
        action="access.grant", by=by, subject=f"access.grant:{made.pk}", now=now, office=office.slug if office else "",
        facts={"user": holder.pk, "role": role, "office": office.slug if office else None,
               "region": region.code if region else None, "from": start.isoformat(),
               "to": valid_to.isoformat() if valid_to else None, "reason": reason, "waits": made.waits,
               **({"capacity": capacity, "letter": made.letter_number} if capacity != Grant.Capacity.OWN else {})},
    )
    return made


@transaction.atomic
def approve(*, grant: Grant, by, now: datetime) -> Grant:
    """Agree to a role that waits; refuses who gave it or gets it, beyond the approver's scope, and one that does not wait."""
    held = _waiting(grant, by)
    held.waits, held.approved_by, held.approved_at = False, by, now
    held.save(update_fields=["waits", "approved_by", "approved_at"])
    _told(held, "access.approve", by=by, now=now)
    return held


@transaction.atomic
def decline(*, grant: Grant, reason: str, by, now: datetime) -> Grant:
    """Refuse a role that waits, with the reason; the same refusals as `approve`."""
    held = _waiting(grant, by)
    if not reason.strip():
        raise GrantInvalid({"reason": [str(_("Write why."))]})
    held.ended_at, held.ended_by = now, by
    held.save(update_fields=["ended_at", "ended_by"])
    _told(held, "access.decline", by=by, now=now, reason=reason.strip()[:200])
    return held


@transaction.atomic
def revoke(*, grant: Grant, by, now: datetime, reason: str = "") -> Grant:
    """End a grant at once, with those that stand in for it; refuses one's own, one beyond the giver's scope, one that was ended
    before, and the last one with which roles can be given everywhere."""
    one_ending_at_a_time()
    held = _locked(grant)
    check_giver(user=held.user, office_id=held.office_id, region_code=held.region.code if held.region else None, by=by)
    return end(held, by=by, now=now, reason=reason)


def end(held: Grant, *, by, now: datetime, reason: str = "") -> Grant:
    """End a grant that is locked, whoever may; in the caller's transaction, which called `one_ending_at_a_time` first."""
    if held.ended_at is not None:
        raise GrantEnded
    _check_keeper_left(held)
    held.ended_at, held.ended_by = now, by
    held.save(update_fields=["ended_at", "ended_by"])
    _told(held, "access.revoke", by=by, now=now, reason=reason)
    for other in Grant.objects.select_for_update(of=("self",)).filter(stands_for=held, ended_at=None).order_by("pk"):
        end(_locked(other), by=by, now=now, reason=str(_("it stood in for another that ended")))
    return held


def one_ending_at_a_time() -> None:
    """Wait for whoever is ending grants, before any of them is locked: two who end each other's must not both be the last."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('access.ending', 4711))")


def _locked(grant: Grant) -> Grant:
    return Grant.objects.select_for_update(of=("self",)).select_related("user", "role", "office", "region").get(pk=grant.pk)


def _waiting(grant: Grant, by) -> Grant:
    held = _locked(grant)
    if held.ended_at is not None or not held.waits:
        raise NotWaiting
    if by.pk in (held.user_id, held.given_by_id):
        raise SecondPerson
    where = {"office_id": held.office_id, "region_code": held.region.code if held.region else None}
    if not Access(by).allows_at(Permission.APPROVE, **where):
        raise OutOfScope
    if not without_gifts_of(held.given_by_id, by=by).allows_at(Permission.APPROVE, **where):
        raise GiftOfTheFirst
    return held


def without_gifts_of(giver_id: int, *, by) -> Access:
    """What `by` may do without the roles that this giver alone gave them: who could make their own second person is only one."""
    access = Access(by)
    gifts = Grant.objects.filter(pk__in=[one.grant_id for one in access.grants], given_by=giver_id, approved_by=None)
    alone = set(gifts.values_list("pk", flat=True))
    access.grants = [one for one in access.grants if one.grant_id not in alone]
    return access


def _check_keeper_left(held: Grant) -> None:
    """Refuse to end the last grant by which somebody gives roles in every office."""
    if held.waits or held.region_id or Permission.GRANT not in held.role.permissions:
        return
    giving = Grant.objects.select_related("user").filter(
        in_force(), region=None, role__permissions__contains=[str(Permission.GRANT)]
    )
    by_user: dict[int, list[Grant]] = {}
    for one in giving.order_by("pk"):
        by_user.setdefault(one.user_id, []).append(one)
    tree, every = organisations.office_tree(), set(organisations.offices().values_list("pk", flat=True))

    def reach_all(grants: list[Grant]) -> bool:
        return any(one.office_id is None for one in grants) or every <= set().union(*(tree[one.office_id] for one in grants))

    own = by_user.pop(held.user_id, [])
    left = [one for one in own if one.pk != held.pk]
    others = [grants for grants in by_user.values() if grants[0].user.is_active]
    if reach_all(own) and not (held.user.is_active and reach_all(left)) and not any(map(reach_all, others)):
        raise LastKeeper


def _told(held: Grant, action: str, *, by, now: datetime, reason: str = "") -> None:
    audit.record(
        action=action, by=by, subject=f"access.grant:{held.pk}", now=now, office=held.office.slug if held.office else "",
        facts={"user": held.user_id, "role": held.role_id, **({"reason": reason} if reason else {})},
    )


def _check_letter(capacity: str, letter_number: str, valid_to: date | None) -> None:
    if capacity not in Grant.Capacity.values:
        raise GrantInvalid({"capacity": [str(_("Choose one from the list."))]})
    if capacity == Grant.Capacity.OWN:
        return
    if not letter_number.strip():
        raise GrantInvalid({"letter_number": [str(_("Who acts for another has a letter: write its number."))]})
    if valid_to is None and capacity != Grant.Capacity.PLT:
        raise GrantInvalid({"valid_to": [str(_("A deputy or a substitute for days needs a last day."))]})


def check_giver(*, user, office_id: int | None, region_code: str | None, by) -> None:
    """Refuse who may not give or end a role there; None, the system, may."""
    if by is None:
        return
    if by.pk == user.pk:
        raise SelfGrant
    if not Access(by).allows_at(Permission.GRANT, office_id=office_id, region_code=region_code):
        raise OutOfScope
