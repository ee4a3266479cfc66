"""Jobs of the audit room: sealing, publishing, time stamps, a check each night; the rules are in actions and sealing."""

from __future__ import annotations

import logging
from contextlib import suppress

from django.contrib.auth import get_user_model
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from dgs.core.audit import actions, sealing, stamping

logger = logging.getLogger(__name__)


@app.periodic(cron="30 17 * * *")  # the worker counts in UTC: 00.30 WIB
@app.task(name="audit.nightly", queue="upkeep", queueing_lock="audit.nightly")
def nightly(timestamp: int) -> None:
    """Verify the chain and write down where every lane stands."""
    findings = actions.record_check(by=None, now=timezone.now())
    for problem in findings.problems:
        logger.error("audit: %s", problem)
    actions.record_checkpoint(now=timezone.now())


@app.periodic(cron="*/5 * * * *")
@app.task(name="audit.seal", queue="upkeep", queueing_lock="audit.seal")
def seal(timestamp: int) -> None:
    """Seal what was written since, and publish the root of yesterday when that was not done."""
    now = timezone.now()
    sealing.seal(now=now)
    if sealing.publish_day(now=now):
        with suppress(AlreadyEnqueued):
            stamp_roots.defer(timestamp=timestamp)


@app.periodic(cron="40 * * * *")
@app.task(name="audit.stamp_roots", queue="upkeep", queueing_lock="audit.stamp_roots")
def stamp_roots(timestamp: int) -> None:
    """Ask the time-stamping authority, if there is one, for what is missing."""
    stamping.stamp_roots(now=timezone.now())


@app.task(name="audit.check_chain", queue="upkeep", queueing_lock="audit.check_chain")
def check_chain(by: int) -> None:
    """Verify the chain for the auditor who asked."""
    actions.record_check(by=get_user_model().objects.get(pk=by), now=timezone.now())
