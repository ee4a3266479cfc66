"""Reading money: bills and their standing, bank lines, the treasurer's figures, and the proof that nothing is lost."""

from dgs.core.billing.queries.bank import Compared, bank_and_books
from dgs.core.billing.queries.bills import (
    Standing,
    bill_by_number,
    bill_for,
    bills_for,
    bills_like,
    bills_of,
    bills_visible,
    find_bills,
    last_confirmation,
    last_objection,
    money_of,
    plan_of,
    proof_of,
    standing,
    standings,
)
from dgs.core.billing.queries.cash import (
    closed_shifts,
    deposit_in_reach,
    deposit_parts,
    deposits,
    hand_over_in_reach,
    last_shift_of,
    open_shift_of,
    open_shifts,
    receipt_in_reach,
    shift_in_reach,
    shift_receipts,
    shifts_of,
    treasurer_cash,
)
from dgs.core.billing.queries.checking import MoneyCheck, check_money
from dgs.core.billing.queries.confirming import (
    candidate_lines,
    confirmation_counts,
    confirmation_in_reach,
    open_confirmations,
    overdue_before,
    proposed_lines,
)
from dgs.core.billing.queries.deciding import (
    BillFacts,
    bill_facts,
    bill_in_reach,
    is_own_proposal,
    open_proposals,
    waiting_proposals,
)
from dgs.core.billing.queries.figures import Flow, payments_on, payments_visible, revenue_by_account, revenue_by_day
from dgs.core.billing.queries.lines import Taken, Used, listed_line, statements, taken, uses_of, worklist, worklist_counts
from dgs.core.billing.queries.mapping import column_choices, mappings
from dgs.core.billing.queries.refunds import overpaid_bills, proposed_refunds, refund_counts, refunds
from dgs.core.billing.queries.reports import AGES, Ageing, DayReport, cash_held, day_report, receivables
from dgs.core.billing.queries.search import Money, find_money
from dgs.core.billing.queries.tracing import TracedBill, TracedLine, bills_of_run, trace_bills, trace_lines, treasury_of
from dgs.core.billing.queries.waiting import (
    KINDS as WAITING_KINDS,
)
from dgs.core.billing.queries.waiting import (
    UNTOLD,
    WITHDRAW,
    acts_of,
    receipt_listed,
    receipts_for,
    refunds_for,
    waiting,
    waiting_counts,
)

__all__ = [
    "AGES", "UNTOLD", "WAITING_KINDS", "WITHDRAW", "Ageing", "BillFacts", "Compared", "DayReport", "Flow", "Money", "MoneyCheck",
    "Standing", "Taken", "TracedBill", "TracedLine", "Used", "acts_of", "bank_and_books", "bill_by_number", "bill_facts",
    "bill_for", "bill_in_reach", "bills_for", "bills_like", "bills_of", "bills_of_run", "bills_visible", "candidate_lines",
    "cash_held", "check_money", "closed_shifts", "column_choices", "confirmation_counts", "confirmation_in_reach", "day_report",
    "deposit_in_reach", "deposit_parts", "deposits", "find_bills", "find_money", "hand_over_in_reach", "is_own_proposal",
    "last_confirmation",
    "last_objection", "last_shift_of", "listed_line", "mappings", "money_of", "open_confirmations", "open_proposals",
    "open_shift_of", "open_shifts", "overdue_before", "overpaid_bills", "payments_on", "payments_visible", "plan_of", "proof_of",
    "proposed_lines", "proposed_refunds", "receipt_in_reach", "receipt_listed", "receipts_for", "receivables", "refund_counts",
    "refunds", "refunds_for", "revenue_by_account", "revenue_by_day", "shift_in_reach", "shift_receipts", "shifts_of", "standing",
    "standings", "statements", "taken", "trace_bills", "trace_lines", "treasurer_cash", "treasury_of", "uses_of", "waiting",
    "waiting_counts", "waiting_proposals", "worklist", "worklist_counts",
]
