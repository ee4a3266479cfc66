"""Tokens for banks: made at random, known by their hash only; who may have one is decided in arrivals.py."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from dgs.core.banking.models import AccessToken, Partner

SECONDS = 900


def token_hash(token: str) -> str:
    """What is kept of a token: 64 hex digits."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def new_token(partner: Partner, now: datetime) -> str:
    """A token for a partner, good for a quarter of an hour."""
    token = secrets.token_urlsafe(48)
    AccessToken.objects.create(partner=partner, hash=token_hash(token), expires_at=now + timedelta(seconds=SECONDS))
    return token
