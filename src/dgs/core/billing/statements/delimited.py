"""Reading CSV statements: finds the header of any of the usual Indonesian layouts, then judges every row strictly.

Layouts differ in separator, decimal mark, date order, one amount with a CR/DB mark or two columns; the names of columns
known here are data (COLUMNS). What cannot be read with certainty is refused with line and column, never guessed.
"""

from __future__ import annotations

import csv
import io
import itertools
import re
from dataclasses import dataclass, field, replace
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from dgs.core.billing.errors import StatementRefused
from dgs.core.billing.statements import numbers
from dgs.core.billing.statements.shape import ParsedLine, ParsedStatement, Part, plain

COLUMNS: dict[str, tuple[str, ...]] = {
    "date": (
        "tanggal", "tgl", "date", "tanggal transaksi", "tgl transaksi", "tgl trx", "tanggal trx",
        "transaction date", "trx date", "posting date", "post date", "tanggal posting", "tgl posting",
        "tanggal buku", "tanggal pembukuan", "booking date", "tgl tran", "txn date", "waktu transaksi", "date time",
        "tanggal waktu",
    ),
    "text": (
        "keterangan", "uraian", "uraian transaksi", "keterangan transaksi", "deskripsi", "description",
        "transaction description", "remark", "remarks", "remark 1", "remark 2", "transaksi", "detail", "details",
        "detail transaksi", "rincian", "berita", "narrative", "catatan transaksi", "pengirim", "nama pengirim",
    ),
    "reference": (
        "no referensi", "referensi", "nomor referensi", "reference", "reference no", "reference number", "ref",
        "ref no", "no ref", "no reff", "journal no", "no jurnal", "nomor jurnal", "journal", "no bukti", "trx id",
        "id transaksi", "transaction id", "no arsip", "seq",
    ),
    "amount": (
        "jumlah", "nominal", "amount", "nilai", "jumlah transaksi", "nominal transaksi", "transaction amount",
        "mutasi",
    ),
    "mark": (
        "db cr", "cr db", "d k", "k d", "dk", "dc", "d c", "c d", "dr cr", "cr dr", "debet kredit", "debit kredit",
        "debit credit", "jenis", "jenis transaksi", "tipe", "tipe transaksi", "type", "kode d k", "jenis mutasi",
        "mark",
    ),
    "debit": (
        "debit", "debet", "db", "keluar", "uang keluar", "pengeluaran", "withdrawal", "mutasi debet",
        "mutasi debit", "debit amount",
    ),
    "credit": (
        "kredit", "credit", "cr", "masuk", "uang masuk", "penerimaan", "deposit", "mutasi kredit", "credit amount",
        "setoran",
    ),
    "balance": (
        "saldo", "balance", "saldo akhir", "running balance", "ending balance", "saldo berjalan",
    ),
    "currency": (
        "mata uang", "currency", "ccy", "curr", "valuta",
    ),
    "account": (
        "account no", "no rekening", "nomor rekening", "account number", "account", "no rek",
    ),
}
NAMES = {name: kind for kind, names in COLUMNS.items() for name in names}
SUMMARY = re.compile(
    r"^\W*(saldo|total|grand|jumlah|mutasi|opening|closing|ending|beginning|kredit|debet|debit|credit|halaman|page|dicetak|"
    r"printed|catatan|note|akhir|end of|tanggal cetak)\b",
    re.IGNORECASE,
)
NO_BOOKING = re.compile(r"^\W*(saldo|opening|closing|beginning|ending)\b", re.IGNORECASE)
HEADER_WITHIN = 40
NO_DATE = {
    "dmy": _("“%(text)s” is not a date written as day/month/year."),
    "mdy": _("“%(text)s” is not a date written as month/day/year."),
    "ymd": _("“%(text)s” is not a date written as year/month/day."),
}


@dataclass
class Row:
    """One row with the line on which it begins."""

    line: int
    cells: list[str]


@dataclass
class Layout:
    """Which column holds what; text and reference may be several."""

    header: list[str]
    at: dict[str, list[int]] = field(default_factory=dict)

    def cell(self, row: Row, kind: str) -> str:
        """What the row has in the columns of a kind."""
        places = self.at.get(kind, ())
        if len(places) == 1:
            return row.cells[places[0]].strip() if places[0] < len(row.cells) else ""
        return " ".join(row.cells[i].strip() for i in places if i < len(row.cells) and row.cells[i].strip())

    def name(self, kind: str) -> str:
        """The column's heading for a refusal; its number where it has none."""
        place = self.at[kind][0]
        return plain(self.header[place] if place < len(self.header) else "") or str(place + 1)

    @property
    def is_complete(self) -> bool:
        """Whether a booking can be read from these columns."""
        has_amount = "amount" in self.at or ("debit" in self.at and "credit" in self.at)
        return "date" in self.at and has_amount and ("text" in self.at or "reference" in self.at)


def read_csv(text: str) -> ParsedStatement:
    """The bookings of a CSV statement; see the module for what is accepted."""
    rows, start, layout = find_header(text)
    return read_rows(rows, start + 1, layout)


