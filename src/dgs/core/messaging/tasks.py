"""The jobs of the outbox: hand one message over, look after what was left lying; what is said is not here.

A worker runs with `python -m django procrastinate worker --concurrency 4`. It needs no other argument: queues are all
served, periodic jobs are deferred by any running worker, once per minute however many run.
"""

from __future__ import annotations

from django.utils import timezone
from procrastinate import JobContext
from procrastinate.contrib.django import app

from dgs.core.messaging import handover


@app.task(name="messaging.hand_over", queue="messages")
def hand_over(message_id: int) -> None:
    """Try once to hand a message over."""
    handover.hand_over(message_id)


@app.periodic(cron="* * * * *")
@app.task(name="messaging.tend", queue="upkeep", queueing_lock="messaging.tend")
def tend(timestamp: int) -> None:
    """Each minute: queue messages whose job died."""
    handover.tend(now=timezone.now())


@app.periodic(cron="* * * * *")
@app.task(name="messaging.retry_stalled", queue="upkeep", queueing_lock="messaging.retry_stalled", pass_context=True)
async def retry_stalled(context: JobContext, timestamp: int) -> None:
    """Each minute: give jobs of any room whose worker died to another worker; every job of DGS may run twice."""
    await give_back_stalled(context.app.job_manager, seconds=30)


async def give_back_stalled(manager, *, seconds: float) -> None:
    """Queue again what a worker held that has given no sign of life for so many seconds (it gives one each ten)."""
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=seconds):
        await manager.retry_job(job)


@app.periodic(cron="23 19 * * *")  # in UTC, as all of them: 02.23 WIB
@app.task(name="messaging.forget_secrets", queue="upkeep", queueing_lock="messaging.forget_secrets")
def forget_secrets(timestamp: int) -> None:
    """Each night: empty the text of old one-time codes."""
    handover.forget_secrets(now=timezone.now())


@app.periodic(cron="17 19 * * *")  # 02.17 WIB
@app.task(name="messaging.forget_jobs", queue="upkeep", queueing_lock="messaging.forget_jobs", pass_context=True)
async def forget_jobs(context: JobContext, timestamp: int) -> None:
    """Each night: drop jobs that ended well more than three days ago; messages and attempts stay."""
    await context.app.job_manager.delete_old_jobs(nb_hours=72)
