"""The bank against the books: what the last statement of each account says it holds, and what our lines add up to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from dgs.core.billing.models import BankAccount, Statement
from dgs.core.billing.statements import Part
from dgs.core.regions import api as regions
from dgs.ui import formats

LOOKED_AT = 400


@dataclass(frozen=True)
class Compared:
    """One account: what its last statement says it holds, what the first opening and all lines since add up to, in rupiah.

    `bank` and `books` are None where the files say no balances. `agreed_on` is the last day after which a
    statement is missing, looked for only when they differ.
    `silent_days` counts bank days without a statement after the last one, today
    not counted.
    """

    account: BankAccount
    last_on: date | None
    bank: Decimal | None
    books: Decimal | None
    silent_days: int
    agreed_on: date | None = None

    @property
    def difference(self) -> Decimal | None:
        """What the bank holds beyond our lines: nought unless a statement is missing."""
        return None if self.bank is None or self.books is None else self.bank - self.books

    @property
    def difference_shown(self) -> str:
        """The same in words."""
        return formats.rupiah(self.difference) if self.difference is not None else ""


def bank_and_books(today: date) -> list[Compared]:
    """Every account in use, by bank and number; two queries an account."""
    return [_compared(account, today) for account in BankAccount.objects.filter(is_active=True).order_by("bank", "number")]


def _compared(account: BankAccount, today: date) -> Compared:
    known = Statement.objects.filter(account=account, last_on__isnull=False)
    latest = list(known.order_by("-last_on", "-first_on", "-pk").values_list("last_on", "parts")[:LOOKED_AT])
    if not latest:
        return Compared(account, None, None, None, 0)
    last_on, parts = latest[0]
    silent = max(0, regions.working_days_between(last_on, today) - (1 if regions.is_working_day(today) else 0))
    first = known.order_by("first_on", "pk").values_list("parts", flat=True).first()
    opening, closing = _parts(first)[0].opening, _parts(parts)[-1].closing
    if opening is None or closing is None:
        return Compared(account, last_on, closing, None, silent)
    books = opening + account.booked
    return Compared(account, last_on, closing, books, silent, None if books == closing else _agreed_on(reversed(latest)))


def _agreed_on(statements: Iterable[tuple[date, list | None]]) -> date | None:
    """The last day before the first statement that does not begin where an earlier one ended: there one is missing.

    Read from the balances of the statements alone, earliest first; None when they all join.
    """
    ended: set[Decimal | None] = set()
    last: date | None = None
    for last_on, kept in statements:
        for part in _parts(kept):
            if ended and part.opening is not None and part.opening not in ended:
                return last
            ended.add(part.closing)
        last = last_on
    return None


def _parts(kept: list | None) -> list[Part]:
    return [Part.from_json(one) for one in kept or ()] or [Part()]
