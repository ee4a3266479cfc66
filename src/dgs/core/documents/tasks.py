"""The nightly job of the documents room: remove files that nothing knows or uses; nothing else runs by itself here."""

from __future__ import annotations

from django.utils import timezone
from procrastinate.contrib.django import app

from dgs.core.documents.files import forget_unused, sweep_orphans


@app.periodic(cron="51 18 * * *")  # the worker counts in UTC: 01.51 WIB
@app.task(name="documents.sweep_orphans", queue="upkeep", queueing_lock="documents.sweep_orphans")
def sweep(timestamp: int) -> None:
    """Each night: bytes of uploads that were never finished (two days), and files that were never used (a week)."""
    forget_unused(now=timezone.now())
    sweep_orphans(now=timezone.now())
