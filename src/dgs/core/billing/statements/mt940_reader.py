"""Reading SWIFT MT940: a strict scan that names the line of every fault, and the library mt-940 for the fields.

The library alone is too forgiving for money: it merges a booking without a type code into the one before, corrects
impossible dates, takes the :86: after the closing balance for the last booking's, and names no line. So the scan judges first,
the library's reading must agree with it in number and amounts, and the balances must add up.
Source: SWIFT Standards MT, category 9, MT940 field specifications.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

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
KNOWN = {
    "13D", "20", "21", "25", "25P", "28", "28C", "34F", "60F", "60M", "61", "62F", "62M", "64", "65", "86", "90C", "90D",
    "NS",
}
ENVELOPE = re.compile(r"^(\{\d:.*|-\}?.*|\x01.*|\x03.*)?$")


@dataclass(frozen=True)
class _Field:
    tag: str
    value: str
    line: int


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
        here, money, part, found = _message(fields)
        if account and account_key(here) != account_key(account):
            raise StatementRefused(_("The file holds statements of several accounts."), line=fields[0].line)
        if currency and money != currency:
            raise StatementRefused(_("The file holds statements in several currencies."), line=fields[0].line)
        account, currency = here, money
        balance = part.opening
        for line in found:
            balance += line.amount
            lines.append(replace(line, part=len(parts), balance=balance))
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
        found = TAG.match(line)
        if found:
            fields.append(_Field(found[1], found[2], number))
        elif ENVELOPE.match(line):
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


def _day(text: str, line: int, column: int) -> date:
    try:
        return date(2000 + int(text[:2]), int(text[2:4]), int(text[4:6]))
    except ValueError:
        raise StatementRefused(_("%(text)s is not a date (YYMMDD)."), line=line, column=column, text=text) from None


def _booked_on(found: re.Match[str], line: int) -> date:
    value = _day(found["value"], line, 5)
    if not found["entry"]:
        return value
    entry = found["entry"]
    year = value.year
    if value.month == 12 and entry.startswith("01"):
        year += 1
    elif value.month == 1 and entry.startswith("12"):
        year -= 1
    return _day(f"{year % 100:02d}{entry}", line, 11)


def _message(fields: list[_Field]) -> tuple[str, str, Part, list[ParsedLine]]:
    account = _one(fields, "25", "25P").value.split("\n")[0].strip()
    opening, closing = _one(fields, "60F", "60M"), _one(fields, "62F", "62M")
    opened, currency = _balance(opening)
    closed, other = _balance(closing)
    if currency != other:
        raise StatementRefused(_("Opening and closing balance are in different currencies."), line=closing.line)
    scanned: list[tuple[_Field, re.Match[str], str]] = []
    for position, field in enumerate(fields):
        if field.tag == "61":
            if not opening.line < field.line < closing.line:
                raise StatementRefused(_("A booking (:61:) must stand between the balances."), line=field.line)
            found = BOOKING.match(field.value)
            if not found:
                raise StatementRefused(
                    _("The booking (:61:) cannot be read: date, mark (C, D, RC, RD), amount with a comma, type."),
                    line=field.line, column=5 + _readable(field.value),
                )
            _booked_on(found, field.line)
            follows = fields[position + 1] if position + 1 < len(fields) else None
            scanned.append((field, found, follows.value if follows and follows.tag == "86" else ""))
    read = _by_library(fields, [field for field, *_rest in scanned])
    lines = [_line(*one, data) for one, data in zip(scanned, read, strict=True)]
    total = sum((line.amount for line in lines), Decimal(0))
    if opened + total != closed:
        raise StatementRefused(
            _("The balances do not agree: opening balance and bookings give %(sum)s, the file closes with %(closing)s."),
            line=closing.line, sum=opened + total, closing=closed,
        )
    number = next((plain(field.value) for field in fields if field.tag in {"28", "28C"}), "")
    return account, currency, Part(number=number, opening=opened, closing=closed), lines


def _readable(value: str) -> int:
    """How many characters of a broken booking are still as they should be."""
    good = 0
    for pattern in (r"^\d{6}", r"^\d{6}(\d{4})?R?[CD]", r"^\d{6}(\d{4})?R?[CD][A-Z]?\d{1,14},\d{0,2}"):
        found = re.match(pattern, value)
        if found:
            good = found.end()
    return good


def _by_library(fields: list[_Field], bookings: list[_Field]) -> list[dict]:
    """The data of each booking as mt-940 reads it; refuses when the library sees other bookings than the scan."""
    if not bookings:
        return []
    text = "\n".join(f":{field.tag}:{field.value}" for field in fields if field.tag not in {"86", "NS", "25P"})
    read = mt940.models.Transactions(options=Options.all())
    try:
        read.parse(text)
    except (RuntimeError, ValueError, KeyError, ArithmeticError, TypeError) as error:
        raise StatementRefused(_("The statement cannot be read as MT940."), line=bookings[0].line) from error
    if len(read) != len(bookings):
        raise StatementRefused(
            _("The statement holds %(count)s bookings, but only %(read)s can be told apart."),
            line=bookings[0].line, count=len(bookings), read=len(read),
        )
    return [transaction.data for transaction in read]


def _line(field: _Field, found: re.Match[str], details: str, data: dict) -> ParsedLine:
    mark = found["mark"]
    amount = _amount(found["amount"]) * (1 if mark in {"C", "RD"} else -1)
    if amount != data["amount"].amount:
        raise StatementRefused(_("The amount of the booking is ambiguous."), line=field.line)
    references = [data.get("customer_reference"), data.get("bank_reference")]
    reference = " ".join(plain(r) for r in references if r and plain(r) != "NONREF")
    extra = data.get("extra_details") or ""
    raw = "\n".join(part for part in (reference, extra, details) if part)
    return ParsedLine(
        file_line=field.line, booked_on=_booked_on(found, field.line), amount=amount, reference=reference,
        text=plain(re.sub(r"\?\d\d", " ", f"{extra} {details}")), raw=raw, is_reversal=mark.startswith("R"),
    )
