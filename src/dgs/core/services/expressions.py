"""The safe expression language of service definitions; evaluated on the server only, no access to Python objects."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Expression:
    """A compiled rule; `source` is its text as written."""

    source: str
