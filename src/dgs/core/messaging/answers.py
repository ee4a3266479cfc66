"""What people answer by SMS to a question of ours: yes, no, or the number of one of several things; asking is the commands'."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")
YES = frozenset({"YA", "Y", "YES", "OK", "IYA"})
NO = frozenset({"TIDAK", "T", "TDK", "NO", "N"})


def word_of(text: str) -> str:
    """An answer of one word as it is compared: "Ya." is YA."""
    return text.strip(" .!").upper()


def picked(text: str, offered: Sequence[T]) -> T | None:
    """Which of the things shown with numbers from 1 on is meant by "2", "2." or "#2"; None when it is no such number."""
    typed = text.strip(" .)#")
    if not (typed.isascii() and typed.isdigit() and len(typed) < 4):
        return None
    return offered[int(typed) - 1] if 0 < int(typed) <= len(offered) else None