def read_rows(rows: list[Row], first: int, layout: Layout, *, order: str = "dmy", mark: str = "") -> ParsedStatement:
    """The bookings from row `first` on, by a layout; `mark` "" means the decimal mark that the numbers prove."""
    account, currency, year = _preamble(rows[: first - 1 if layout.header else first])
    body = rows[first:]
    mark = mark or decimal_mark(body, layout)
    lines: list[ParsedLine] = []
    balances: list[tuple[int, Decimal, Decimal] | None] = []
    for row in body:
        if not any(cell.strip() for cell in row.cells):
            continue
        dated = layout.cell(row, "date")
        day = numbers.to_day(dated, year, order)
        if day is None:
            if lines and _continues(row, layout, dated):
                more = layout.cell(row, "text") or layout.cell(row, "reference")
                last = lines[-1]
                lines[-1] = _with_text(last, f"{last.raw}\n{more}", f"{last.text} {plain(more)}")
                continue
            if SUMMARY.match(next(cell for cell in row.cells if cell.strip())) or SUMMARY.match(layout.cell(row, "text")):
                continue
            raise StatementRefused(
                NO_DATE[order], line=row.line, column=layout.name("date"), text=plain(dated)[:40],
            )
        amount = _amount(row, layout, mark)
        if amount is None:
            continue
        named = layout.cell(row, "account")
        if named:
            if account and _digits(named) != _digits(account):
                raise StatementRefused(_("The file holds statements of several accounts."), line=row.line)
            account = named
        money = layout.cell(row, "currency").upper() or currency
        if currency and money != currency:
            raise StatementRefused(_("The file holds statements in several currencies."), line=row.line)
        currency = money
        described, reference = layout.cell(row, "text"), layout.cell(row, "reference")
        balance = _balance(row, layout, mark, amount)
        lines.append(
            ParsedLine(
                file_line=row.line, booked_on=day, amount=amount, reference=plain(reference), text=plain(described),
                raw=f"{reference}\n{described}", balance=balance[2] if balance else None,
            )
        )
        balances.append(balance)
    _check_chain(balances)
    part = _part(balances)
    if part.opening is None:
        lines = [replace(line, balance=None) if line.balance is not None else line for line in lines]
    return ParsedStatement(format="csv", account=account, currency=currency or "IDR", lines=tuple(lines), parts=(part,))


def _part(balances: list[tuple[int, Decimal, Decimal] | None]) -> Part:
    """Where the file begins and ends, when every row carries a balance and each follows from its neighbour; else nothing."""
    rows = [one for one in balances if one is not None]
    if not rows or len(rows) < len(balances):
        return Part()
    pairs = list(zip(rows, rows[1:], strict=False))
    if all(before[2] + after[1] == after[2] for before, after in pairs):
        return Part(opening=rows[0][2] - rows[0][1], closing=rows[-1][2])
    if all(after[2] + before[1] == before[2] for before, after in pairs):  # the latest first
        return Part(opening=rows[-1][2] - rows[-1][1], closing=rows[0][2])
    return Part()


def _with_text(line: ParsedLine, raw: str, text: str) -> ParsedLine:
    return replace(line, text=text, raw=raw)


def find_header(text: str) -> tuple[list[Row], int, Layout]:
    """The rows, the place of the header among them, and its layout; refuses a text without one."""
    best: tuple[int, str, int, Layout] | None = None
    for delimiter in (";", ",", "\t", "|"):
        for position, row in enumerate(split(text, delimiter, HEADER_WITHIN)):
            layout = _layout(row.cells)
            score = len(layout.at)
            if layout.is_complete and (best is None or score > best[0]):
                best = (score, delimiter, position, layout)
    if best is None:
        raise StatementRefused(
            _("No header row was found. Columns for the date, a description and the amount (or debit and credit) are needed."),
            line=1,
        )
    _score, delimiter, position, layout = best
    return split(text, delimiter), position, layout


