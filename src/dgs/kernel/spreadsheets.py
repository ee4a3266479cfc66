"""Rows as CSV that spreadsheets open safely: UTF-8 with its mark, and no cell that would run as a formula; no files."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence

RISKY = ("=", "+", "-", "@", "\t", "\r", "\n")


class _Echo:
    """What csv writes to: gives each line back."""

    def write(self, line: str) -> str:
        return line


def safe(value: object) -> str:
    """The value as text, with an apostrophe before it when a spreadsheet would take it for a formula."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(RISKY) else text


def csv_lines(header: Sequence[object], rows: Iterable[Sequence[object]], *, delimiter: str = ",") -> Iterator[str]:
    """The lines of the file, header first, one row at a time; every cell is made safe."""
    writer = csv.writer(_Echo(), delimiter=delimiter)
    yield "\ufeff" + writer.writerow([safe(name) for name in header])
    for row in rows:
        yield writer.writerow([safe(value) for value in row])
