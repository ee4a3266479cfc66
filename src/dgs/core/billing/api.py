"""The door of the billing room: bills, their standing, bank statements, and the event that a bill was paid."""

from __future__ import annotations

from dgs.core.billing.actions import (
    TakenStatement,
    assign_line,
    cancel_bill,
    issue_bill,
    resolve_line,
    take_statement,
)
from dgs.core.billing.chart_of_accounts import (
    collecting_account,
    known_accounts,
    load_bank_accounts,
    load_revenue_accounts,
)
from dgs.core.billing.codes import grouped
from dgs.core.billing.errors import StatementRefused, UnknownRevenueAccount
from dgs.core.billing.events import BillPaid
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
    "BillPaid", "Standing", "StatementFile", "StatementRefused", "TakenStatement", "UnknownRevenueAccount",
    "assign_line", "bill_by_number",
    "bill_for", "bills_for", "cancel_bill", "check_money", "collecting_account", "grouped", "is_staff_for", "issue_bill",
    "known_accounts", "load_bank_accounts", "load_revenue_accounts", "money_of", "resolve_line", "revenue_by_day",
    "simulate_transfer", "standing", "standings", "take_statement", "write_transfer",
]
