"""The jobs of accounts: each night forget counted attempts, codes and unsaved answers that count no more."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone
from procrastinate.contrib.django import app

from dgs.core.accounts.browsers import DAYS
from dgs.core.accounts.models import AttemptCount, KnownBrowser, OneTimeCode, UnsavedAnswers
from dgs.core.accounts.sessions import SessionStore
from dgs.core.accounts.unsaved import AGE


@app.periodic(cron="41 18 * * *")  # the worker counts in UTC: 01.41 WIB
@app.task(name="accounts.forget", queue="upkeep", queueing_lock="accounts.forget")
def forget(timestamp: int) -> None:
    """Drop attempts and unsaved answers older than a day, codes older than a week, and sessions that ended."""
    now = timezone.now()
    AttemptCount.objects.filter(began_at__lt=now - timedelta(days=1)).delete()
    OneTimeCode.objects.filter(created_at__lt=now - timedelta(days=7)).delete()
    KnownBrowser.objects.filter(seen_at__lt=now - timedelta(days=DAYS)).delete()
    UnsavedAnswers.objects.filter(kept_at__lt=now - AGE).delete()
    SessionStore.clear_expired()
