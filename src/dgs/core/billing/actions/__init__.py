"""Everything that changes money facts: bills, statements, receipts of channels, decisions and their second person."""

from dgs.core.billing.actions.adjusting import (
    adjust,
    decide_objection,
    give_back,
    object_to_bill,
    plan_instalments,
    withdraw_refund,
)
from dgs.core.billing.actions.bills import cancel_bill, issue_bill
from dgs.core.billing.actions.cash import (
    NOTES,
    CashTaken,
    accept_hand_over,
    close_shift,
    close_shift_for,
    deposit,
    hand_over,
    open_shift,
    take_cash,
)
from dgs.core.billing.actions.confirming import confirm_transfer, refuse_confirmation
from dgs.core.billing.actions.deciding import propose_on_bill
from dgs.core.billing.actions.lines import assign_line, assign_receipt, settle_line, settle_receipt
from dgs.core.billing.actions.mapping import end_mapping, save_mapping, try_mapping
from dgs.core.billing.actions.paying import take_back_payment, take_back_settlement
from dgs.core.billing.actions.proofs import issue_proof
from dgs.core.billing.actions.proposals import decide, note_seen, propose
from dgs.core.billing.actions.receipts import Received, receive, withdraw
from dgs.core.billing.actions.runs import IssuedRun, RunRow, issue_run
from dgs.core.billing.actions.statements import TakenStatement, take_statement

__all__ = [
    "NOTES", "CashTaken", "IssuedRun", "Received", "RunRow", "TakenStatement", "accept_hand_over", "adjust", "assign_line",
    "assign_receipt", "cancel_bill", "close_shift", "close_shift_for", "confirm_transfer", "decide", "decide_objection",
    "deposit", "end_mapping", "give_back", "hand_over", "issue_bill", "issue_proof", "issue_run", "note_seen", "object_to_bill",
    "open_shift", "plan_instalments", "propose", "propose_on_bill", "receive", "refuse_confirmation", "save_mapping",
    "settle_line", "settle_receipt", "take_back_payment", "take_back_settlement", "take_cash", "take_statement", "try_mapping",
    "withdraw", "withdraw_refund",
]
