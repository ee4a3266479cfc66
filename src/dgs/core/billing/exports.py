"""Payments as CSV with semicolons, the way spreadsheets set to Indonesian expect it; which payments is the caller's choice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.utils.translation import gettext as _

from dgs.core.billing.models import Payment
from dgs.kernel.spreadsheets import csv_lines


def payments_csv(payments: Iterable[Payment]) -> Iterator[str]:
    """The lines of the file, header first."""
    header = [
        _("Booked on"), _("Bill"), _("Payment code"), _("Payer"), _("Office"), _("For"), _("Amount"), _("Bank"),
        _("Bank reference"), _("Rule"), _("Note"),
    ]
    rows = (
        [one.paid_on.isoformat(), one.bill.number, one.bill.grouped_code, one.bill.payer.name, one.bill.office.name,
         one.bill.title, int(one.amount), one.line.account if one.line else one.get_channel_display(),
         (one.line or one.receipt).reference, one.rule, one.note]
        for one in payments
    )
    return csv_lines(header, rows, delimiter=";")
