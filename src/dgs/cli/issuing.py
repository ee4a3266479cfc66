"""The verb `issue`: bills for a whole file by one act, such as a year's tax; what a bill is and who may change it is not here."""

from __future__ import annotations

import argparse
import csv
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from dgs.cli import installation
from dgs.cli.console import Refused, say, step

NEEDED, MORE = ("tentang", "pembayar", "uraian", "rekening", "jumlah"), ("wilayah",)
AMOUNT = re.compile(r"\d{1,12}|\d{1,3}(?:\.\d{3}){1,3}")
LONGEST = 10_000  # characters of a line
NOTHING = "Nothing was issued."


class Line(NamedTuple):
    """One line of the file, as it stands there."""

    number: int
    about: str
    payer: str
    title: str
    account: str
    amount: str
    region: str


class _Tried(Exception):
    """Everything was found right and nothing is kept."""


def run(options: argparse.Namespace) -> int:
    """Issue the bills of a file, all or none; with --check say only whether it would be done."""
    installation.begin("DGS_HASH_KEY", "DGS_AUDIT_KEY")
    return _issue(options)


def _issue(options: argparse.Namespace) -> int:
    from django.db import transaction
    from django.utils import timezone, translation

    from dgs.core.accounts import api as accounts
    from dgs.core.billing import api as billing
    from dgs.core.organisations import api as organisations
    from dgs.core.parties import api as parties
    from dgs.kernel.errors import RuleBroken

    office, now = organisations.office_by_slug(options.office), timezone.now()
    if office is None:
        raise Refused(f"There is no office {options.office!r}.")
    by = accounts.user_by_login(options.by) if options.by else None
    if options.by and by is None:
        raise Refused(f"There is no account {options.by!r}.")
    if options.due < timezone.localdate(now):
        raise Refused(f"The bills would fall due on {options.due}, which is over.")
    path = Path(options.file)
    with step("payers") as remarks:
        payers = parties.parties_of(line.payer for line in lines(path))
        remarks.append(f"{len(payers):,}")
    try:
        with step("bills") as remarks, suppress(_Tried), translation.override("en"), transaction.atomic():
            issued = billing.issue_run(
                name=options.name, office=office, rows=_rows(path, payers), due_on=options.due, now=now, by=by, kind=options.kind
            )
            remarks.append(f"{issued.issued:,}")
            if options.check:
                raise _Tried
    except RuleBroken as broken:
        row = getattr(broken, "row", None)
        where = f"{path.name}, line {row + 1}: " if row else ""  # the first line of the file names the columns
        with translation.override("en"):
            raise Refused(f"{where}{RuleBroken.__str__(broken)} {NOTHING}") from None
    did = "would be issued; nothing was kept" if options.check else "were issued"
    say(f"{issued.issued:,} bills over Rp {issued.total:,} {did}. {issued.skipped:,} were there already.")
    return 0


def lines(path: Path) -> Iterator[Line]:
    """The lines of a CSV file with `;`, `,` or a tab, UTF-8, the first naming the columns. Refuses what is no such file."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            head = file.readline(LONGEST)
            delimiter = max(";,\t", key=head.count)
            columns = [name.strip().lower() for name in next(csv.reader([head], delimiter=delimiter), [])]
            if missing := [name for name in NEEDED if name not in columns]:
                raise Refused(f"{path.name}: its first line lacks the column {missing[0]}. Needed are {', '.join(NEEDED)}.")
            places = [columns.index(name) if name in columns else None for name in NEEDED + MORE]
            for number, cells in enumerate(csv.reader(file, delimiter=delimiter, strict=True), 2):
                if not any(cells):
                    raise Refused(f"{path.name}, line {number}: it is empty.")
                if len(cells) != len(columns):
                    raise Refused(f"{path.name}, line {number}: {len(cells)} columns instead of {len(columns)}.")
                yield Line(number, *("" if place is None else cells[place].strip() for place in places))
    except OSError as error:
        raise Refused(f"{path}: {error.strerror}.") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise Refused(f"{path.name}: it is no CSV file in UTF-8 ({type(error).__name__}).") from None


def _rows(path: Path, payers: dict[str, int]) -> Iterator[tuple]:
    from dgs.core.billing.api import RunRow

    for line in lines(path):
        payer = payers.get(line.payer)
        if payer is None:
            # A NIK is not repeated on a terminal.
            raise Refused(f"{path.name}, line {line.number}: nobody is registered under the number in `pembayar`. {NOTHING}")
        if not AMOUNT.fullmatch(line.amount):
            raise Refused(f"{path.name}, line {line.number}: {line.amount[:20]!r} in `jumlah` is no amount. {NOTHING}")
        yield RunRow(line.about, payer, line.title, line.account, int(line.amount.replace(".", "")), line.region)
