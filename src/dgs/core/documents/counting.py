"""How often one visitor may check documents; what a check answers is not here."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils import timezone

from dgs.core.accounts.api import client_address, throttle

CHECKS_A_MINUTE = 60
UPLOADS_A_MINUTE = 20


def count_check(request: HttpRequest) -> None:
    """Count a code looked up; TooManyAttempts after sixty a minute from one address."""
    throttle(kind="verify-code", key=client_address(request), limit=CHECKS_A_MINUTE, seconds=60, now=timezone.now())


def count_upload(request: HttpRequest) -> None:
    """Count a file checked; TooManyAttempts after twenty a minute from one address."""
    throttle(kind="verify-file", key=client_address(request), limit=UPLOADS_A_MINUTE, seconds=60, now=timezone.now())
