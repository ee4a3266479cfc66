"""One-time codes: six digits sent to an address for one purpose, valid ten minutes, five tries, used once."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from dgs.core.accounts.contact import Address
from dgs.core.accounts.models import OneTimeCode, User
from dgs.core.accounts.throttle import throttle
from dgs.core.messaging import api as messaging
from dgs.kernel.errors import InvalidInput
from dgs.kernel.protection import keyed_hash

VALID = timedelta(minutes=10)
TRIES = 5
SENT_EACH_HOUR = 5
NOTHING = "-"  # what stands in a message that is taken back


class CodeWrong(InvalidInput):
    """The digits are not those that were sent last; the same answer whether or not any were sent."""

    code = "code-wrong"
    sentence = _("This code is not right. Look at the newest message and type its six digits.")


class CodeGone(InvalidInput):
    """The code is too old, was used, or was mistyped too often."""

    code = "code-gone"
    sentence = _("This code is no longer valid. Ask for a new one.")


def _hash_of(address: Address, purpose: str) -> str:
    return keyed_hash(f"{address.channel}:{address.to}", f"code-address:{purpose}")


def _code_hash(address: Address, purpose: str, digits: str) -> str:
    return keyed_hash(f"{address.channel}:{address.to}:{digits}", f"code:{purpose}")


def send_code(
    *, purpose: str, address: Address, body, subject: str, language: str, now: datetime, owner: User | None = None
) -> None:
    """Send a new code; the one before it counts no more. `owner` is who asked for it, signed in.

    `body` is a sentence with `%(code)s`. Refuses (TooManyAttempts) the sixth code to an address within an hour.
    """
    _count(purpose, address, now)
    digits = f"{secrets.randbelow(1_000_000):06}"
    with transaction.atomic():
        made = _keep(purpose, address, digits, now, owner)
        messaging.say(
            key=f"code:{made.pk}", channel=address.channel, to=address.to, subject=subject,
            body=str(body) % {"code": digits}, language=language, about=f"accounts.code:{made.pk}", now=now,
            is_secret=True,
        )


def send_instead_of_code(*, purpose: str, address: Address, body, subject: str, language: str, now: datetime) -> None:
    """Send a sentence without a code, while the page asks for one all the same: it must not tell who has an account.

    A code that nobody knows is kept, so that typing one costs as long and is answered alike. No body sends nothing:
    the message is written and taken back, so that asking costs as long too.
    """
    _count(purpose, address, now)
    with transaction.atomic():
        made = _keep(purpose, address, secrets.token_hex(16), now)
        before = transaction.savepoint()
        messaging.say(
            key=f"code:{made.pk}", channel=address.channel, to=address.to, subject=subject, body=str(body) or NOTHING,
            language=language, about=f"accounts.code:{made.pk}", now=now, is_secret=True,
        )
        if body:
            transaction.savepoint_commit(before)
        else:
            transaction.savepoint_rollback(before)


def _count(purpose: str, address: Address, now: datetime) -> None:
    throttle(kind=f"code-{purpose}", key=address.to, limit=SENT_EACH_HOUR, seconds=3600, now=now)


def _keep(purpose: str, address: Address, digits: str, now: datetime, owner: User | None = None) -> OneTimeCode:
    return OneTimeCode.objects.create(
        purpose=purpose, address_hash=_hash_of(address, purpose), code_hash=_code_hash(address, purpose, digits),
        created_at=now, expires_at=now + VALID, owner=owner,
    )


def owner_of_newest(*, purpose: str, address: Address) -> User | None:
    """Who asked, signed in, for the newest code to an address; None when nobody did."""
    newest = OneTimeCode.objects.filter(purpose=purpose, address_hash=_hash_of(address, purpose)).order_by("-pk").first()
    return newest.owner if newest else None


def use_code(*, purpose: str, address: Address, typed: str, now: datetime) -> None:
    """Accept the digits of the newest code once; else refuse with CodeWrong or CodeGone, counting the wrong try.

    The count is committed before the refusal. Of two at once with the right digits one is accepted.
    """
    digits = "".join(c for c in typed if c in "0123456789")
    refusal: InvalidInput | None = None
    with transaction.atomic():
        newest = (
            OneTimeCode.objects.select_for_update()
            .filter(purpose=purpose, address_hash=_hash_of(address, purpose))
            .order_by("-pk")
            .first()
        )
        if newest is None or newest.used_at or newest.expires_at <= now or newest.wrong_tries >= TRIES:
            refusal = CodeGone({"code": [str(CodeGone.sentence)]})
        elif not secrets.compare_digest(newest.code_hash, _code_hash(address, purpose, digits)):
            newest.wrong_tries += 1
            newest.save(update_fields=["wrong_tries"])
            refusal = CodeWrong({"code": [str(CodeWrong.sentence)]})
        else:
            newest.used_at = now
            newest.save(update_fields=["used_at"])
            if address.channel == "email":
                messaging.address_works(address=address.to)
    if refusal is not None:
        raise refusal
