"""Signing in with a one-time code in place of the password: sending it and proving it; the pages are in views."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from dgs.core.accounts.codes import CodeWrong, send_code, send_instead_of_code, use_code
from dgs.core.accounts.contact import Address
from dgs.core.accounts.models import User
from dgs.core.accounts.queries import user_by_contact

PURPOSE = "sign-in"


def begin_sign_in(*, address: Address, language: str, now: datetime) -> None:
    """Send a code if an open account has the address; else nothing, and the page goes on all the same."""
    user = user_by_contact(address)
    sentence = _("%(code)s is your code to sign in. It is valid for 10 minutes. Never give it to anyone, not even to staff.")
    subject = _("Your code to sign in")
    if user is None or not user.is_active:
        send_instead_of_code(purpose=PURPOSE, address=address, now=now, language=language, subject="", body="")
        return
    send_code(purpose=PURPOSE, address=address, now=now, language=user.language, subject=subject, body=sentence)


def prove_sign_in(*, address: Address, typed: str, now: datetime) -> User:
    """The open account whose address was proved; refuses as codes.use_code does.

    An account that was closed, or changed its address, after the code was sent answers like a wrong code.
    """
    use_code(purpose=PURPOSE, address=address, typed=typed, now=now)
    user = user_by_contact(address)
    if user is None or not user.is_active:
        raise CodeWrong({"code": [str(CodeWrong.sentence)]})
    return user
