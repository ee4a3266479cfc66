"""Amounts as they are allowed into this room: whole rupiah within a bound; no queries."""

from __future__ import annotations

from decimal import Decimal

from dgs.core.billing.errors import BillAmountWrong

LIMIT = Decimal(10) ** 12


def is_whole(amount: Decimal) -> bool:
    """Whether an amount is a number without a fraction."""
    return amount.is_finite() and amount == amount.to_integral_value()


def whole_rupiah(amount: Decimal | int, *, least: int = 1) -> Decimal:
    """The amount, in whole rupiah, from `least` up to less than 1 trillion. Refuses (BillAmountWrong) any other."""
    amount = Decimal(amount)
    if not is_whole(amount) or not least <= amount < LIMIT:
        raise BillAmountWrong
    return amount.quantize(Decimal(1))