def split(text: str, delimiter: str, most: int | None = None) -> list[Row]:
    """The rows of a text, or the first of them."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    rows, before = [], 0
    try:
        for cells in itertools.islice(reader, most):
            rows.append(Row(before + 1, cells))
            before = reader.line_num
    except csv.Error:
        raise StatementRefused(_("The row cannot be split into columns."), line=before + 1) from None
    return rows


def _layout(cells: list[str]) -> Layout:
    layout = Layout(header=cells)
    for position, cell in enumerate(cells):
        kind = NAMES.get(column_name(cell))
        if kind and (kind in {"text", "reference"} or kind not in layout.at):
            layout.at.setdefault(kind, []).append(position)
    return layout


def column_name(cell: str) -> str:
    """A heading in small letters and digits, without the currency in brackets."""
    name = re.sub(r"\((rp|idr)[^)]*\)", " ", cell.lower())
    return " ".join(re.sub(r"[^a-z0-9]+", " ", name).split())


def _digits(text: str) -> str:
    return "".join(ch for ch in text if ch.isalnum()).lstrip("0").upper()


def _preamble(rows: list[Row]) -> tuple[str, str, int | None]:
    """Account number, currency and year that stand above the header, as far as they do."""
    account = currency = ""
    year = None
    for row in rows:
        text = plain(" ".join(row.cells))
        if not account and re.search(r"rek|account", text, re.IGNORECASE):
            found = re.search(r"\d[\d\- .]{4,}\d", text)
            account = re.sub(r"\D", "", found[0]) if found else ""
        if not currency and (found := re.search(r"\b(mata uang|currency|valuta|ccy)\W+([A-Z]{3}|Rp)\b", text, re.IGNORECASE)):
            currency = "IDR" if found[2].upper() in {"RP", "IDR"} else found[2].upper()
        if re.search(r"period", text, re.IGNORECASE) and (years := set(re.findall(r"\b(20\d\d)\b", text))) and len(years) == 1:
            year = int(years.pop())
    return account, currency, year


def decimal_mark(body: list[Row], layout: Layout) -> str | None:
    """The decimal mark that the numbers of the file prove; refuses a file in which two rows prove different ones."""
    proven: dict[str, tuple[int, str]] = {}
    for row in body:
        for kind in ("amount", "debit", "credit", "balance"):
            if kind in layout.at:
                digits, _sign = numbers.split_amount(layout.cell(row, kind))
                if mark := numbers.decimal_mark(digits):
                    proven.setdefault(mark, (row.line, layout.name(kind)))
    if len(proven) > 1:
        line, column = max(proven.values())
        raise StatementRefused(
            _("Amounts are written in two ways in this file (1.250,00 and 1,250.00); it is not certain how much is meant."),
            line=line, column=column,
        )
    return next(iter(proven), None)


def _continues(row: Row, layout: Layout, dated: str) -> bool:
    """Whether the row only carries on the description of the one before."""
    money = any(layout.cell(row, kind) for kind in ("amount", "debit", "credit", "balance"))
    words = layout.cell(row, "text") or layout.cell(row, "reference")
    return not dated and not money and bool(words) and not SUMMARY.match(words)


def _number(row: Row, layout: Layout, kind: str, mark: str | None) -> tuple[Decimal | None, int]:
    """The amount in a column without sign, and its written direction; None when the cell is empty."""
    digits, sign = numbers.split_amount(layout.cell(row, kind))
    if digits in {"", "-"}:
        return None, sign
    amount = numbers.to_amount(digits, mark)
    if amount is None:
        raise StatementRefused(
            _("“%(text)s” is not an amount."), line=row.line, column=layout.name(kind),
            text=plain(layout.cell(row, kind))[:40],
        )
    return amount, sign


def _amount(row: Row, layout: Layout, mark: str | None) -> Decimal | None:
    """The signed amount of a row; None when the row is a line of balance only."""
    only_balance = NO_BOOKING.match(layout.cell(row, "text"))
    if "amount" in layout.at:
        amount, sign = _number(row, layout, "amount", mark)
        if amount is None:
            if only_balance:
                return None
            raise StatementRefused(_("The amount is missing."), line=row.line, column=layout.name("amount"))
        if "mark" in layout.at:
            word = layout.cell(row, "mark")
            marked = numbers.direction(word)
            if not marked:
                raise StatementRefused(
                    _("“%(text)s” says neither credit (CR) nor debit (DB)."), line=row.line, column=layout.name("mark"),
                    text=plain(word)[:40],
                )
            if sign and sign != marked and amount:
                raise StatementRefused(
                    _("Amount and mark contradict each other."), line=row.line, column=layout.name("amount")
                )
            sign = marked
        return amount if sign >= 0 else -amount
    paid_out, _sign = _number(row, layout, "debit", mark)
    paid_in, _sign = _number(row, layout, "credit", mark)
    if paid_in and paid_out:
        raise StatementRefused(_("Debit and credit are both filled in."), line=row.line, column=layout.name("credit"))
    if not paid_in and not paid_out:
        if only_balance:
            return None
        raise StatementRefused(_("The amount is missing."), line=row.line, column=layout.name("credit"))
    return paid_in or -paid_out


def _balance(row: Row, layout: Layout, mark: str | None, amount: Decimal) -> tuple[int, Decimal, Decimal] | None:
    if "balance" not in layout.at:
        return None
    balance, sign = _number(row, layout, "balance", mark)
    return None if balance is None else (row.line, amount, balance if sign >= 0 else -balance)


def _check_chain(balances: list[tuple[int, Decimal, Decimal] | None]) -> None:
    """Where every row carries a balance and most follow from the row before (or after), all of them must."""
    if len(balances) < 3 or any(one is None for one in balances):
        return
    pairs = list(zip(balances, balances[1:], strict=False))
    down = [b[0] for a, b in pairs if a[2] + b[1] != b[2]]
    up = [b[0] for a, b in pairs if b[2] + a[1] != a[2]]
    wrong = min(down, up, key=len)
    if wrong and len(wrong) * 4 <= len(pairs):
        raise StatementRefused(
            _("The balance of this row does not follow from its neighbour; a row is missing or changed."), line=wrong[0]
        )
