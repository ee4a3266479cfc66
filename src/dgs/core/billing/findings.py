"""The rules that match one bank line with receipts, bills and confirmations, in order; pure, no queries.

Given those, what is found.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from dgs.core.billing.models import Confirmation, Finding, Receipt, Refund
from dgs.core.billing.owing import Owed, Split
from dgs.core.billing.transfer_numbers import bare, pattern_of, words_where

TOKEN = re.compile(r"[0-9A-Za-z][0-9A-Za-z\-]{4,}[0-9A-Za-z]")
CHANNEL_DAYS = 7
CONFIRMED_DAYS = 3


@dataclass(slots=True)
class Verdict:
    """What was found. `rule` is set when the line is explained: it pays `owed`, or brings `receipts`, or pays `refund`.

    `split` is how it pays, set by who counts what lines before it have paid.
    """

    finding: str
    owed: Owed | None = None
    rule: str = ""
    receipts: tuple[Receipt, ...] = ()
    refund: Refund | None = None
    split: Split | None = None
    why: dict[str, Any] = field(default_factory=dict)


@dataclass
class Waiting:
    """What waits for lines of one account. What a line has used is taken out, so that the next line does not find it again.

    `ours` are the region's own account numbers, which prove no transfer.
    """

    ours: frozenset[str] = frozenset()
    receipts: dict[int, Receipt] = field(default_factory=dict)
    by_reference: dict[str, list[int]] = field(default_factory=dict)
    by_bill: dict[int, list[int]] = field(default_factory=dict)
    by_day: dict[tuple[str, date], list[int]] = field(default_factory=dict)
    confirmations: dict[Decimal, list[Confirmation]] = field(default_factory=dict)
    refunds: dict[str, Refund] = field(default_factory=dict)

    def add(self, receipt: Receipt) -> None:
        """Let a receipt wait."""
        self.receipts[receipt.pk] = receipt
        if receipt.reference:
            self.by_reference.setdefault(bare(receipt.reference), []).append(receipt.pk)
        if receipt.bill_id:
            self.by_bill.setdefault(receipt.bill_id, []).append(receipt.pk)
        self.by_day.setdefault((receipt.channel, receipt.happened_on), []).append(receipt.pk)

    def take(self, receipts: tuple[Receipt, ...]) -> None:
        """These wait no longer."""
        for receipt in receipts:
            self.receipts.pop(receipt.pk, None)

    def among(self, ids: list[int]) -> list[Receipt]:
        """Those of these that still wait."""
        return [self.receipts[pk] for pk in ids if pk in self.receipts]


def judge(
    amount: Decimal,
    booked_on: date,
    text: str,
    whole: list[str],
    inside: list[str],
    bills: Mapping[str, Owed],
    waiting: Waiting,
    *,
    is_reversal: bool,
) -> Verdict:
    """What a line is, by the first rule that fits; docs/reference/matching.md lists them. Anything else is listed.

    `text` is reference and text together; `whole` and `inside` are the candidates of codes.codes_in; `bills` maps codes to what
    is owed on the day of the line.
    """
    known = [bills[code] for code in whole if code in bills] or [bills[code] for code in inside if code in bills]
    owed = known[0] if len(known) == 1 else None
    if amount == 0:
        return Verdict(Finding.NO_MONEY, owed)
    if amount < 0:
        return _outgoing(amount, text, owed, waiting, is_reversal)
    found = _of_a_channel(amount, booked_on, text, owed, waiting)
    if found is not None:
        return found
    if not known:
        return _confirmed(amount, booked_on, text, bills, waiting) or Verdict(Finding.UNKNOWN_CODE)
    if owed is None:
        return Verdict(Finding.MANY_CODES, why={"bills": [one.number for one in known]})
    why = {"code": owed.payment_code, "owed": int(owed.amount), "day": str(booked_on)}
    if owed.payment_code not in whole:
        why["inside"] = True  # inside a longer number, such as a virtual account: the channel ought to tell of it
    if owed.bill.cancelled_at:
        return Verdict(Finding.CANCELLED, owed, why=why)
    if owed.amount == 0:
        return Verdict(Finding.ALREADY_PAID, owed, why=why)
    if amount == owed.amount:
        rule = "code-and-amount" if amount == owed.bill.total else "code-and-remaining"
        return Verdict(Finding.MATCHED, owed, rule, why=why)
    if owed.fits(amount):
        return Verdict(Finding.MATCHED, owed, "code-and-instalment", why=why | {"instalment": owed.fits(amount).number})
    return Verdict(Finding.TOO_LITTLE if amount < owed.amount else Finding.TOO_MUCH, owed, why=why)


def _outgoing(amount: Decimal, text: str, owed: Owed | None, waiting: Waiting, is_reversal: bool) -> Verdict:
    if is_reversal:
        return Verdict(Finding.REVERSAL, owed)
    for token in TOKEN.findall(text.upper()):
        refund = waiting.refunds.get(token)
        if refund is not None and refund.unpaid == -amount:
            del waiting.refunds[token]
            return Verdict(Finding.MATCHED, rule="refund-number", refund=refund, why={"refund": refund.number})
    return Verdict(Finding.OUTGOING, owed)


def _of_a_channel(amount: Decimal, booked_on: date, text: str, owed: Owed | None, waiting: Waiting) -> Verdict | None:
    """Money that a channel announced: by its reference, by the bill's code, or a day of the channel in one sum."""
    if not waiting.receipts:
        return None
    tokens = dict.fromkeys(bare(token) for token in TOKEN.findall(text))
    for token in tokens:
        for receipt in waiting.among(waiting.by_reference.get(token, [])):
            if receipt.unsettled == amount:
                return _brings((receipt,), "reference-and-amount", waiting, {"reference": receipt.reference})
    if owed is not None:
        for receipt in waiting.among(waiting.by_bill.get(owed.bill_id, [])):
            if receipt.unsettled == amount and abs((booked_on - receipt.happened_on).days) <= CHANNEL_DAYS:
                return _brings((receipt,), "bill-and-amount", waiting, {"bill": owed.number, "day": str(receipt.happened_on)})
        return None
    for back in range(CHANNEL_DAYS):
        day = booked_on - timedelta(days=back)
        for channel in ("va", "qris"):
            receipts = waiting.among(waiting.by_day.get((channel, day), []))
            if len(receipts) > 1 and sum(one.unsettled for one in receipts) == amount:
                return _brings(
                    tuple(receipts), "channel-day-sum", waiting, {"channel": channel, "day": str(day), "count": len(receipts)}
                )
    return None


def _brings(receipts: tuple[Receipt, ...], rule: str, waiting: Waiting, why: dict) -> Verdict:
    waiting.take(receipts)
    return Verdict(Finding.RECEIPT, rule=rule, receipts=receipts, why=why)


def _confirmed(amount: Decimal, booked_on: date, text: str, bills: Mapping[str, Owed], waiting: Waiting) -> Verdict | None:
    """Money without a code that one payer has told us of: same amount, within days, the transfer's number in the bank's text.

    When two payers claim it, a person decides. The words that are the number are in the evidence.
    """
    found = []
    for one in waiting.confirmations.get(amount, ()):
        owed = bills.get(one.bill.payment_code)
        if owed is None or not owed.fits(amount) or abs((booked_on - one.transferred_on).days) > CONFIRMED_DAYS:
            continue
        if words := words_where(pattern_of(one.transfer_number, waiting.ours), text):
            found.append((one, owed, words))
    if len(found) != 1:
        return None
    one, owed, words = found[0]
    why = {"confirmation": one.pk, "transfer_number": one.transfer_number, "words": words, "day": str(booked_on)}
    return Verdict(Finding.MATCHED, owed, "confirmed-transfer", why=why)
