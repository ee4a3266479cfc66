"""The pages of the billing room: the payer's bill, the cash counter, and the treasury."""

from dgs.core.billing.views.confirming import confirmations
from dgs.core.billing.views.counter import close, counter, counter_cash, shift, slip, take
from dgs.core.billing.views.deciding import proposals
from dgs.core.billing.views.mapping import mappings
from dgs.core.billing.views.office import office_bill, office_bills
from dgs.core.billing.views.payer import bill, bill_state, simulate
from dgs.core.billing.views.refunds import refunds, refunds_export
from dgs.core.billing.views.treasury import desk, line, payments_export, statements, worklist

__all__ = [
    "bill", "bill_state", "close", "confirmations", "counter", "counter_cash", "desk", "line", "mappings",
    "office_bill", "office_bills", "payments_export", "proposals", "refunds", "refunds_export", "shift", "simulate",
    "slip", "statements", "take", "worklist",
]
