"""Putting a decision on a bill before a second person, with the decision itself as a file; the acts are in proposals.py."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.db import transaction

from dgs.core.billing.actions.proposals import propose
from dgs.core.billing.models import Bill, Proposal
from dgs.core.documents import api as documents
from dgs.kernel.deadlocks import retry_on_deadlock


@retry_on_deadlock
def propose_on_bill(
    *, bill: Bill, act: str, values: dict, amount: Decimal | int, reason: str, by, now: datetime, document=None
) -> Proposal:
    """Propose an act on a bill (see `propose`); `document` is an uploaded file, kept as one of the bill and named in the act.

    Refuses what `propose` refuses, and files that are not PDF, JPEG or PNG of at most 5 MB (FileRefused); nothing is kept then.
    """
    values = {"bill": bill.pk} | values
    with transaction.atomic():
        if document is not None:
            values["document"] = str(documents.keep_file(document, owner=by, about=f"billing.bill:{bill.pk}", now=now).pk)
        return propose(
            act=act, values=values, subject=f"billing.bill:{bill.pk}", amount=amount, reason=reason, office=bill.office,
            by=by, now=now,
        )
