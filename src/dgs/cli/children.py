"""Starts and ends the processes of a demo, each in a session of its own; what runs in them is not here."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from dgs.cli.embedded import become


class Child:
    """One process that writes to a log file, ends with `stop()` and, on Linux, when this process dies."""

    def __init__(self, name: str, command: list[str], *, log: Path, environment: dict[str, str], keep: tuple = ()) -> None:
        self.name = name
        self.command = command
        self.log = log
        self.environment = environment
        self.keep = keep
        self.process: subprocess.Popen | None = None

    def start(self) -> None:
        """Start it; its output goes to the end of the log."""
        parent = os.getpid()
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, *self.command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self.environment,
                pass_fds=self.keep,
                preexec_fn=lambda: become(parent),
            )

    @property
    def has_ended(self) -> bool:
        """Whether it was started and is no longer there."""
        return self.process is not None and self.process.poll() is not None

    def stop(self, *, patience: float = 12) -> None:
        """Ask its whole process group to end, and after `patience` seconds make it."""
        if self.process is None:
            return
        for name, wait in ((signal.SIGTERM, patience), (signal.SIGKILL, 5)):
            if self.process.poll() is None:
                _signal_group(self.process.pid, name)
                try:
                    self.process.wait(wait)
                except subprocess.TimeoutExpired:
                    continue
            if _group_ended(self.process.pid, 2):
                return

    def last_lines(self, count: int = 3) -> str:
        """The end of its log on one line, for a sentence about what went wrong."""
        lines = [line.strip() for line in self.log.read_text(errors="replace").splitlines() if line.strip()]
        return " / ".join(lines[-count:])


def _signal_group(group: int, name: signal.Signals) -> None:
    try:
        os.killpg(group, name)
    except (ProcessLookupError, PermissionError):
        return


def _group_ended(group: int, patience: float) -> bool:
    until = time.monotonic() + patience
    while time.monotonic() < until:
        try:
            os.killpg(group, 0)
        except (ProcessLookupError, PermissionError):
            return True
        time.sleep(0.02)
    return False
