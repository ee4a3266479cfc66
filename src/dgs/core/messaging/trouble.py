"""How trouble is named in the log: what and where, never what it was about, for a message speaks of a person."""

from __future__ import annotations

from pathlib import Path
from traceback import extract_tb


def where(error: BaseException) -> str:
    """`ValueError at saying.py:40`."""
    frames = extract_tb(error.__traceback__)
    return f"{type(error).__name__} at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else type(error).__name__
