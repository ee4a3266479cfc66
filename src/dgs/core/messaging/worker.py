"""The background worker as a process: works until told to stop, gives back what dead ones held, ends when it cannot be relied on.

What a job does is in the rooms. Who starts it again is systemd or the demo, by its exit code.
"""

from __future__ import annotations

import asyncio
import faulthandler
import logging
import signal
from threading import Thread
from typing import Any

from procrastinate import worker
from procrastinate.contrib.django import app as the_app
from procrastinate.exceptions import ConnectorException

from dgs.core.messaging.pump import Pump
from dgs.core.messaging.tasks import give_back_stalled

log = logging.getLogger(__name__)

# Seconds: a sign of life, how long without one is dead, between looks for jobs of the dead.
BEAT, DEAD, LOOK = 5, 20, 5
# Seconds that running jobs have to come to their end, and after which a process without any word from the database is ended.
GRACE, SILENT = 10, 60


class Worker(worker.Worker):
    """Stops as well when the end of a job could not be written down: the job would be ours as long as we live."""

    is_ending = False

    def stop(self) -> None:
        """Take no more jobs; told by a signal, or because a side task lost the database."""
        self.is_ending = True
        super().stop()

    async def _persist_job_status(self, *args: Any, **about: Any) -> None:
        try:
            await super()._persist_job_status(*args, **about)
        except ConnectorException:
            log.error("the end of a job could not be written down; this worker ends, so that another takes the job")
            self.stop()
            raise


def work(*, concurrency: int, is_once: bool = False) -> bool:
    """Work until told to stop, or until nothing is queued; False when it ended by itself and must be started again."""
    with the_app.replace_connector(the_app.connector.get_worker_connector()) as app:
        if is_once:
            asyncio.run(_work(app, concurrency=concurrency, is_once=True))
            Pump().run(is_once=True)
            return True
        pump = Pump()
        thread = pump.start()
        try:
            return asyncio.run(_work(app, concurrency=concurrency, pump=thread))
        finally:
            pump.stopping.set()
            thread.join(GRACE)


async def _work(app: Any, *, concurrency: int, is_once: bool = False, pump: Thread | None = None) -> bool:
    async with app.open_async():
        app.perform_import_paths()
        ours = Worker(
            app=app, **app.worker_defaults, concurrency=concurrency, wait=not is_once, listen_notify=not is_once,
            shutdown_graceful_timeout=GRACE, update_heartbeat_interval=BEAT, stalled_worker_timeout=DEAD,
            install_signal_handlers=False,
        )
        told = _stopped_by_signals(ours)
        keeper = asyncio.create_task(_keep(ours, pump))
        try:
            await ours.run()
        except ConnectorException:
            log.exception("this worker lost the database")
            return False
        finally:
            keeper.cancel()
    if is_once or told.is_set():
        faulthandler.cancel_dump_traceback_later()
        return True
    return False  # whatever of it still hangs has as long as the last look gave it


def _stopped_by_signals(ours: Worker) -> asyncio.Event:
    """Have SIGTERM and SIGINT stop it, the second one at once; the event says whether one came."""
    told, loop = asyncio.Event(), asyncio.get_running_loop()

    def tell() -> None:
        told.set()
        for name in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(name)
        faulthandler.cancel_dump_traceback_later()  # however long the last job takes: who told it decides how long he waits
        ours.stop()

    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, tell)
    return told


async def _keep(ours: Worker, pump: Thread | None) -> None:
    """Give back what dead workers held, at the start and then always; not as a job, for those may all be held by the dead.

    Each look that got an answer puts off the end of this process, which comes even when nothing in it moves any more.
    """
    faulthandler.dump_traceback_later(SILENT, exit=True)
    while not ours.is_ending:
        if pump is not None and not pump.is_alive():
            log.error("the pump of this worker has ended; this worker ends, so that another hands messages over")
            ours.stop()
        try:
            await give_back_stalled(ours.app.job_manager, seconds=DEAD)
        except ConnectorException:
            log.warning("no look for jobs of dead workers: the database did not answer")
        else:
            if not ours.is_ending:
                faulthandler.dump_traceback_later(SILENT, exit=True)
        await asyncio.sleep(LOOK)
