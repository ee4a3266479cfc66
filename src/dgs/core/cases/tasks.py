"""Background jobs of the cases room, run by the worker; the rules stand in actions."""

from __future__ import annotations

import procrastinate
from django.utils import timezone
from procrastinate.contrib.django import app

from dgs.core.cases.actions import automatic


@app.task(queue="documents", retry=procrastinate.RetryStrategy(max_attempts=20, exponential_wait=5), pass_context=False)
def issue_document(case_id: int) -> None:
    """Render and sign what a case waits for."""
    automatic.issue_document(case_id=case_id, now=timezone.now())


@app.periodic(cron="*/5 * * * *")
@app.task(queue="clock", queueing_lock="mind_the_clock", pass_context=False)
def mind_the_clock(timestamp: int) -> None:
    """Warn, escalate, deem and lapse, each five minutes."""
    automatic.mind_the_clock(now=timezone.now())
