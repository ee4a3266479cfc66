"""The pages of the billing room: the payer's bill, the cash counter, and the treasury."""

from dgs.core.billing.views.counter import close, counter, counter_cash, deposit_slip, shift, slip, take
from dgs.core.billing.views.deciding import proposals
from dgs.core.billing.views.mapping import mappings
from dgs.core.billing.views.payer import bill, bill_state, simulate
from dgs.core.billing.views.reports import day, day_export, receivables, receivables_export
from dgs.core.billing.views.treasury import desk, payments_export, statements
from dgs.core.billing.views.worklist import line, receipt, seen, worklist

__all__ = [
    "bill", "bill_state", "close", "counter", "counter_cash", "day", "day_export", "deposit_slip", "desk", "line", "mappings",
    "payments_export", "proposals", "receipt", "receivables", "receivables_export", "seen", "shift", "simulate", "slip",
    "statements", "take", "worklist",
]
