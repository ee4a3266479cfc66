"""The pages of the billing room: the payer's bill, and the treasury."""

from dgs.core.billing.views.deciding import proposals
from dgs.core.billing.views.mapping import mappings
from dgs.core.billing.views.payer import bill, bill_state, simulate
from dgs.core.billing.views.treasury import desk, line, payments_export, statements, worklist

__all__ = [
    "bill", "bill_state", "desk", "line", "mappings", "payments_export", "proposals", "simulate", "statements", "worklist",
]
