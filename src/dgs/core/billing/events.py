"""What the billing room announces to other rooms."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from dgs.kernel.events import Event


@dataclass(frozen=True, kw_only=True)
class BillPaid(Event):
    """A bill has been paid in full (or more); announced once, in the transaction that recorded the payment."""

    bill_id: int
    about: str
    now: datetime


@dataclass(frozen=True, kw_only=True)
class TransferAnswered(Event):
    """A payer's word about a transfer was answered: `outcome` is "found" (the bill is paid) or "refused"."""

    confirmation_id: int
    bill_id: int
    about: str
    outcome: str
    now: datetime


@dataclass(frozen=True, kw_only=True)
class ObjectionAnswered(Event):
    """A payer's objection to a bill was answered; the objection holds the answer."""

    objection_id: int
    bill_id: int
    now: datetime


@dataclass(frozen=True, kw_only=True)
class RefundMoved(Event):
    """Something became of a refund: `what` is "decided", "paid" (in whole, by a line of the bank) or "withdrawn"."""

    refund_id: int
    what: str
    now: datetime
