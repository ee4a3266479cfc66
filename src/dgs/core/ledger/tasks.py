"""The nightly job of the ledger: totals of days gone by are put together; found by procrastinate by this name."""

from __future__ import annotations

from django.utils import timezone
from procrastinate.contrib.django import app

from dgs.core.ledger.actions import fold_totals


@app.periodic(cron="20 18 * * *")  # the worker counts in UTC: 01.20 WIB
@app.task(name="ledger.fold_totals", queue="upkeep", queueing_lock="ledger.fold_totals")
def fold(timestamp: int) -> None:
    """Each night: one row where parallel transactions left up to sixteen."""
    fold_totals(today=timezone.localdate())
