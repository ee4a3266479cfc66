"""What the documents room announces to other rooms."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from dgs.kernel.events import Event


@dataclass(frozen=True, kw_only=True)
class DocumentWithdrawn(Event):
    """A document was withdrawn; `about` is the thing it had been issued for."""

    about: str
    now: datetime
