"""Keeps what was rendered or looked up for seconds in this process, so that many readers cost one; no store, not shared.

Pages of staff hold personal data: nothing is given out after `seconds`, and it leaves memory when the next thing is kept.
"""

from __future__ import annotations

import secrets
import threading
import time
import weakref
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, Protocol, TypeVar

T = TypeVar("T")

# What stands in a kept text where the visitor's own token against forged posts, and the address of the page, go.
# Nobody can write them into an answer, for they are made anew at every start.
TOKEN = f"token-{secrets.token_hex(16)}"
HERE = f"address-{secrets.token_hex(16)}"


class Forgetting(Protocol):
    """What keeps something in this process and can be told to forget it."""

    def forget(self) -> None:
        """Keep nothing any more."""


EVERY: weakref.WeakSet[Forgetting] = weakref.WeakSet()


def forget_all() -> None:
    """Keep nothing any more in this process; what is asked for next is made anew. For tests and for counting queries."""
    for kept in EVERY:
        kept.forget()


class Kept:
    """At most `most` things by key, each for `seconds`; whoever asks must put all that the thing depends on in the key."""

    def __init__(self, *, most: int, seconds: float) -> None:
        self.most, self.seconds = most, seconds
        self._texts: OrderedDict[Hashable, tuple[float, Any]] = OrderedDict()
        self._lock = threading.Lock()
        EVERY.add(self)

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """What is kept for the key, made by `make` when it is not kept; two may make it at once, both get it right."""
        now = time.monotonic()
        kept = self._texts.get(key)
        if kept and now - kept[0] < self.seconds:
            return kept[1]
        text = make()
        with self._lock:
            self._texts[key] = (now, text)
            self._texts.move_to_end(key)
            while self._texts and (
                len(self._texts) > self.most or now - next(iter(self._texts.values()))[0] >= self.seconds
            ):
                self._texts.popitem(last=False)
        return text

    def forget(self) -> None:
        """Keep nothing any more."""
        with self._lock:
            self._texts.clear()
