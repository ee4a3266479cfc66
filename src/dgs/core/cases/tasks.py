"""Background jobs of the cases room, run by the worker; the rules stand in actions."""

from __future__ import annotations

import procrastinate
from django.utils import timezone
from procrastinate.contrib.django import app

from dgs.core.cases.actions import automatic, by_sms, old_drafts

LONGEST_WAIT = 15 * 60


class Patiently(procrastinate.BaseRetryStrategy):
    """Tries again after 5, 25, 125 … seconds, never later than after LONGEST_WAIT, and never gives up.

    The approval was given and the applicant waits: what is mended at noon has to be issued soon after, not days later.
    """

    def get_retry_decision(self, *, exception: BaseException, job) -> procrastinate.RetryDecision:
        """When to try a failed job again."""
        return procrastinate.RetryDecision(retry_in={"seconds": min(5 ** min(job.attempts + 1, 9), LONGEST_WAIT)})


@app.task(queue="documents", retry=Patiently(), pass_context=False)
def issue_document(case_id: int) -> None:
    """Render and sign what a case waits for."""
    automatic.issue_document(case_id=case_id, now=timezone.now())


@app.periodic(cron="*/5 * * * *")
@app.task(queue="clock", queueing_lock="mind_the_clock", pass_context=False)
def mind_the_clock(timestamp: int) -> None:
    """Warn, escalate, deem and lapse, each five minutes."""
    automatic.mind_the_clock(now=timezone.now())


@app.periodic(cron="11 19 * * *")  # the worker counts in UTC: 02.11 WIB, soon after the last day of a draft is over
@app.task(queue="upkeep", queueing_lock="discard_old_drafts", pass_context=False)
def discard_old_drafts(timestamp: int) -> None:
    """Each night: drafts that nobody has changed for three months."""
    old_drafts.discard_old_drafts(now=timezone.now())
    by_sms.forget_old_codes(now=timezone.now())
