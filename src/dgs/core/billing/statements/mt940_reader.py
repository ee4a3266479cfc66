"""Reading SWIFT MT940: a strict scan that names the line of every fault, and the library mt-940 for the fields.

The library alone is too forgiving for money: it merges a booking without a type code into the one before, corrects
impossible dates, takes the :86: after the closing balance for the last booking's, and names no line. So the scan judges first,
the library's reading must agree with it in number and amounts, and the balances must add up.

Where all bookings of a message are written wholly by the book (PLAIN) they are taken apart here, as the library would
(tests/test_referee.py holds the two against each other), and the library reads only the fields around them; of any other
message it reads all. A large file takes a quarter of the time so.
Source: SWIFT Standards MT, category 9, MT940 field specifications.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

import mt940
from django.utils.translation import gettext_lazy as _
from mt940.options import Options

from dgs.core.billing.errors import StatementRefused
from dgs.core.billing.statements.shape import ParsedLine, ParsedStatement, Part, account_key, plain

TAG = re.compile(r"^:(\d{2}[A-Z]?|NS):(.*)$", re.DOTALL)
BALANCE = re.compile(r"^([CD])(\d{6})([A-Z]{3})(\d{1,14},\d{0,2})$")
BOOKING = re.compile(
    r"^(?P<value>\d{6})(?P<entry>\d{4})?(?P<mark>R?[CD])(?P<funds>[A-Z])?(?P<amount>\d{1,14},\d{0,2})"
    r"(?P<type>[NFS][A-Z0-9]{3})(?P<rest>.*)$",
    re.DOTALL,
)
# The part of BOOKING in which nothing is left to interpretation; the end is the library's own pattern of tag 61.
PLAIN = re.compile(
    r"(?P<value>[0-9]{6})(?P<entry>[0-9]{4})?(?P<mark>R?[CD])[A-Z]?(?P<whole>[0-9]{1,12}),(?P<cents>[0-9]{0,2})[NFS][A-Z0-9]{3}"
    r"(?P<customer>(?:(?!//)[^\n]){0,16})(?://(?P<bank>[^\n]{0,23}))?"
    # A line of nothing but a hyphen is left out by the library.
    r"\n?(?!\s*-\s*\Z)(?P<extra>[^\n]*)"
)
SUBFIELD = re.compile(r"\?\d\d")
KNOWN = {
    "13D", "20", "21", "25", "25P", "28", "28C", "34F", "60F", "60M", "61", "62F", "62M", "64", "65", "86", "90C", "90D",
    "NS",
}
ENVELOPE = re.compile(r"^(\{\d:.*|-\}?.*|\x01.*|\x03.*)?$")
MAY_BE_ENVELOPE = ("", "{", "-", "\x01", "\x03")


class _Field(NamedTuple):
    tag: str
    value: str
    line: int


class _Booking(NamedTuple):
    """What a :61: and its :86: say."""

    line: int
    day: date
    amount: Decimal
    is_reversal: bool
    customer: str
    bank: str
    extra: str
    details: str


def looks_like_mt940(text: str) -> bool:
    """Whether the file calls itself MT940: a field :20: at the start of one of its first lines."""
    head = text.lstrip("\ufeff \n")[:600]
    return head.startswith("{1:") or any(line.startswith((":20:", "{4::20:")) for line in head.split("\n")[:12])


def read_mt940(text: str) -> ParsedStatement:
    """All messages of the file, which must be of one account and one currency."""
    messages = _messages(text)
    account = currency = ""
    lines: list[ParsedLine] = []
    parts: list[Part] = []
    for fields in messages:
        here, money, part, bookings = _message(fields)
        if account and account_key(here) != account_key(account):
            raise StatementRefused(_("The file holds statements of several accounts."), line=fields[0].line)
        if currency and money != currency:
            raise StatementRefused(_("The file holds statements in several currencies."), line=fields[0].line)
        account, currency = here, money
        balance = part.opening
        for booking in bookings:
            balance += booking.amount
            lines.append(_line(booking, len(parts), balance))
        parts.append(part)
    return ParsedStatement(
        format="mt940", account=account, currency=currency, lines=tuple(lines), parts=tuple(parts) or (Part(),)
    )


def _messages(text: str) -> list[list[_Field]]:
    fields: list[_Field] = []
    for number, line in enumerate(text.lstrip("\ufeff").split("\n"), start=1):
        line = line.rstrip()
        if "{4:" in line:
            line = line.split("{4:", 1)[1]
        found = TAG.match(line) if line[:1] == ":" else None
        if found:
            fields.append(_Field(found[1], found[2], number))
        elif line[:1] in MAY_BE_ENVELOPE and ENVELOPE.match(line):
            continue
        elif not fields:
            raise StatementRefused(_("Text stands before the first field of the statement."), line=number)
        else:
            last = fields[-1]
            fields[-1] = _Field(last.tag, f"{last.value}\n{line}", last.line)
    messages: list[list[_Field]] = []
    for field in fields:
        if field.tag not in KNOWN:
            raise StatementRefused(_("The field :%(tag)s: does not belong into an MT940."), line=field.line, tag=field.tag)
        if field.tag == "20":
            messages.append([])
        if not messages:
            raise StatementRefused(_("The statement must begin with the field :20:."), line=field.line)
        messages[-1].append(field)
    return messages


def _one(fields: list[_Field], *tags: str) -> _Field:
    found = [field for field in fields if field.tag in tags]
    if len(found) != 1:
        names = " / ".join(f":{tag}:" for tag in tags)
        if not found:
            raise StatementRefused(
                _("The field %(tag)s is missing; the file may have been cut off."), line=fields[-1].line, tag=names
            )
        raise StatementRefused(_("The field %(tag)s stands twice in one statement."), line=found[1].line, tag=names)
    return found[0]


def _balance(field: _Field) -> tuple[Decimal, str]:
    found = BALANCE.match(field.value.strip())
    if not found:
        raise StatementRefused(_("The balance in :%(tag)s: cannot be read."), line=field.line, tag=field.tag)
    _day(found[2], field.line, 7)
    amount = _amount(found[4])
    return (amount if found[1] == "C" else -amount), found[3]


def _amount(text: str) -> Decimal:
    return Decimal(text.replace(",", ".").rstrip(".")).quantize(Decimal("0.01"))


@lru_cache(maxsize=4096)
def _date(text: str) -> date | None:
    """The day of YYMMDD, None when there is no such day; a statement has few days and many bookings."""
    try:
        return date(2000 + int(text[:2]), int(text[2:4]), int(text[4:6]))
    except ValueError:
        return None


def _day(text: str, line: int, column: int) -> date:
    found = _date(text)
    if found is None:
        raise StatementRefused(_("%(text)s is not a date (YYMMDD)."), line=line, column=column, text=text)
    return found


def _booked_on(value: str, entry: str | None, line: int) -> date:
    valued = _day(value, line, 5)
    if not entry:
        return valued
    year = valued.year
    if valued.month == 12 and entry.startswith("01"):
        year += 1
    elif valued.month == 1 and entry.startswith("12"):
        year -= 1
    return _day(f"{year % 100:02d}{entry}", line, 11)


def _message(fields: list[_Field]) -> tuple[str, str, Part, list[_Booking]]:
    account = _one(fields, "25", "25P").value.split("\n")[0].strip()
    opening, closing = _one(fields, "60F", "60M"), _one(fields, "62F", "62M")
    opened, currency = _balance(opening)
    closed, other = _balance(closing)
    if currency != other:
        raise StatementRefused(_("Opening and closing balance are in different currencies."), line=closing.line)
    bookings: list[_Booking] = []
    is_plain = True
    for field, follows in zip(fields, [*fields[1:], None], strict=True):
        if field.tag == "61":
            if not opening.line < field.line < closing.line:
                raise StatementRefused(_("A booking (:61:) must stand between the balances."), line=field.line)
            details = follows.value if follows and follows.tag == "86" else ""
            found = PLAIN.fullmatch(field.value)
            bookings.append(_by_the_book(found, field.line, details) if found else _scanned(field, details))
            is_plain = is_plain and found is not None
    if bookings and is_plain:
        _by_library([field for field in fields if field.tag != "61"], bookings[0].line, 0)
    elif bookings:
        read = _by_library(fields, bookings[0].line, len(bookings))
        bookings = [_agreed(*pair) for pair in zip(bookings, read, strict=True)]
    total = sum((booking.amount for booking in bookings), Decimal(0))
    if opened + total != closed:
        raise StatementRefused(
            _("The balances do not agree: opening balance and bookings give %(sum)s, the file closes with %(closing)s."),
            line=closing.line, sum=opened + total, closing=closed,
        )
    number = next((plain(field.value) for field in fields if field.tag in {"28", "28C"}), "")
    return account, currency, Part(number=number, opening=opened, closing=closed), bookings


def _by_the_book(found: re.Match[str], line: int, details: str) -> _Booking:
    value, entry, mark, whole, cents, customer, bank, extra = found.groups()
    amount = Decimal(f"{whole}.{cents:0<2}")
    return _Booking(
        line, _booked_on(value, entry, line), amount if mark in {"C", "RD"} else -amount, mark[0] == "R", customer, bank or "",
        extra, details,
    )


def _scanned(field: _Field, details: str) -> _Booking:
    """A booking that the library has to take apart; refuses one that is none."""
    found = BOOKING.match(field.value)
    if not found:
        raise StatementRefused(
            _("The booking (:61:) cannot be read: date, mark (C, D, RC, RD), amount with a comma, type."),
            line=field.line, column=5 + _readable(field.value),
        )
    day, mark = _booked_on(found["value"], found["entry"], field.line), found["mark"]
    amount = _amount(found["amount"]) * (1 if mark in {"C", "RD"} else -1)
    return _Booking(field.line, day, amount, mark.startswith("R"), "", "", "", details)


def _agreed(scanned: _Booking, data: dict) -> _Booking:
    if scanned.amount != data["amount"].amount:
        raise StatementRefused(_("The amount of the booking is ambiguous."), line=scanned.line)
    customer, bank, extra = (data.get(name) or "" for name in ("customer_reference", "bank_reference", "extra_details"))
    return scanned._replace(customer=customer, bank=bank, extra=extra)


def _readable(value: str) -> int:
    """How many characters of a broken booking are still as they should be."""
    good = 0
    for pattern in (r"^\d{6}", r"^\d{6}(\d{4})?R?[CD]", r"^\d{6}(\d{4})?R?[CD][A-Z]?\d{1,14},\d{0,2}"):
        found = re.match(pattern, value)
        if found:
            good = found.end()
    return good


def _by_library(fields: list[_Field], first: int, count: int) -> list[dict]:
    """The data of each booking as mt-940 reads it; refuses when the library sees other bookings than the scan.

    `first` is the line of the message's first booking, `count` how many bookings are among the fields.
    """
    text = "\n".join(f":{field.tag}:{field.value}" for field in fields if field.tag not in {"86", "NS", "25P"})
    read = mt940.models.Transactions(options=Options.all())
    try:
        read.parse(text)
    except (RuntimeError, ValueError, KeyError, ArithmeticError, TypeError) as error:
        raise StatementRefused(_("The statement cannot be read as MT940."), line=first) from error
    if len(read) != count:
        raise StatementRefused(
            _("The statement holds %(count)s bookings, but only %(read)s can be told apart."), line=first, count=count,
            read=len(read),
        )
    return [transaction.data for transaction in read]


def _line(booking: _Booking, part: int, balance: Decimal) -> ParsedLine:
    references = (plain(booking.customer), plain(booking.bank))
    reference = " ".join(one for one in references if one and one != "NONREF")
    text = f"{booking.extra} {booking.details}"
    return ParsedLine(
        file_line=booking.line, booked_on=booking.day, amount=booking.amount, reference=reference,
        text=plain(SUBFIELD.sub(" ", text) if "?" in text else text),
        raw="\n".join(one for one in (reference, booking.extra, booking.details) if one), is_reversal=booking.is_reversal,
        part=part, balance=balance,
    )
