"""The door of the billing room: bills, their standing, bank statements, and the event that a bill was paid."""

from __future__ import annotations

from dgs.core.billing.actions import (
    NOTES,
    RunRow,
    accept_hand_over,
    assign_line,
    cancel_bill,
    close_shift,
    deposit,
    hand_over,
    issue_bill,
    issue_run,
    open_shift,
    receive,
    take_cash,
    take_statement,
    withdraw,
)
from dgs.core.billing.actions.folder import look_soon
from dgs.core.billing.chart_of_accounts import (
    collecting_account,
    load_bank_accounts,
    load_charge_kinds,
    load_revenue_accounts,
)
from dgs.core.billing.codes import grouped
from dgs.core.billing.errors import BillAmountWrong, BillCancelled, BillFullyPaid
from dgs.core.billing.events import BillPaid
from dgs.core.billing.owing import Owed, owed_by_code
from dgs.core.billing.queries import (
    bill_by_number,
    bill_for,
    bills_for,
    bills_of_run,
    check_money,
    money_of,
    revenue_by_day,
    standing,
    trace_bills,
    trace_lines,
    treasury_of,
)
from dgs.core.billing.scope import is_staff_for
from dgs.core.billing.simulator import StatementFile, Transfer, simulate_transfer, write_statement, write_transfer

__all__ = [
    "NOTES", "BillAmountWrong", "BillCancelled", "BillFullyPaid", "BillPaid", "Owed", "RunRow", "StatementFile", "Transfer",
    "accept_hand_over", "assign_line", "bill_by_number", "bill_for", "bills_of_run", "bills_for", "cancel_bill", "check_money",
    "close_shift", "collecting_account", "deposit", "grouped", "hand_over", "is_staff_for", "issue_bill", "issue_run",
    "load_bank_accounts", "load_charge_kinds", "load_revenue_accounts", "look_soon", "money_of", "open_shift", "owed_by_code",
    "receive", "revenue_by_day", "simulate_transfer", "standing", "take_cash", "take_statement", "trace_bills", "trace_lines",
    "treasury_of", "withdraw", "write_statement", "write_transfer",
]
