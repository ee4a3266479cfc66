"""Texts without what no database takes and no telephone shows; what they mean is not looked at."""

from __future__ import annotations

# All but tab and the ends of lines.
CONTROL = dict.fromkeys([c for c in range(32) if c not in (9, 10, 13)] + [127])


def plain(text: object, most: int | None = None) -> str:
    """A text without NUL, other control characters and halves of characters, at most so long."""
    return str(text).encode("utf-8", "replace").decode().translate(CONTROL).strip()[:most]
