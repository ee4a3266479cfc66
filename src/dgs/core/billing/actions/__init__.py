"""Everything that changes money facts: issuing and cancelling bills, taking statements, deciding on bank lines."""

from dgs.core.billing.actions.bills import cancel_bill, issue_bill
from dgs.core.billing.actions.lines import assign_line, resolve_line
from dgs.core.billing.actions.statements import TakenStatement, take_statement

__all__ = ["TakenStatement", "assign_line", "cancel_bill", "issue_bill", "resolve_line", "take_statement"]
