"""The periodic jobs of the billing room: the watched folder and the mail drop; found by procrastinate by their names."""

from __future__ import annotations

from django.utils import timezone
from procrastinate.contrib.django import app

from dgs.core.billing.actions.folder import take_folder
from dgs.core.billing.actions.mailbox import take_mail


@app.periodic(cron="* * * * *")
@app.task(name="billing.watch_folder", queue="upkeep", queueing_lock="billing.watch_folder")
def watch_folder(timestamp: int) -> None:
    """Each minute: take the statement files that lie in DATA_DIR/statements/in."""
    take_folder(now=timezone.now())


@app.periodic(cron="* * * * *")
@app.task(name="billing.watch_mail", queue="upkeep", queueing_lock="billing.watch_mail")
def watch_mail(timestamp: int) -> None:
    """Each minute: take the e-mails that lie in DATA_DIR/mail/in."""
    take_mail(now=timezone.now())
