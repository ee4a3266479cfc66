"""Jobs of access: each morning reviews that are due are opened, and who is to decide hears of what is open or waits."""

from __future__ import annotations

from django.utils import timezone
from procrastinate.contrib.django import app

from dgs.core.access.actions import reviews, telling


@app.periodic(cron="10 1 * * *")  # the worker counts in UTC: 08.10 WIB
@app.task(name="access.morning", queue="upkeep", queueing_lock="access.morning")
def morning(timestamp: int) -> None:
    """Open what is due and tell those who decide, once a week while it waits."""
    now = timezone.now()
    reviews.open_due(now=now)
    telling.tell_reviewers(now=now)
    telling.tell_second_people(now=now)
