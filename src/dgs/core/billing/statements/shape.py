"""What a statement file says once it is read, whatever its format; nothing here knows bills or the database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, kw_only=True)
class ParsedLine:
    """One booking. `amount` is signed (positive = money in), two decimals; `raw` keeps line breaks for finding codes."""

    file_line: int
    booked_on: date
    amount: Decimal
    reference: str
    text: str
    raw: str
    is_reversal: bool = False


@dataclass(frozen=True, kw_only=True)
class ParsedStatement:
    """A whole file. `account` is the number the file names (digits and letters only), or "" when it names none."""

    format: str
    account: str
    currency: str
    lines: tuple[ParsedLine, ...]


def plain(text: str) -> str:
    """Text on one line without control characters, blanks collapsed."""
    return " ".join("".join(ch if ch.isprintable() else " " for ch in text).split())


def account_key(number: str) -> str:
    """An account number for comparison: no separators, no leading zeros, no bank code before a slash, no currency after."""
    tail = number.strip().rsplit("/", 1)[-1].upper()
    tail = "".join(ch for ch in tail if ch.isalnum())
    if len(tail) > 3 and tail[-3:].isalpha() and tail[:-3].isdigit():
        tail = tail[:-3]
    return tail.lstrip("0")
