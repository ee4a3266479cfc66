"""A small model of the books, by itself: what must become of each bill, message and bank line, from docs/reference/matching.md.

It knows bills that are paid in whole or not at all, without penalty. It shares no line with the program.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

ACCEPTED, UNKNOWN, WRONG_AMOUNT, PAID, DIFFERS, CANCELLED = "2002500", "4042512", "4042513", "4042514", "4042518", "4042519"
PAYS, BRINGS, LISTED = "pays", "brings", "listed"


@dataclass(eq=False)
class ABill:
    """A bill over whole rupiah; `payer` is the receipt or line that pays it."""

    code: str
    total: int
    is_cancelled: bool = False
    payer: AReceipt | ALine | None = None

    @property
    def state(self) -> str:
        """As it must be shown."""
        return "cancelled" if self.is_cancelled else "paid" if self.payer else "open"

    @property
    def is_open(self) -> bool:
        """Whether money for it pays it."""
        return not self.is_cancelled and self.payer is None


@dataclass(eq=False)
class AReceipt:
    """Money of which a channel told us; it waits for its bank line until one brings it."""

    source: str
    channel: str
    amount: int
    day: date
    reference: str = ""
    bill: ABill | None = None
    waits: bool = True
    is_gone: bool = False


@dataclass(eq=False)
class ALine:
    """A booking that was taken from a statement, and what became of it."""

    reference: str
    day: date
    amount: int
    text: str
    fate: str = LISTED
    by_hand: bool = False


@dataclass
class Expected:
    """All of it, in the order in which it came."""

    bills: list[ABill]
    receipts: list[AReceipt] = field(default_factory=list)
    lines: list[ALine] = field(default_factory=list)

    # What channels tell.

    def account_paid(self, source: str, bill: ABill | None, amount: int, day: date, reference: str) -> str:
        """A virtual account was paid: the code that must be answered the first time."""
        if bill is None:
            return UNKNOWN
        if not self._received(AReceipt(source, "va", amount, day, reference, bill), is_strict=True):
            return CANCELLED if bill.is_cancelled else PAID if bill.payer else WRONG_AMOUNT
        return ACCEPTED

    def code_paid(self, source: str, bill: ABill, amount: int, day: date, reference: str) -> AReceipt:
        """A code was scanned and paid: taken in whatever it is."""
        made = AReceipt(source, "qris", amount, day, reference, bill)
        self._received(made, is_strict=False)
        return made

    def cash_taken(self, source: str, bill: ABill, day: date) -> bool:
        """Cash for a bill: whether it may be taken."""
        if bill.is_open:
            bill.payer = AReceipt(source, "cash", bill.total, day, bill=bill, waits=False)
            self.receipts.append(bill.payer)
            return True
        return False

    def deposited(self, source: str, amount: int, day: date, number: str) -> None:
        """The cash was taken to the bank."""
        self.receipts.append(AReceipt(source, "deposit", amount, day, number))

    def went_back(self, receipt: AReceipt) -> None:
        """The channel gave the money back: nothing stands of it, unless the bank has booked it already."""
        if receipt.waits and not receipt.is_gone:
            receipt.is_gone, receipt.waits = True, False
            if receipt.bill and receipt.bill.payer is receipt:
                receipt.bill.payer = None

    def _received(self, receipt: AReceipt, *, is_strict: bool) -> bool:
        bill = receipt.bill
        fits = bill.is_open and receipt.amount == bill.total
        line = bill.payer if isinstance(bill.payer, ALine) and not bill.payer.by_hand else None
        if line is not None and line.amount == receipt.amount:  # the bank's statement was faster
            line.fate, receipt.waits, fits = BRINGS, False, True
        if is_strict and not fits:
            return False
        if fits:
            bill.payer = receipt
        self.receipts.append(receipt)
        return True

    # What people do.

    def cancelled(self, bill: ABill) -> bool:
        """Somebody cancels a bill: whether that is done."""
        if bill.payer is None:
            bill.is_cancelled = True
        return bill.is_cancelled

    def to_match(self, bill: ABill) -> ALine | None:
        """The listed line that a treasurer may give to a bill by hand; afterwards it pays."""
        found = next((one for one in self.lines if one.fate == LISTED and one.amount == bill.total), None)
        return found if bill.is_open else None

    def matched(self, line: ALine, bill: ABill) -> None:
        """It was given to it."""
        line.fate, line.by_hand, bill.payer = PAYS, True, line

    def taken_back(self, bill: ABill) -> ALine | None:
        """What was matched by hand is listed again."""
        line = bill.payer
        if not isinstance(line, ALine) or not line.by_hand:
            return None
        line.fate, line.by_hand, bill.payer = LISTED, False, None
        return line

    # What statements say.

    def booked(self, line: ALine) -> None:
        """A new line of a statement; lines come in the order of the file."""
        self.lines.append(line)
        if line.amount < 0:
            return
        words = line.text.split()
        joined = line.text.replace(" ", "")
        bill = next((one for one in self.bills if one.code in joined), None)
        waiting = [one for one in self.receipts if one.waits]
        named = [one for one in waiting if one.reference in words and one.amount == line.amount]
        if not named and bill is not None:
            named = [one for one in waiting if one.bill is bill and one.amount == line.amount]
        if named:
            self._brings(line, named[:1])
        elif bill is None:
            self._nameless(line, waiting)
        elif bill.is_open and line.amount == bill.total:
            line.fate, bill.payer = PAYS, line

    def _nameless(self, line: ALine, waiting: list[AReceipt]) -> None:
        """All that one channel told on one day."""
        for day in sorted({one.day for one in waiting if one.day <= line.day}, reverse=True):
            for channel in ("va", "qris"):
                found = [one for one in waiting if one.channel == channel and one.day == day]
                if len(found) > 1 and sum(one.amount for one in found) == line.amount:
                    self._brings(line, found)
                    return

    @staticmethod
    def _brings(line: ALine, receipts: list[AReceipt]) -> None:
        line.fate = BRINGS
        for one in receipts:
            one.waits = False
