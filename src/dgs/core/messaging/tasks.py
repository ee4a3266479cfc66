"""The jobs of the messaging room, and the care for jobs of all rooms; messages are no jobs, the pump carries them.

The worker itself is in worker.py. All queues are served; periodic jobs are deferred by any running worker, once per minute
however many run.
"""

from __future__ import annotations

import logging
from contextlib import suppress

from django.utils import timezone
from procrastinate import JobContext
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException, UniqueViolation
from procrastinate.jobs import Status

from dgs.core.messaging import line
from dgs.core.messaging.actions import broadcasting, reminding

log = logging.getLogger(__name__)


@app.task(name="messaging.queue_broadcast", queue="messages")
def queue_broadcast(broadcast_id: int) -> None:
    """Queue the messages of a broadcast."""
    broadcasting.queue_messages(broadcast_id=broadcast_id, now=timezone.now())


@app.periodic(cron="* * * * *")
@app.task(name="messaging.retry_stalled", queue="upkeep", queueing_lock="messaging.retry_stalled", pass_context=True)
async def retry_stalled(context: JobContext, timestamp: int) -> None:
    """Each minute, for workers that were not started by `./dgs worker`, which looks by itself and sooner."""
    await give_back_stalled(context.app.job_manager, seconds=30)


async def give_back_stalled(manager, *, seconds: float) -> None:
    """Give jobs of any room whose worker gave no sign of life for so long to another; every job of DGS may run twice."""
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=seconds):
        try:
            await manager.retry_job(job)
        except UniqueViolation:
            # The same is queued already, as periodic jobs are each minute: one of them is enough.
            with suppress(ConnectorException):
                await manager.finish_job(job, Status.ABORTED, delete_job=False)
        except ConnectorException:
            # It has ended meanwhile, or another was faster, or the database went away. The others are not to wait for that.
            log.warning("job %s of a dead worker was not given back; the next look sees to it", job.id)


@app.periodic(cron="23 19 * * *")  # in UTC, as all of them: 02.23 WIB
@app.task(name="messaging.forget_secrets", queue="upkeep", queueing_lock="messaging.forget_secrets")
def forget_secrets(timestamp: int) -> None:
    """Each night: empty the text of old one-time codes, and drop what is no longer looked at."""
    line.forget_old(now=timezone.now())


@app.periodic(cron="17 19 * * *")  # 02.17 WIB
@app.task(name="messaging.forget_jobs", queue="upkeep", queueing_lock="messaging.forget_jobs", pass_context=True)
async def forget_jobs(context: JobContext, timestamp: int) -> None:
    """Each night: drop jobs that ended well, or for another, more than three days ago; messages and attempts stay."""
    await context.app.job_manager.delete_old_jobs(nb_hours=72, include_aborted=True)


@app.periodic(cron="7 * * * *")
@app.task(name="messaging.send_reminders", queue="reminders", queueing_lock="messaging.send_reminders")
def send_reminders(timestamp: int) -> None:
    """Each hour: what is due by the day; when there is much, another job goes on, so that other work is not held up."""
    if reminding.send_due(now=timezone.now()):
        with suppress(AlreadyEnqueued):
            send_reminders.defer(timestamp=timestamp)
