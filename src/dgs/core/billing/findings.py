"""The rules that match one bank line with the bills, in order; pure, no queries: given the bills, what is found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from dgs.core.billing.models import Bill, Finding


@dataclass
class Owed:
    """A bill with what has been paid so far; `paid` moves while the lines of a file are gone through."""

    bill: Bill
    paid: Decimal

    @property
    def remaining(self) -> Decimal:
        """What is left to pay; never below zero."""
        return max(self.bill.total - self.paid, Decimal(0))


@dataclass(frozen=True)
class Verdict:
    """What was found; `rule` is set when the line pays the bill."""

    finding: str
    owed: Owed | None = None
    rule: str = ""


def judge(amount: Decimal, whole: list[str], inside: list[str], bills: Mapping[str, Owed], *, is_reversal: bool) -> Verdict:
    """Money in with the code of exactly one bill and exactly what is left to pay, pays it; anything else is listed.

    `whole` and `inside` are the candidates of codes.codes_in; `bills` maps codes to known bills.
    """
    known = [bills[code] for code in whole if code in bills] or [bills[code] for code in inside if code in bills]
    owed = known[0] if len(known) == 1 else None
    if amount == 0:
        return Verdict(Finding.NO_MONEY, owed)
    if amount < 0:
        return Verdict(Finding.REVERSAL if is_reversal else Finding.OUTGOING, owed)
    if not known:
        return Verdict(Finding.UNKNOWN_CODE)
    if owed is None:
        return Verdict(Finding.MANY_CODES)
    if owed.bill.cancelled_at:
        return Verdict(Finding.CANCELLED, owed)
    if owed.remaining == 0:
        return Verdict(Finding.ALREADY_PAID, owed)
    if amount < owed.remaining:
        return Verdict(Finding.TOO_LITTLE, owed)
    if amount > owed.remaining:
        return Verdict(Finding.TOO_MUCH, owed)
    return Verdict(Finding.MATCHED, owed, "code-and-amount" if owed.paid == 0 else "code-and-remaining")


