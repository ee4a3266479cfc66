"""The pages of the billing room: the payer's bill, the cash counter, and the treasury."""

from dgs.core.billing.views.confirming import confirmations
from dgs.core.billing.views.counter import close, counter, shift, take
from dgs.core.billing.views.deciding import proposals, withdraw_proposal
from dgs.core.billing.views.mapping import mappings
from dgs.core.billing.views.office import office_bill, office_bills
from dgs.core.billing.views.papers import letter, proof
from dgs.core.billing.views.payer import bill, bill_state, mine, simulate
from dgs.core.billing.views.refunds import refunds, refunds_export
from dgs.core.billing.views.reports import day, day_export, receivables, receivables_export
from dgs.core.billing.views.saying import confirm, dispute
from dgs.core.billing.views.slip import slip
from dgs.core.billing.views.treasurer_cash import accept, close_for, counter_cash, deposit_slip
from dgs.core.billing.views.treasury import desk, payments_export, statements
from dgs.core.billing.views.worklist import line, receipt, seen, worklist

__all__ = [
    "accept", "bill", "bill_state", "close", "close_for", "confirm", "confirmations", "counter", "counter_cash", "day",
    "day_export", "deposit_slip", "desk", "dispute", "letter", "line", "mappings", "mine", "office_bill", "office_bills",
    "payments_export", "proof", "proposals", "receipt", "receivables", "receivables_export", "refunds", "refunds_export", "seen",
    "shift", "simulate", "slip", "statements", "take", "withdraw_proposal", "worklist",
]
