"""A signed mark in a form: for whom and at which address the page was made; it opens nothing and proves no sign-in.

Who sends the form back after their session has ended can be recognised by it, so that what they typed is kept for them.
"""

from __future__ import annotations

from django.core.signing import BadSignature, TimestampSigner
from django.http import HttpRequest

FIELD = "_whose"
LONGEST_OPEN = 30 * 24 * 3600
_signer = TimestampSigner(salt="dgs.whose")


def mark(request: HttpRequest) -> str:
    """The mark for the page that is being made; empty when nobody is signed in."""
    return _signer.sign(f"{request.user.pk}:{request.path}") if request.user.is_authenticated else ""


def marked_for(request: HttpRequest) -> int | None:
    """The account a posted form was made for at this very address; None without a genuine mark of the last 30 days."""
    try:
        account, _colon, path = _signer.unsign(request.POST.get(FIELD, ""), max_age=LONGEST_OPEN).partition(":")
    except BadSignature:
        return None
    return int(account) if path == request.path else None
