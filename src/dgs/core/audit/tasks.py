"""Jobs of the audit room: a checkpoint and a check of the chain each night; the rules are in actions."""

from __future__ import annotations

import logging

from django.contrib.auth import get_user_model
from django.utils import timezone
from procrastinate.contrib.django import app

from dgs.core.audit import actions

logger = logging.getLogger(__name__)


@app.periodic(cron="30 17 * * *")  # the worker counts in UTC: 00.30 WIB
@app.task(name="audit.nightly", queue="upkeep", queueing_lock="audit.nightly")
def nightly(timestamp: int) -> None:
    """Verify the chain and write down where every lane stands."""
    findings = actions.record_check(by=None, now=timezone.now())
    for problem in findings.problems:
        logger.error("audit: %s", problem)
    actions.record_checkpoint(now=timezone.now())


@app.task(name="audit.check_chain", queue="upkeep", queueing_lock="audit.check_chain")
def check_chain(by: int) -> None:
    """Verify the chain for the auditor who asked."""
    actions.record_check(by=get_user_model().objects.get(pk=by), now=timezone.now())
