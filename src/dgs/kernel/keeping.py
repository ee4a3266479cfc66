"""Keeps rendered text for seconds in this process, so that many readers of the same cost one; not a store, not shared.

What is kept is gone for good after `seconds`, also from memory: pages of staff hold personal data.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable

# What stands in a kept text where the visitor's own token against forged posts, and the address of the page, go.
TOKEN = "token-of-the-visitor"  # noqa: S105 - a mark, not a secret
HERE = "address-of-the-page"


class Kept:
    """At most `most` texts by key, each for `seconds`; whoever asks must put everything the text depends on in the key."""

    def __init__(self, *, most: int, seconds: float) -> None:
        self.most, self.seconds = most, seconds
        self._texts: OrderedDict[Hashable, tuple[float, str]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], str]) -> str:
        """The text of the key, made by `make` when it is not kept; two may make it at once, both get it right."""
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
