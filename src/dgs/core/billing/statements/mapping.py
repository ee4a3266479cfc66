"""How one bank's CSV is read because a person has said so: which column holds what; finding such a choice, and guessing one.

What is guessed is only offered to the person; what is read is judged as strictly as any file (delimited.py).
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from django.utils.translation import gettext_lazy as _

from dgs.core.billing.errors import StatementRefused
from dgs.core.billing.statements import delimited, numbers
from dgs.core.billing.statements.shape import ParsedStatement, account_key

DELIMITERS = (";", ",", "\t", "|")
ENCODINGS = ("utf-8", "cp1252", "utf-16")
ORDERS = ("dmy", "mdy", "ymd")
KINDS = {
    "date": _("booking date"), "text": _("description"), "reference": _("reference"), "amount": _("amount"),
    "mark": _("debit/credit mark"), "debit": _("debit (money out)"), "credit": _("credit (money in)"), "balance": _("balance"),
    "currency": _("currency"), "account": _("account number"),
}
SEVERAL = {"text", "reference"}
MOST_COLUMNS = 40
HEAD_LINES = 400


@dataclass(frozen=True, kw_only=True)
class ColumnChoice:
    """Which column (from 0) holds what; several for text and reference.

    `skip` rows stand above the first booking, the last of them is the header, whose `signature` finds the choice again; "" for a
    file without header, which only an account's own choice reads. `account` is the number of the account it belongs to, or "".
    """

    columns: dict[str, tuple[int, ...]] = field(default_factory=dict)
    delimiter: str = ";"
    encoding: str = "utf-8"
    order: str = "dmy"
    decimal: str = ""
    skip: int = 1
    signature: str = ""
    account: str = ""

    def faults(self) -> list:
        """Sentences on what the choice lacks or says twice; none when it can be used."""
        found = [
            _("Two columns are chosen for %(kind)s; only descriptions and references may be several.")
            % {"kind": KINDS[kind]}
            for kind, places in self.columns.items()
            if len(places) > 1 and kind not in SEVERAL
        ]
        if "date" not in self.columns:
            found.append(_("Choose the column of the booking date."))
        if not {"text", "reference"} & set(self.columns):
            found.append(_("Choose at least one column with the description or the reference."))
        sides = {"debit", "credit"} & set(self.columns)
        if "amount" in self.columns and sides:
            found.append(_("Choose either one column of amounts or the two of debit and credit, not both."))
        elif "amount" not in self.columns and len(sides) < 2:
            found.append(_("Choose the column of amounts, or both debit and credit."))
        if "mark" in self.columns and "amount" not in self.columns:
            found.append(_("The debit/credit mark belongs to one column of amounts."))
        return found


def signature(cells: Sequence[str]) -> str:
    """What is equal in headers that differ only in case, signs and blanks; "" for a row without letters."""
    names = [delimited.column_name(cell) for cell in cells]
    while names and not names[-1]:
        names.pop()
    return hashlib.sha256("\x1f".join(names).encode()).hexdigest() if any(names) else ""


def decoded(data: bytes, encoding: str) -> str | None:
    """The text with plain line ends, or None when it is not written in this encoding."""
    try:
        text = data.decode("utf-8-sig" if encoding == "utf-8" else encoding)
    except UnicodeError:
        return None
    return None if "\x00" in text else text.replace("\r\n", "\n").replace("\r", "\n")


def find_choice(data: bytes, choices: Sequence[ColumnChoice], account: str) -> ParsedStatement | None:
    """What the first choice that fits reads; None when none does.

    First those whose header stands in the file, of the account before those of any; then the account's own without header.
    """
    own = account_key(account)
    ours = [one for one in choices if not one.account or not own or account_key(one.account) == own]
    heads: dict[tuple[str, str], list] = {}
    for choice in sorted((one for one in ours if one.signature), key=lambda one: not one.account):
        # A file of 200,000 rows is not taken apart once for each choice there is: the heading stands among the first.
        way = choice.encoding, choice.delimiter
        if way not in heads:
            heads[way] = _rows(data, choice, most=HEAD_LINES)[: delimited.HEADER_WITHIN]
        for place, row in enumerate(heads[way]):
            if signature(row.cells) == choice.signature:
                return _read(_rows(data, choice), place + 1, choice)
    for choice in ours:
        if not choice.signature and choice.account and own and (rows := _rows(data, choice)):
            return _read(rows, choice.skip, choice)
    return None


def read_chosen(data: bytes, choice: ColumnChoice) -> ParsedStatement:
    """Read a file by this very choice, with as many rows skipped as it says."""
    if decoded(data, choice.encoding) is None:
        raise StatementRefused(_("The file is not written in this encoding."), line=1)
    return _read(_rows(data, choice), choice.skip, choice)


def table(data: bytes, choice: ColumnChoice, count: int = 12) -> list[tuple[int, list[str]]]:
    """The first rows that hold anything, each with its line; columns are filled up to the widest."""
    rows = [row for row in _rows(data, choice) if any(cell.strip() for cell in row.cells)][:count]
    width = min(MOST_COLUMNS, max((len(row.cells) for row in rows), default=0))
    return [(row.line, [*row.cells[:width], *[""] * (width - len(row.cells))]) for row in rows]


def with_header(data: bytes, choice: ColumnChoice) -> ColumnChoice:
    """The choice with the signature of the last row that it skips."""
    rows = _rows(data, choice)
    found = signature(rows[choice.skip - 1].cells) if 0 < choice.skip <= len(rows) else ""
    return replace(choice, signature=found)


def guess(data: bytes) -> ColumnChoice:
    """What the file looks like, to be offered: as the reader of usual layouts finds it, else by its most frequent width."""
    encoding = next((one for one in _likely(data) if decoded(data, one) is not None), "cp1252")
    text = decoded(data, encoding) or ""
    try:
        rows, start, layout = delimited.find_header(text)
    except StatementRefused:
        return _by_width(text, ColumnChoice(encoding=encoding, skip=0))
    choice = ColumnChoice(
        columns={kind: tuple(places) for kind, places in layout.at.items()}, encoding=encoding, skip=start + 1,
        delimiter=next(one for one in DELIMITERS if _same(text, one, rows)),
    )
    body = rows[start + 1 :]
    return replace(choice, decimal=_decimal(body, layout), order=_order([layout.cell(row, "date") for row in body]))


def _likely(data: bytes) -> tuple[str, ...]:
    return ("utf-16",) if data[:2] in {b"\xff\xfe", b"\xfe\xff"} else ("utf-8", "cp1252")


def _same(text: str, delimiter: str, rows) -> bool:
    try:
        return delimited.split(text, delimiter) == rows
    except StatementRefused:
        return False


def _decimal(rows, layout) -> str:
    try:
        return delimited.decimal_mark(rows, layout) or ""
    except StatementRefused:
        return ""


def _is_day(cell: str) -> bool:
    return any(numbers.to_day(cell, None, order) for order in ORDERS)


def _order(cells: Sequence[str]) -> str:
    """The order in which the most of these cells are days; day first where nothing tells them apart."""
    return max(ORDERS, key=lambda order: sum(numbers.to_day(cell, None, order) is not None for cell in cells))


def _by_width(text: str, choice: ColumnChoice) -> ColumnChoice:
    best, found = 1, choice
    for delimiter in DELIMITERS:
        try:
            rows = delimited.split(text, delimiter)
        except StatementRefused:
            continue
        widths = Counter(len(row.cells) for row in rows if any(cell.strip() for cell in row.cells))
        width = widths.most_common(1)[0][0] if widths else 1
        if width > best:
            wide = [place for place, row in enumerate(rows) if len(row.cells) == width]
            first = next((place for place in wide if any(_is_day(cell) for cell in rows[place].cells)), wide[0])
            order = _order([cell for place in wide for cell in rows[place].cells])
            best, found = width, replace(choice, delimiter=delimiter, skip=first, order=order)
    return found


def _rows(data: bytes, choice: ColumnChoice, most: int | None = None) -> list:
    """The rows as the choice cuts them (those of the first `most` lines); none when it cannot."""
    text = decoded(data, choice.encoding)
    if text is None:
        return []
    if most is not None:
        text = "\n".join(text.split("\n", most)[:most])
    try:
        return delimited.split(text, choice.delimiter)
    except StatementRefused:
        return []


def _read(rows: list, first: int, choice: ColumnChoice) -> ParsedStatement:
    header = rows[first - 1].cells if 0 < first <= len(rows) and choice.signature else []
    layout = delimited.Layout(header=header, at={kind: list(places) for kind, places in choice.columns.items()})
    parsed = delimited.read_rows(rows, first, layout, order=choice.order, mark=choice.decimal)
    # A file that names no account belongs to the one the choice was made for.
    return parsed if parsed.account or not choice.account else replace(parsed, account=choice.account)
