"""Inviting staff by a secret link and accepting it once; the role itself is given by the access room, which listens."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from dgs.core.accounts.actions import create_user
from dgs.core.accounts.contact import normal_email
from dgs.core.accounts.events import StaffInvited, StaffJoined
from dgs.core.accounts.models import Invitation, User
from dgs.core.accounts.queries import user_by_login
from dgs.core.audit import api as audit
from dgs.core.messaging import api as messaging
from dgs.kernel.errors import NotAllowed, RuleBroken
from dgs.kernel.events import publish
from dgs.kernel.protection import keyed_hash

VALID = timedelta(days=7)


class InvitationGone(RuleBroken):
    """No open invitation has this link: unknown, used, withdrawn or too old; the answer is the same."""

    code = "invitation-gone"
    status = 410
    sentence = gettext_lazy("This link is no longer valid. Ask for a new one.")


class InvitationForAnother(NotAllowed):
    """Somebody else is signed in than the one who was invited."""

    code = "invitation-for-another"
    sentence = gettext_lazy("This invitation is for another account. Sign out and open the link again.")


@transaction.atomic
def invite_staff(
    *, email: str, name: str, role: str, office: str, by: User, now: datetime, role_title: str = "",
    office_name: str = "",
) -> Invitation:
    """Invite somebody to a role (code) in an office (slug) by e-mail, for seven days.

    The access room refuses what the inviter could not give themselves. An earlier open invitation of the same
    address to the same role and office is withdrawn: only the newest link opens.
    """
    email = normal_email(email)
    token = secrets.token_urlsafe(32)
    Invitation.objects.filter(
        email=email, role=role, office=office, accepted_at=None, withdrawn_at=None
    ).update(withdrawn_at=now)
    made = Invitation.objects.create(
        email=email, name=name.strip(), role=role, office=office, role_title=role_title or role,
        office_name=office_name or office, token_hash=keyed_hash(token, "invitation"), invited_by=by, created_at=now,
        expires_at=now + VALID,
    )
    publish(StaffInvited(invitation_id=made.pk, role=role, office=office, by=by.pk, now=now))
    link = settings.BASE_URL + reverse("accounts:invitation", args=[token])
    with override("id"):
        messaging.say(
            key=f"invitation:{made.pk}", channel="email", to=email, now=now, is_secret=True,
            about=f"accounts.invitation:{made.pk}", office=office,
            subject=_("You are invited to work with the service desk"),
            body=_("Dear %(name)s,\n\n%(by)s invites you as %(role)s at %(office)s. Open this link within 7 days to "
                   "make your account. It works once; do not pass it on.\n\n%(link)s")
            % {"name": made.name, "by": by.name, "role": made.role_title, "office": made.office_name, "link": link},
        )
    audit.record(
        action="accounts.invite_staff", by=by, subject=f"accounts.invitation:{made.pk}", now=now, office=office,
        facts={"role": role},
    )
    return made


def open_invitation(*, token: str, now: datetime) -> Invitation:
    """The invitation that a link opens; refuses with InvitationGone."""
    found = Invitation.objects.filter(token_hash=keyed_hash(token, "invitation")).select_related("invited_by").first()
    if found is None or not _is_open(found, now):
        raise InvitationGone
    return found


def _is_open(invitation: Invitation, now: datetime) -> bool:
    return (
        invitation.accepted_at is None
        and invitation.withdrawn_at is None
        and invitation.expires_at > now
        and invitation.invited_by.is_active
    )


@transaction.atomic
def accept_invitation(*, token: str, password: str | None, user: User | None, now: datetime) -> User:
    """Join: make the account with the password the person chose, or take the role into the account that has the e-mail.

    `user` is who is signed in. Works once; of two at the same time one is accepted. Refuses with InvitationGone, with
    InvitationForAnother when the address has an account that is not the signed-in one, and as giving the role refuses.
    """
    found = (
        Invitation.objects.select_for_update(of=("self",))
        .select_related("invited_by")
        .filter(token_hash=keyed_hash(token, "invitation"))
        .first()
    )
    if found is None or not _is_open(found, now):
        raise InvitationGone
    holder = user_by_login(found.email)
    if holder is not None and (user is None or user.pk != holder.pk):
        raise InvitationForAnother
    if holder is None:
        if user is not None:
            raise InvitationForAnother
        if not password:
            raise ValueError("a new account needs a password")
        holder = create_user(name=found.name, email=found.email, password=password, now=now)
    found.accepted_at = now
    found.user = holder
    found.save(update_fields=["accepted_at", "user"])
    audit.record(
        action="accounts.accept_invitation", by=holder, subject=f"accounts.invitation:{found.pk}", now=now,
        office=found.office, facts={"role": found.role},
    )
    publish(
        StaffJoined(
            invitation_id=found.pk, user_id=holder.pk, role=found.role, office=found.office, by=found.invited_by_id,
            now=now,
        )
    )
    return holder


@transaction.atomic
def withdraw_invitation(*, invitation: Invitation, by: User, now: datetime) -> Invitation:
    """Let the link open no more; refuses (InvitationGone) one that was accepted or withdrawn."""
    found = Invitation.objects.select_for_update().get(pk=invitation.pk)
    if found.accepted_at or found.withdrawn_at:
        raise InvitationGone
    found.withdrawn_at = now
    found.save(update_fields=["withdrawn_at"])
    audit.record(
        action="accounts.withdraw_invitation", by=by, subject=f"accounts.invitation:{found.pk}", now=now,
        office=found.office,
    )
    return found
