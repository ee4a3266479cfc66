"""Marks by which e-mail that comes back is known as ours: the number of a message or attempt with a keyed hash of it."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator

from dgs.kernel.protection import keyed_hash

# Small letters and digits survive any server's spelling.
MARK = re.compile(r"(?<![0-9a-z])([am])([0-9]{1,18})-([0-9a-f]{24})(?![0-9a-z])", re.I | re.ASCII)


def mark_of(letter: str, number: int) -> str:
    """The mark of an attempt ("a") or of a message ("m")."""
    return f"{letter}{number}-{keyed_hash(f'{letter}{number}', 'messaging-bounce')[:24]}"


def genuine(text: str) -> Iterator[tuple[str, int]]:
    """The letters and numbers of the marks in a text that we made."""
    for found in MARK.finditer(text):
        letter, number = found[1].lower(), int(found[2])
        if secrets.compare_digest(mark_of(letter, number).partition("-")[2], found[3].lower()):
            yield letter, number
