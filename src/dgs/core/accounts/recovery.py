"""Getting back into an account and changing its contact, both by a one-time code; the pages are in views."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from dgs.core.accounts.actions import AddressTaken, set_password
from dgs.core.accounts.codes import CodeWrong, owner_of_newest, send_code, send_instead_of_code, use_code
from dgs.core.accounts.contact import Address
from dgs.core.accounts.models import User
from dgs.core.accounts.queries import user_by_login
from dgs.core.audit import api as audit
from dgs.core.messaging import api as messaging

RESET, CONTACT = "reset", "contact"


def begin_reset(*, address: Address, language: str, now: datetime) -> None:
    """Send a code if an open account has the address; else nothing, and the page goes on all the same."""
    user = user_by_login(address.to)
    if user is None or not user.is_active:
        send_instead_of_code(purpose=RESET, address=address, now=now, language=language, subject="", body="")
        return
    send_code(
        purpose=RESET, address=address, now=now, language=user.language, subject=_("Your code for a new password"),
        body=_("%(code)s is your code for a new password. It is valid for 10 minutes. If you did not ask for it, "
               "do nothing."),
    )


def prove_reset(*, address: Address, typed: str, now: datetime) -> User:
    """The open account whose address was proved; refuses as codes.use_code does.

    An account that was closed, or changed its address, after the code was sent answers like a wrong code.
    """
    use_code(purpose=RESET, address=address, typed=typed, now=now)
    user = user_by_login(address.to)
    if user is None or not user.is_active:
        raise CodeWrong({"code": [str(CodeWrong.sentence)]})
    return user


def reset_password(*, user: User, password: str, now: datetime) -> User:
    """Replace the password after the address was proved; all sessions of the account end."""
    return set_password(user=user, password=password, by=user, now=now, how="reset")


def begin_contact(*, user: User, address: Address, now: datetime) -> None:
    """Send a code to an address the person wants to add; one that another account has is only told so."""
    holder = user_by_login(address.to)
    if holder is None or holder.pk == user.pk:
        send_code(
            purpose=CONTACT, address=address, now=now, language=user.language, subject=_("Confirm your address"), owner=user,
            body=_("%(code)s is your code to confirm this address. It is valid for 10 minutes. Do not give it to "
                   "anyone."),
        )
        return
    send_instead_of_code(
        purpose=CONTACT, address=address, now=now, language=user.language, subject=_("Confirm your address"),
        body=_("Somebody wants to use this address for another account. It stays with yours; you need do nothing."),
    )


def change_contact(*, user: User, address: Address, typed: str, now: datetime) -> User:
    """Put a proved address into the account, in place of the one of its kind.

    The name one signs in with follows it when it was that address; the old contact is told.
    Refuses as codes.use_code does, and AddressTaken.
    """
    use_code(purpose=CONTACT, address=address, typed=typed, now=now)
    try:
        with transaction.atomic():
            found = User.objects.select_for_update().get(pk=user.pk)
            field = "email" if address.channel == "email" else "phone"
            old = _old_contact(found, field)
            if found.username == getattr(found, field):
                found.username = address.to
            setattr(found, field, address.to)
            found.save(update_fields=[field, "username"])
            audit.record(
                action="accounts.change_contact", by=user, subject=f"accounts.user:{found.pk}", now=now,
                person=found.party_id, facts={"which": field},
            )
            if old is not None and old != address:
                _tell(found, old, address, now)
    except IntegrityError:
        raise AddressTaken
    return found


def confirm_by_sms(*, number: str, typed: str, now: datetime) -> User | None:
    """The code to confirm a number, answered from that number: as if it had been typed on the page by who asked for it there.

    None when nobody asked for one. Refuses as `change_contact` does.
    """
    address = Address("sms", number)
    owner = owner_of_newest(purpose=CONTACT, address=address)
    if owner is None or not owner.is_active:
        return None
    return change_contact(user=owner, address=address, typed=typed, now=now)


def _old_contact(user: User, field: str) -> Address | None:
    """Where the owner was reached before: at the address that goes, else at the other one."""
    known = {"email": Address("email", user.email or ""), "phone": Address("sms", user.phone or "")}
    return next((one for one in sorted(known.values(), key=lambda one: one != known[field]) if one.to), None)


def _tell(user: User, old: Address, new: Address, now: datetime) -> None:
    """Tell the owner at the old address, so that a change by somebody else does not pass unseen."""
    with translation.override(user.language):
        messaging.say(
            key=f"contact:{user.pk}:{now.isoformat()}", channel=old.channel, to=old.to, language=user.language,
            subject=_("Your contact was changed"),
            body=_("Your account now uses %(new)s. If this was not you, tell a service counter at once.")
            % {"new": new.masked},
            about=f"accounts.user:{user.pk}", party_id=user.party_id, now=now,
        )
