"""Tables of money: append-only facts guarded by triggers (see migrations); what is paid is derived from them."""

from dgs.core.billing.models.bank import BankAccount, Finding, Statement, StatementLine
from dgs.core.billing.models.bills import (
    Adjustment,
    Bill,
    BillLine,
    BillRun,
    BillStanding,
    ChargeKind,
    Instalment,
    Objection,
    RevenueAccount,
)
from dgs.core.billing.models.cash import CashShift, HandOver, ShiftClosing
from dgs.core.billing.models.decisions import Confirmation, Noted, Proposal, Refund
from dgs.core.billing.models.mail import ReceivedMail
from dgs.core.billing.models.mapping import StatementMapping
from dgs.core.billing.models.money import CHANNELS, Outcome, Payment, Receipt, Settlement
from dgs.core.billing.models.proofs import Proof

__all__ = [
    "CHANNELS", "Adjustment", "BankAccount", "Bill", "BillLine", "BillRun", "BillStanding", "CashShift", "ChargeKind",
    "Confirmation", "Finding", "HandOver", "Instalment", "Noted", "Objection", "Outcome", "Payment", "Proof", "Proposal",
    "Receipt", "ReceivedMail", "Refund", "RevenueAccount", "Settlement", "ShiftClosing", "Statement", "StatementLine",
    "StatementMapping",
]
