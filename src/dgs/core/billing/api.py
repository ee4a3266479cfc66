"""The door of the billing room: bills, their standing, bank statements, and the event that a bill was paid."""

from __future__ import annotations

from dgs.core.billing.actions import (
    NOTES,
    IssuedRun,
    Received,
    RunRow,
    TakenStatement,
    accept_hand_over,
    assign_line,
    cancel_bill,
    close_shift,
    confirm_transfer,
    deposit,
    hand_over,
    issue_bill,
    issue_run,
    open_shift,
    receive,
    settle_line,
    take_cash,
    take_statement,
    withdraw,
)
from dgs.core.billing.actions.folder import look_soon
from dgs.core.billing.chart_of_accounts import (
    collecting_account,
    known_accounts,
    load_bank_accounts,
    load_charge_kinds,
    load_revenue_accounts,
)
from dgs.core.billing.codes import grouped
from dgs.core.billing.errors import (
    BillAlreadyPaid,
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
    bills_of_run,
    check_money,
    money_of,
    revenue_by_day,
    standing,
    standings,
    trace_bills,
    trace_lines,
    treasury_of,
)
from dgs.core.billing.scope import is_staff_for
from dgs.core.billing.simulator import StatementFile, Transfer, simulate_transfer, write_statement, write_transfer

__all__ = [
    "NOTES", "BillAlreadyPaid", "BillAmountWrong", "BillCancelled", "BillFullyPaid", "BillPaid", "IssuedRun", "Owed",
    "Received", "RunRefused", "RunRow", "Standing", "StatementFile", "StatementRefused", "TakenStatement", "Transfer",
    "TransferAnswered", "UnknownRevenueAccount", "accept_hand_over", "assign_line", "bill_by_number", "bill_for", "bills_of_run",
    "bills_for", "cancel_bill", "check_money", "close_shift", "collecting_account", "confirm_transfer", "deposit",
    "grouped", "hand_over", "is_staff_for", "issue_bill", "issue_run", "known_accounts", "load_bank_accounts",
    "load_charge_kinds", "load_revenue_accounts", "look_soon", "money_of", "open_shift", "owed_by_code", "owed_of", "receive",
    "revenue_by_day", "settle_line", "simulate_transfer", "standing", "standings", "take_cash", "take_statement",
    "trace_bills", "trace_lines", "treasury_of", "withdraw", "write_statement", "write_transfer",
]
