"""The periodic jobs of the banking room: ask about codes of which nothing was heard, drop what is old."""

from __future__ import annotations

from django.utils import timezone
from procrastinate.contrib.django import app

from dgs.core.banking.actions import ask_open_codes, forget_old


@app.periodic(cron="* * * * *")
@app.task(name="banking.ask_open_codes", queue="upkeep", queueing_lock="banking.ask_open_codes")
def ask(timestamp: int) -> None:
    """Each minute: ask acquirers about codes that were shown and never reported."""
    ask_open_codes(now=timezone.now())


@app.periodic(cron="41 19 * * *")  # in UTC: 02.41 WIB
@app.task(name="banking.forget_old", queue="upkeep", queueing_lock="banking.forget_old")
def forget(timestamp: int) -> None:
    """Each night: drop ended tokens and calls of more than ten years ago."""
    forget_old(now=timezone.now())
