"""The door of the billing room: bills, their standing, bank statements, and the event that a bill was paid."""

from __future__ import annotations

from dgs.core.billing.actions import (
    IssuedRun,
    Received,
    RunRow,
    TakenStatement,
    assign_line,
    cancel_bill,
    confirm_transfer,
    issue_bill,
    issue_run,
    receive,
    settle_line,
    take_statement,
    withdraw,
)
from dgs.core.billing.chart_of_accounts import (
    collecting_account,
    known_accounts,
    load_bank_accounts,
    load_charge_kinds,
    load_revenue_accounts,
)
from dgs.core.billing.codes import grouped
from dgs.core.billing.errors import (
    BillAmountWrong,
    BillCancelled,
    BillFullyPaid,
    RunRefused,
    StatementRefused,
    UnknownRevenueAccount,
)
from dgs.core.billing.events import BillPaid, TransferAnswered
from dgs.core.billing.owing import Owed, owed_by_code, owed_of
from dgs.core.billing.queries import (
    Standing,
    bill_by_number,
    bill_for,
    bills_for,
    check_money,
    money_of,
    revenue_by_day,
    standing,
    standings,
)
from dgs.core.billing.scope import is_staff_for
from dgs.core.billing.simulator import StatementFile, simulate_transfer, write_transfer

__all__ = [
    "BillAmountWrong", "BillCancelled", "BillFullyPaid", "BillPaid", "IssuedRun", "Owed", "Received", "RunRefused", "RunRow",
    "Standing", "StatementFile", "StatementRefused", "TakenStatement", "TransferAnswered", "UnknownRevenueAccount",
    "assign_line", "bill_by_number", "bill_for", "bills_for", "cancel_bill", "check_money", "collecting_account",
    "confirm_transfer", "grouped", "is_staff_for", "issue_bill", "issue_run", "known_accounts", "load_bank_accounts",
    "load_charge_kinds", "load_revenue_accounts", "money_of", "owed_by_code", "owed_of", "receive", "revenue_by_day",
    "settle_line", "simulate_transfer", "standing", "standings", "take_statement", "withdraw", "write_transfer",
]
