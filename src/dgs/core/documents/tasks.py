"""The nightly job of the documents room: remove files that no row knows; nothing else runs by itself here."""

from __future__ import annotations

from django.utils import timezone
from procrastinate.contrib.django import app

from dgs.core.documents.files import sweep_orphans


@app.periodic(cron="41 2 * * *")
@app.task(name="documents.sweep_orphans", queue="upkeep", queueing_lock="documents.sweep_orphans")
def sweep(timestamp: int) -> None:
    """Each night: files of uploads that were never finished, older than two days."""
    sweep_orphans(now=timezone.now())
