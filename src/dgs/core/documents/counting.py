"""How often one visitor may check documents; what a check answers is not here."""

from __future__ import annotations

from allauth.account.adapter import get_adapter
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils import timezone

from dgs.core.accounts.api import throttle

CHECKS_A_MINUTE = 60
UPLOADS_A_MINUTE = 20


def count_check(request: HttpRequest) -> None:
    """Count a code looked up; TooManyAttempts after sixty a minute from one address."""
    throttle(kind="verify-code", key=_where(request), limit=CHECKS_A_MINUTE, seconds=60, now=timezone.now())


def count_upload(request: HttpRequest) -> None:
    """Count a file checked; TooManyAttempts after twenty a minute from one address."""
    throttle(kind="verify-file", key=_where(request), limit=UPLOADS_A_MINUTE, seconds=60, now=timezone.now())


def _where(request: HttpRequest) -> str:
    try:
        return get_adapter(request).get_client_ip(request)
    except PermissionDenied:
        return "unknown"
