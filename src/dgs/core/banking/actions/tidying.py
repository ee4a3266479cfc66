"""Drops what has had its time: tokens that have ended, and calls older than the ten years for which they are kept."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models.functions import Now

from dgs.core.banking.models import AccessToken, Message

KEPT_DAYS = 3653
AT_ONCE = 10_000


def forget_old(*, now: datetime) -> tuple[int, int]:
    """How many ended tokens and how many old calls were dropped; the database refuses to drop a call before its time."""
    tokens, _by_model = AccessToken.objects.filter(expires_at__lt=now - timedelta(days=1)).delete()
    # The trigger goes by the database's clock; so does this, one day later.
    old = Message.objects.filter(at__lt=Now() - timedelta(days=KEPT_DAYS)).values_list("pk", flat=True)[:AT_ONCE]
    messages, _by_model = Message.objects.filter(pk__in=list(old)).delete()
    return tokens, messages
