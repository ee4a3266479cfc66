"""The PIN with which an officer decides by SMS: setting, checking, locking; what is decided is not known here."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from dgs.core.accounts.models import SmsPin, User
from dgs.core.audit import api as audit
from dgs.kernel.errors import InvalidInput, RuleBroken

LENGTH, TRIES = 6, 5
ROW = "0123456789012345"


class PinTrivial(InvalidInput):
    """The PIN is not six digits, or one of those that are guessed first."""

    code = "pin-trivial"
    sentence = _("Choose six digits that are not in a row, do not repeat, and are not your date of birth.")


class PinMissing(RuleBroken):
    """The officer has set no PIN."""

    code = "pin-missing"
    sentence = _("You have set no PIN for SMS. Sign in, open My profile and set one.")


class PinWrong(RuleBroken):
    """The PIN is not right; `left` tries are left."""

    code = "pin-wrong"
    sentence = _("The PIN is not right. Nothing was done. Tries left: %(left)s.")


class PinLocked(RuleBroken):
    """Five wrong PINs: nothing is decided by SMS until the officer has set the PIN again, signed in."""

    code = "pin-locked"
    sentence = _("Deciding by SMS is locked after five wrong PINs. Sign in and set your PIN again on My profile.")


def is_trivial(pin: str, user: User) -> bool:
    """Whether a PIN is not six digits, or is a row, a repetition or the date of birth in the officer's NIP."""
    if len(pin) != LENGTH or not (pin.isascii() and pin.isdigit()):
        return True
    if pin in ROW or pin in ROW[::-1] or pin[:3] * 2 == pin or pin[:2] * 3 == pin or len(set(pin)) < 3:
        return True
    year, month, day = user.nip[:4], user.nip[4:6], user.nip[6:8]
    return bool(user.nip) and pin in {day + month + year[2:], year[2:] + month + day, month + year, year + month}


@transaction.atomic
def set_sms_pin(*, user: User, pin: str, now: datetime) -> None:
    """Set or replace the PIN of somebody who has signed in; a lock is taken off. Refuses PinTrivial."""
    if is_trivial(pin, user):
        raise PinTrivial({"pin": [str(PinTrivial.sentence)]})
    SmsPin.objects.update_or_create(
        user=user, defaults={"pin_hash": make_password(pin), "set_at": now, "wrong_tries": 0, "locked_at": None}
    )
    audit.record(action="accounts.set_sms_pin", by=user, subject=f"accounts.user:{user.pk}", now=now)


@transaction.atomic
def drop_sms_pin(*, user: User, now: datetime) -> None:
    """Decide by SMS no more."""
    if SmsPin.objects.filter(user=user).delete()[0]:
        audit.record(action="accounts.drop_sms_pin", by=user, subject=f"accounts.user:{user.pk}", now=now)


def has_sms_pin(user: User) -> bool:
    """Whether the person has a PIN that is not locked."""
    return SmsPin.objects.filter(user=user, locked_at=None).exists()


def check_sms_pin(*, user: User, pin: str, now: datetime) -> None:
    """Accept the PIN, or refuse with PinMissing, PinWrong or PinLocked.

    A wrong try is counted in the caller's transaction, which must not be rolled back for the refusal.
    """
    with transaction.atomic():
        found = SmsPin.objects.select_for_update().filter(user=user).first()
        refusal = _refusal(found, user, pin, now)
    if refusal is not None:
        raise refusal


def _refusal(found: SmsPin | None, user: User, pin: str, now: datetime) -> RuleBroken | None:
    if found is None:
        return PinMissing()
    if found.locked_at is not None:
        return PinLocked()
    if check_password(pin, found.pin_hash):
        SmsPin.objects.filter(pk=found.pk).update(wrong_tries=0)
        return None
    found.wrong_tries += 1
    if found.wrong_tries >= TRIES:
        found.locked_at = now
        audit.record(action="accounts.lock_sms_pin", by=None, subject=f"accounts.user:{user.pk}", now=now)
    found.save(update_fields=["wrong_tries", "locked_at"])
    return PinLocked() if found.locked_at else PinWrong(left=TRIES - found.wrong_tries)
