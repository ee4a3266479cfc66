"""Rows as CSV and XLSX that spreadsheets open safely: no cell runs as a formula; what the rows are is the caller's choice."""

from __future__ import annotations

import csv
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import IO

from django.http import FileResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.translation import gettext_lazy as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

from dgs.kernel.errors import NotFound, RuleBroken

RISKY = ("=", "+", "-", "@", "\t", "\r", "\n")


MOST_ROWS = 1_048_575
UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class TooManyRows(RuleBroken):
    """A sheet holds at most 1,048,576 rows."""

    code = "too-many-rows"
    status = 422
    sentence = _("This is more than a spreadsheet can hold (a million rows). Please take the CSV file or a shorter time.")


class _Echo:
    """What csv writes to: gives each line back."""

    def write(self, line: str) -> str:
        return line


def safe(value: object) -> str:
    """The value as text, with an apostrophe before it when a spreadsheet would take it for a formula; numbers stay numbers.

    Whole rupiah have no decimals: where the comma parts them, as here, a spreadsheet takes `475000.00` for a word.
    """
    if isinstance(value, Decimal) and value == value.to_integral_value():
        return f"{value:.0f}"
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(RISKY) and not isinstance(value, (int, float, Decimal)) else text


def csv_lines(header: Sequence[object], rows: Iterable[Sequence[object]], *, delimiter: str = ",") -> Iterator[str]:
    """The lines of the file, header first, one row at a time; every cell is made safe."""
    writer = csv.writer(_Echo(), delimiter=delimiter)
    yield "\ufeff" + writer.writerow([safe(name) for name in header])
    for row in rows:
        yield writer.writerow([safe(value) for value in row])


def xlsx_file(title: str, header: Sequence[object], rows: Iterable[Sequence[object]]) -> IO[bytes]:
    """The workbook with one sheet, in a temporary file at its beginning; numbers and days stay numbers and days.

    Texts are texts even when they begin with "=". Refuses (TooManyRows) what no sheet can hold.
    """
    book = Workbook(write_only=True)
    sheet = book.create_sheet(re.sub(r"[\[\]:*?/\\]", " ", title)[:31])
    sheet.freeze_panes = "A2"
    sheet.append([_cell(sheet, str(name), bold=True) for name in header])
    for count, row in enumerate(rows, 1):
        if count > MOST_ROWS:
            raise TooManyRows
        sheet.append([_cell(sheet, value) for value in row])
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the answer closes it once it is sent
    book.save(file)
    file.seek(0)
    return file


def _cell(sheet, value: object, bold: bool = False) -> WriteOnlyCell:
    if value is None or (isinstance(value, (int, Decimal, date)) and not isinstance(value, bool)):
        return WriteOnlyCell(sheet, value)
    cell = WriteOnlyCell(sheet)
    cell.value = UNPRINTABLE.sub(" ", str(value))[:32_000]
    cell.data_type = "s"
    if bold:
        cell.font = Font(bold=True)
    return cell


def download(name: str, kind: str, header: Sequence[object], rows: Iterable[Sequence[object]]) -> HttpResponseBase:
    """An answer that is a file: `kind` "xlsx" a workbook, "csv" lines with semicolons as they are read; `name` without ending.

    Refuses (NotFound) other kinds.
    """
    if kind not in {"csv", "xlsx"}:
        raise NotFound
    if kind == "xlsx":
        return FileResponse(xlsx_file(name, header, rows), as_attachment=True, filename=f"{name}.xlsx", content_type=XLSX)
    plain = ([one.isoformat() if isinstance(one, date) else one for one in row] for row in rows)
    answer = StreamingHttpResponse(csv_lines(header, plain, delimiter=";"), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer
