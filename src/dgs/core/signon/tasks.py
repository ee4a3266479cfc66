"""The jobs of single sign-on: each night drop what has ended, and let the next signing key sign when it is time."""

from __future__ import annotations

from django.utils import timezone
from procrastinate.contrib.django import app

from dgs.core.signon.actions import sign_ons, signing


@app.periodic(cron="26 18 * * *")  # the worker counts in UTC: 01.26 WIB
@app.task(name="signon.tidy", queue="upkeep", queueing_lock="signon.tidy")
def tidy(timestamp: int) -> None:
    """Drop old sign-ons and tokens; rotate the signing key when it has signed for 90 days."""
    now = timezone.now()
    sign_ons.forget(now=now)
    signing.rotate_when_due(now=now)
