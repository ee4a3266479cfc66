"""What follows here from what other rooms announce: invitations, demo people, staff who left."""

from __future__ import annotations

from django.utils.translation import gettext as _

from dgs.core.access.actions.grants import GrantInvalid, OutOfScope, end, grant, one_ending_at_a_time
from dgs.core.access.models import Grant, Role
from dgs.core.access.permissions import Permission
from dgs.core.access.scope import Access
from dgs.core.accounts import api as accounts
from dgs.core.organisations import api as organisations


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


def on_account_closed(event: accounts.AccountClosed) -> None:
    """All that a closed account holds ends; refuses when nobody would be left who can give roles."""
    one_ending_at_a_time()
    by = accounts.user_by_id(event.by) if event.by else None
    held = Grant.objects.select_for_update(of=("self",)).select_related("role", "office", "user")
    for one in held.filter(user=event.user_id, ended_at=None).order_by("pk"):
        # One may have ended a moment ago, with another that it stood in for.
        one.refresh_from_db(fields=["ended_at"])
        if one.ended_at is None:
            end(one, by=by, now=event.now, reason=_("the account was closed"))


def on_demo_staff_made(event: accounts.DemoStaffMade) -> None:
    """Gives an invented member of staff their role, unless they hold it."""
    office = organisations.office_of_kind(event.scope)
    user = accounts.user_by_id(event.user_id)
    if not Grant.objects.filter(user=user, role_id=event.role, office=office, ended_at=None).exists():
        grant(user=user, role=event.role, office=office, by=None, now=event.now, reason="demo")
