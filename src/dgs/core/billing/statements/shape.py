"""What a statement file says once it is read, whatever its format; nothing here knows bills or the database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, kw_only=True)
class Part:
    """One statement inside a file (an MT940 message; a CSV file is one): its number, and the balances it begins and ends with.

    The balances are None when the file does not say them for every booking.
    """

    number: str = ""
    opening: Decimal | None = None
    closing: Decimal | None = None

    def is_apart_from(self, other: Part) -> bool:
        """Whether the bank itself says that one goes on where the other stopped: other numbers, and the balances meet.

        Both may begin at the same balance all the same: an account that is swept each day begins and ends at nought.
        """
        is_said = bool(self.number and other.number) and None not in (self.opening, other.opening)
        meets = self.opening == other.closing or self.closing == other.opening
        return is_said and self.number != other.number and meets

    def to_json(self) -> list[str | None]:
        """For keeping with the statement."""
        return [self.number, *(None if one is None else str(one) for one in (self.opening, self.closing))]

    @classmethod
    def from_json(cls, kept: list[str | None]) -> Part:
        """What to_json made."""
        opening, closing = (None if one is None else Decimal(one) for one in kept[1:])
        return cls(number=kept[0] or "", opening=opening, closing=closing)


@dataclass(frozen=True, kw_only=True, slots=True)
class ParsedLine:
    """One booking. `amount` is signed (positive = money in), two decimals; `raw` keeps line breaks for finding codes.

    `part` is the place of its statement in the file; `balance` is what the account holds after it, None when that is not said.
    """

    file_line: int
    booked_on: date
    amount: Decimal
    reference: str
    text: str
    raw: str
    is_reversal: bool = False
    part: int = 0
    balance: Decimal | None = None


@dataclass(frozen=True, kw_only=True)
class ParsedStatement:
    """A whole file. `account` is the number the file names (digits and letters only), or "" when it names none.

    `left_out` counts entries that the bank announced but has not booked (camt.053: PDNG, INFO): they are no bookings.
    """

    format: str
    account: str
    currency: str
    lines: tuple[ParsedLine, ...]
    parts: tuple[Part, ...] = (Part(),)
    left_out: int = 0


def plain(text: str) -> str:
    """Text on one line without control characters, blanks collapsed."""
    # Nearly every text needs no look at its letters one by one, and a statement has hundreds of thousands of texts.
    text = text.replace("\n", " ")
    if not text.isprintable():
        text = "".join(ch if ch.isprintable() else " " for ch in text)
    return " ".join(text.split())


def account_key(number: str) -> str:
    """An account number for comparison: no separators, no leading zeros, no bank code before a slash, no currency after."""
    tail = number.strip().rsplit("/", 1)[-1].upper()
    tail = "".join(ch for ch in tail if ch.isalnum())
    if len(tail) > 3 and tail[-3:].isalpha() and tail[:-3].isdigit():
        tail = tail[:-3]
    return tail.lstrip("0")
