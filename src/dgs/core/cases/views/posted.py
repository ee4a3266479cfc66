"""What a form carries besides answers, read so that nothing posted can break a page."""

from __future__ import annotations


def number(text) -> int | None:
    """A whole number that a form carries, or None; also for thousands of digits, which Python refuses to read."""
    try:
        return int(text)
    except (TypeError, ValueError):
        return None
