"""Payments and refunds as CSV with semicolons, as spreadsheets set to Indonesian expect it; which of them the caller says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.utils import timezone
from django.utils.translation import gettext as _

from dgs.core.billing.models import Payment, Refund
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


def refunds_csv(refunds: Iterable[Refund]) -> Iterator[str]:
    """The lines of the file, header first."""
    header = [
        _("Number"), _("Day"), _("Bill"), _("Payer"), _("Office"), _("Amount"), _("Not paid yet"), _("Bank"), _("Account number"),
        _("Account holder"), _("Decision"), _("Reason"), _("Proposed by"), _("Approved by"),
    ]
    rows = (
        [one.number, timezone.localdate(one.at).isoformat(), one.bill.number, one.bill.payer.name, one.bill.office.name,
         int(one.amount), int(one.unpaid), one.to_bank, one.to_account, one.to_holder, one.decision_number, one.reason,
         one.by.name, one.approved_by.name]
        for one in refunds
    )
    return csv_lines(header, rows, delimiter=";")
