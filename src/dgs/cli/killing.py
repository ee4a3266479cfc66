"""Kills at random what one DGS of our own runs on: web workers, the background worker, connections to the database."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

import psycopg

from dgs.cli.children import Child

WEB, WORKER, DATABASE = "web workers", "background workers", "database connections"
KINDS = (WEB, WORKER, DATABASE)
# By this name the database knows whose connections these are (PGAPPNAME of the children).
NAME = "dgs-to-be-killed"
# Seconds: a new worker needs some until it works; killed more often, nothing would ever be done.
WORKER_AFTER = 6
BACKEND = """
SELECT pg_terminate_backend(pid) FROM (
  SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name = %s AND pid <> pg_backend_pid()
  ORDER BY random() LIMIT 1
) chosen
"""


class Killer:
    """Kills processes of these children, which it starts again, and their connections to the database at `url`; no other's.

    `killed` counts by kind; `ended` how often the worker ended by itself, as when it lost the database.
    """

    def __init__(self, *, web: Child, worker: Child, url: str) -> None:
        self.web, self.worker, self.url = web, worker, url
        self.killed: Counter[str] = Counter()
        self.ended = 0
        self.over = threading.Event()
        self.lock = threading.Lock()

    def kill(self, kind: str, chance: random.Random) -> bool:
        """Kill one of a kind; False when there is none just now. A web worker is replaced by its master, the worker here."""
        with self.lock:
            done = {WEB: self._web, WORKER: self._worker, DATABASE: self._connection}[kind](chance)
        self.killed[kind] += done
        return done

    def run(self, chance: random.Random, *, every: float) -> None:
        """Kill until `over` is set, with pauses of `every` seconds on average; to be run in a thread of its own."""
        started = time.monotonic()
        while not self.over.wait(chance.uniform(0.2, 1.8) * every):
            kind = chance.choice(KINDS if time.monotonic() - started > WORKER_AFTER else (WEB, DATABASE))
            self.kill(kind, chance)
            started = time.monotonic() if kind == WORKER else started
            self.mend()

    def mend(self) -> None:
        """Start the worker again when it has ended, as whoever watches over it in production does."""
        with self.lock:
            if self.worker.has_ended:
                self.ended += 1
                self.worker.start()

    def _web(self, chance: random.Random) -> bool:
        workers = _children_of(self.web.process.pid)
        return bool(workers) and _killed(chance.choice(workers))

    def _worker(self, chance: random.Random) -> bool:
        if self.worker.has_ended or not _killed(self.worker.process.pid):
            return False
        self.worker.process.wait(10)
        self.worker.start()
        return True

    def _connection(self, chance: random.Random) -> bool:
        with psycopg.connect(self.url, autocommit=True) as connection:
            return connection.execute(BACKEND, [NAME]).fetchone() is not None


def _children_of(parent: int) -> list[int]:
    """The processes that a process of ours started, told by the kernel (Linux)."""
    with suppress(OSError):
        return [int(pid) for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]
    return []


def _killed(pid: int) -> bool:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True
