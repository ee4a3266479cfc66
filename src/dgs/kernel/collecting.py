"""Letting Python's garbage collector look seldom while much is made at once; what is collected is not decided here."""

from __future__ import annotations

import functools
import gc
import threading
from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")
SELDOM = (10_000, 50, 1_000)
_lock = threading.Lock()
_inside = 0
_usual: tuple[int, int, int] = gc.get_threshold()


def seldom_collected(act: Callable[P, R]) -> Callable[P, R]:
    """Run an act that makes hundreds of thousands of objects, all of which it needs, without the search through all of them.

    The collector goes through everything that lives each time a quarter more lives; for a statement of 100,000 lines that was
    a third of the time, and found nothing. Young objects are still looked at, so what other threads leave is not piled up.
    The thresholds are the process's own: the first that begins lifts them, the last that ends puts back what was there.
    """

    @functools.wraps(act)
    def lifted(*args: P.args, **kwargs: P.kwargs) -> R:
        _begin()
        try:
            return act(*args, **kwargs)
        finally:
            _end()

    return lifted


def _begin() -> None:
    global _inside, _usual
    with _lock:
        if not _inside:
            _usual = gc.get_threshold()
            gc.set_threshold(*SELDOM)
        _inside += 1


def _end() -> None:
    global _inside
    with _lock:
        _inside -= 1
        if not _inside:
            gc.set_threshold(*_usual)
