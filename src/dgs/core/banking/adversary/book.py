"""The simulated bank's own book: what it truly holds of the region's account, and the statement files it hands out about it."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from dgs.core.billing import api as billing

# What may become of a bank line: it pays a bill, it brings the money of a receipt, or it stands on the work list.
PAYS, BRINGS, LISTED = "pays", "brings", "listed"
FORMATS = ("mt940", "camt053", "csv")


@dataclass(frozen=True, kw_only=True)
class Booking:
    """One booking in the account, in rupiah (positive = money in); `reference` is the bank's own, by which it is found again."""

    day: date
    amount: int
    text: str
    reference: str
    mark: str = ""

    def transfer(self) -> billing.Transfer:
        """As it is written into a file."""
        return billing.Transfer(day=self.day, amount=self.amount, text=self.text, reference=self.reference, mark=self.mark)


@dataclass
class Book:
    """Every booking by day, in the order of the day; `opening` is what the account held before."""

    run: str
    account: str
    days: Sequence[date]
    opening: int = 0
    bookings: dict[date, list[Booking]] = field(default_factory=dict)
    count: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def credit(self, index: int, amount: int, text: str, *, mark: str = "", reference: str = "") -> Booking:
        """Book on a day (the last one when the days are over); the reference is new unless one is given."""
        day = self.days[min(index, len(self.days) - 1)]
        with self.lock:
            self.count += 1
            made = Booking(
                day=day, amount=amount, text=text, reference=reference or f"S{self.run}X{self.count:06d}", mark=mark
            )
            self.bookings.setdefault(day, []).append(made)
        return made

    def all(self) -> list[Booking]:
        """Everything it holds."""
        return [one for day in self.days for one in self.bookings.get(day, ())]

    @property
    def held(self) -> int:
        """What came in less what went out, in rupiah."""
        return sum(one.amount for one in self.all())

    def references(self) -> list[str]:
        """Each reference once."""
        return list(dict.fromkeys(one.reference for one in self.all()))

    def counted(self) -> Counter[tuple[str, date, int]]:
        """How often each booking is in the book."""
        return Counter((one.reference, one.day, one.amount) for one in self.all())

    def statement(self, first: int, last: int, format: str) -> billing.StatementFile:
        """The file over whole days, from the index of the first to that of the last."""
        days = self.days[first : last + 1]
        before = sum(one.amount for day in self.days[:first] for one in self.bookings.get(day, ()))
        rows = [one.transfer() for day in days for one in self.bookings.get(day, ())]
        name = f"SIM{self.run}-{first:02d}-{last:02d}"
        return billing.write_statement(
            rows, account=self.account, opening=self.opening + before, format=format, name=name, number=str(1 + last)
        )


def put(folder: Path, name: str, data: bytes) -> None:
    """Lay a file into the watched folder as a careful bank does: under a hidden name, and renamed when it is whole."""
    folder.mkdir(parents=True, exist_ok=True)
    half = folder / f".{name}"
    half.write_bytes(data)
    half.rename(folder / name)
