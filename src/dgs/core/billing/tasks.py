"""The periodic job of the billing room: look into the watched folder; found by procrastinate by this name."""

from __future__ import annotations

from django.utils import timezone
from procrastinate.contrib.django import app

from dgs.core.billing.actions.folder import take_folder


@app.periodic(cron="* * * * *")
@app.task(name="billing.watch_folder", queue="upkeep", queueing_lock="billing.watch_folder")
def watch_folder(timestamp: int) -> None:
    """Each minute: take the statement files that lie in DATA_DIR/statements/in."""
    take_folder(now=timezone.now())
