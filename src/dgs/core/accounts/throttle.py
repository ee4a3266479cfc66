"""Counts attempts in PostgreSQL so that all web workers see the same count; what is counted is the caller's choice.

A cache in memory would count per worker, and a lock in a cache can be lost; one upsert is exact, needs no further
service and costs one round trip.
"""

from __future__ import annotations

import ipaddress
from datetime import datetime, timedelta
from math import ceil

from django.core.exceptions import PermissionDenied
from django.db import connection
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from dgs.core.accounts.models import AttemptCount
from dgs.kernel.errors import RuleBroken
from dgs.kernel.protection import keyed_hash

COUNT = """
INSERT INTO accounts_attemptcount (key, began_at, count) VALUES (%(key)s, %(now)s, 1)
ON CONFLICT (key) DO UPDATE SET
    count = CASE WHEN accounts_attemptcount.began_at <= %(since)s THEN 1 ELSE accounts_attemptcount.count + 1 END,
    began_at = CASE WHEN accounts_attemptcount.began_at <= %(since)s THEN %(now)s
                    ELSE accounts_attemptcount.began_at END
RETURNING count, began_at
"""


class TooManyAttempts(RuleBroken):
    """The limit of the window is used up; `wait` is in seconds."""

    code = "too-many-attempts"
    status = 429
    sentence = _("Too many attempts. Please wait %(minutes)s minutes and try again.")

    def __init__(self, wait: int) -> None:
        self.wait = wait
        super().__init__(minutes=max(1, ceil(wait / 60)))


def exact_address(request: HttpRequest) -> str:
    """The network address a request comes from, whole; "unknown" when the server gives none.

    Behind reverse proxies DGS_PROXIES says how many of them to believe.
    """
    from allauth.account.adapter import DefaultAccountAdapter

    try:
        found = ipaddress.ip_address(DefaultAccountAdapter(request).get_client_ip(request))
    except (PermissionDenied, ValueError):
        return "unknown"
    # A listener for both families writes IPv4 as ::ffff:1.2.3.4, whose /64 would make one of everybody.
    return str(getattr(found, "ipv4_mapped", None) or found)


def client_address(request: HttpRequest) -> str:
    """The address as `exact_address`, but IPv6 by its /64, for counting: one visitor has all of it."""
    from allauth.core.internal.ratelimit import truncate_ip

    address = exact_address(request)
    return address if address == "unknown" else truncate_ip(address)


def attempt_key(kind: str, key: str) -> str:
    """The row that counts a kind and key; neither can be read from it."""
    return keyed_hash(key, f"attempt:{kind}")


def throttle(*, kind: str, key: str, limit: int, seconds: int, now: datetime) -> int:
    """Count one attempt of a kind by a key (an address, an account) and answer how many the window holds.

    Refuses (TooManyAttempts) from the attempt after `limit` until `seconds` after the window's first one. Call it
    outside a transaction that may be rolled back, else the attempt is forgotten with it.
    """
    since = now - timedelta(seconds=seconds)
    with connection.cursor() as cursor:
        cursor.execute(COUNT, {"key": attempt_key(kind, key), "now": now, "since": since})
        count, began_at = cursor.fetchone()
    if count > limit:
        raise TooManyAttempts(wait=max(1, int((began_at - since).total_seconds())))
    return count


def check_throttle(*, kind: str, key: str, limit: int, seconds: int, now: datetime) -> None:
    """Refuse as `throttle` would, without counting."""
    found = AttemptCount.objects.filter(key=attempt_key(kind, key)).first()
    since = now - timedelta(seconds=seconds)
    if found and found.began_at > since and found.count >= limit:
        raise TooManyAttempts(wait=max(1, int((found.began_at - since).total_seconds())))


def attempts_made(*, kind: str, key: str, seconds: int, now: datetime) -> int:
    """How many attempts the running window holds."""
    found = AttemptCount.objects.filter(key=attempt_key(kind, key), began_at__gt=now - timedelta(seconds=seconds)).first()
    return found.count if found else 0


def forget_attempts(*, kind: str, key: str) -> None:
    """Start the window of a kind and key afresh, as after a success."""
    AttemptCount.objects.filter(key=attempt_key(kind, key)).delete()
