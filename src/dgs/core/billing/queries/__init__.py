"""Reading money: bills and their standing, bank lines, the treasurer's figures, and the proof that nothing is lost."""

from dgs.core.billing.queries.bills import (
    Standing,
    bill_by_number,
    bill_for,
    bills_for,
    bills_like,
    bills_visible,
    find_bills,
    money_of,
    standing,
    standings,
)
from dgs.core.billing.queries.cash import (
    closed_shifts,
    deposits,
    last_shift_of,
    open_shift_of,
    receipt_in_reach,
    shift_receipts,
    shifts_of,
    treasurer_cash,
)
from dgs.core.billing.queries.checking import MoneyCheck, check_money
from dgs.core.billing.queries.deciding import open_proposals, waiting_proposals
from dgs.core.billing.queries.figures import payments_visible, revenue_by_account, revenue_by_day
from dgs.core.billing.queries.lines import (
    Taken,
    Used,
    find_lines,
    listed_line,
    statements,
    taken,
    uses_of,
    worklist,
    worklist_counts,
)
from dgs.core.billing.queries.mapping import column_choices, mappings

__all__ = [
    "MoneyCheck",
    "Standing",
    "Taken",
    "Used",
    "bill_by_number",
    "bill_for",
    "bills_for",
    "bills_like",
    "bills_visible",
    "check_money",
    "column_choices",
    "closed_shifts",
    "deposits",
    "find_bills",
    "find_lines",
    "last_shift_of",
    "listed_line",
    "mappings",
    "money_of",
    "open_shift_of",
    "open_proposals",
    "payments_visible",
    "receipt_in_reach",
    "revenue_by_account",
    "revenue_by_day",
    "shift_receipts",
    "shifts_of",
    "standing",
    "standings",
    "statements",
    "taken",
    "treasurer_cash",
    "uses_of",
    "waiting_proposals",
    "worklist",
    "worklist_counts",
]
