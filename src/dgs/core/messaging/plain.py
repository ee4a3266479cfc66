"""Texts and numbers from outside as a database takes them; what they mean is not looked at."""

from __future__ import annotations

# All but tab and the ends of lines.
CONTROL = dict.fromkeys([c for c in range(32) if c not in (9, 10, 13)] + [127])


def plain(text: object, most: int | None = None) -> str:
    """A text without NUL, other control characters and halves of characters, at most so long."""
    return str(text).encode("utf-8", "replace").decode().translate(CONTROL).strip()[:most]


def number_of(text: str, most: int = 18) -> int | None:
    """A whole number in plain digits, at most so many, for the database takes no longer one; None for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= most else None
