"""The jobs of accounts: tell an owner of guessing; each night forget what counts no more."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app

from dgs.core.accounts.browsers import DAYS, tell_owner
from dgs.core.accounts.models import AttemptCount, KnownBrowser, OneTimeCode, UnsavedAnswers
from dgs.core.accounts.queries import user_by_login
from dgs.core.accounts.sessions import SessionStore
from dgs.core.accounts.unsaved import AGE
from dgs.kernel.protection import decrypt


@app.periodic(cron="41 18 * * *")  # the worker counts in UTC: 01.41 WIB
@app.task(name="accounts.forget", queue="upkeep", queueing_lock="accounts.forget")
def forget(timestamp: int) -> None:
    """Drop attempts older than three days, unsaved answers older than a day, codes older than a week, and sessions that ended."""
    now = timezone.now()
    AttemptCount.objects.filter(began_at__lt=now - timedelta(days=3)).delete()
    OneTimeCode.objects.filter(created_at__lt=now - timedelta(days=7)).delete()
    KnownBrowser.objects.filter(seen_at__lt=now - timedelta(days=DAYS)).delete()
    UnsavedAnswers.objects.filter(kept_at__lt=now - AGE).delete()
    SessionStore.clear_expired()


@app.task(name="accounts.tell_of_guessing", queue="upkeep")
def tell_of_guessing(sealed_name: str) -> None:
    """Tell who has this name that passwords are tried on it; a name that nobody has costs the page as much."""
    user, now = user_by_login(decrypt(sealed_name)), timezone.now()
    if user is None or not user.is_active:
        return
    with transaction.atomic():
        tell_owner(
            user, key=f"guessing:{user.pk}:{now:%Y%m%d%H}", now=now,
            subject=lambda: _("Somebody tries passwords on your account"),
            body=lambda: _("Somebody types wrong passwords for your account again and again. It is locked for passwords for a "
                           "while; with a code or a passkey you can sign in as always."),
        )
