"""What the verbs say on the terminal: steps with their time, and refusals as one sentence; no work is done here."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Refused(Exception):
    """A verb cannot do its work; the text is one clear sentence, `code` the exit code."""

    def __init__(self, sentence: str, code: int = 2) -> None:
        super().__init__(sentence)
        self.code = code


def say(line: str = "") -> None:
    """A line that is seen at once, also through a pipe."""
    print(line, flush=True)


@contextmanager
def step(title: str) -> Iterator[list[str]]:
    """Print a title, do the work, print its time; what is appended to the list stands behind the time."""
    began = time.monotonic()
    sys.stdout.write(f"  {title:<28} ")
    sys.stdout.flush()
    remarks: list[str] = []
    try:
        yield remarks
    except BaseException as error:
        say("failed" if isinstance(error, Exception) else "stopped")
        raise
    say(f"{time.monotonic() - began:6.1f} s  {' '.join(remarks)}".rstrip())


def checkout() -> Path:
    """The folder the launcher stands in."""
    return Path(os.environ.get("DGS_CHECKOUT") or Path(__file__).resolve().parents[3])
