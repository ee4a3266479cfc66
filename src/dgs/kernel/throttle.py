"""Counts tries in the shared cache and refuses when there are too many in a while; not a defence against floods."""

from __future__ import annotations

import hashlib

from django.conf import settings
from django.core.cache import cache
from django.utils.translation import gettext_lazy as _

from dgs.kernel.errors import RuleBroken


class TooMany(RuleBroken):
    """Too many tries."""

    code = "too-many"
    status = 429
    sentence = _("Too many tries. Wait a few minutes and try again.")


def count(what: str, *, limit: int, seconds: int) -> None:
    """Count one try of `what`; TooMany once there were more than `limit` within `seconds`."""
    key = "throttle:" + hashlib.sha256(what.encode()).hexdigest()
    cache.add(key, 0, timeout=seconds)
    try:
        tries = cache.incr(key)
    except ValueError:
        cache.set(key, 1, timeout=seconds)
        tries = 1
    if tries > limit:
        raise TooMany


def address_of(request) -> str:
    """The visitor's network address; behind settings.DGS_PROXIES proxies it is read from X-Forwarded-For."""
    proxies = settings.DGS_PROXIES
    if proxies:
        chain = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
        if len(chain) >= proxies:
            return chain[-proxies]
    return request.META.get("REMOTE_ADDR", "")
