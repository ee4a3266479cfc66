"""The names of the drawn icons, read from the sprite once."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

SPRITE = Path(__file__).parent / "static" / "ui" / "icons.svg"


@cache
def icon_names() -> tuple[str, ...]:
    """Every icon of the sprite, by name."""
    return tuple(re.findall(r'<symbol id="([^"]+)"', SPRITE.read_text()))
