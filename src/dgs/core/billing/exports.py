"""The treasurer's tables as rows for files: payments, the report of a day, what is owed; the caller chooses and sends them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from django.utils import timezone
from django.utils.translation import gettext as _

from dgs.core.billing.models import CHANNELS, Payment, Refund
from dgs.core.billing.queries import Ageing, DayReport

Header = list[str]


def payments(found: Iterable[Payment]) -> tuple[Header, Iterator[list]]:
    """Header and rows of payments, one row each."""
    header = [
        _("Booked on"), _("Bill"), _("Payment code"), _("Payer"), _("Office"), _("For"), _("Amount"), _("Bank"),
        _("Bank reference"), _("Rule"), _("Note"),
    ]
    rows = (
        [one.paid_on, one.bill.number, one.bill.grouped_code, one.bill.payer.name, one.bill.office.name,
         one.bill.title, int(one.amount), str(one.line.account if one.line else one.get_channel_display()),
         (one.line or one.receipt).reference, one.rule, one.note]
        for one in found
    )
    return header, rows


def day(report: DayReport) -> tuple[Header, Iterator[list]]:
    """Header and rows of a day: one row for each office and revenue account, a column for each channel."""
    codes = [code for code, _label in CHANNELS if code != "deposit"]
    labels = dict(CHANNELS)
    header = [_("Day"), _("Office"), _("Revenue account"), _("Name"), *(str(labels[code]) for code in codes), _("Amount")]
    rows = (
        [report.day, row.office, row.revenue, row.name or _("overpaid"), *(row.by_channel.get(c, Decimal(0)) for c in codes),
         row.amount]
        for row in report.rows
    )
    return header, rows


def receivables(found: Iterable[Ageing], labels: list[str]) -> tuple[Header, Iterator[list]]:
    """Header and rows of what is owed: one row for each office, for each age the number of bills and their rupiah."""
    header = [_("Office"), *(part for label in labels for part in (f"{label}: {_('bills')}", f"{label}: Rp")), _("Amount")]
    rows = (
        [one.office, *(part for pair in zip(one.counts, one.amounts, strict=True) for part in pair), one.amount] for one in found
    )
    return header, rows


def refunds(found: Iterable[Refund]) -> tuple[Header, Iterator[list]]:
    """Header and rows of refunds, one row each."""
    header = [
        _("Number"), _("Day"), _("Bill"), _("Payer"), _("Office"), _("Amount"), _("Not paid yet"), _("Bank"), _("Account number"),
        _("Account holder"), _("Decision"), _("Reason"), _("Proposed by"), _("Approved by"), _("Withdrawn on"),
    ]
    rows = (
        [one.number, timezone.localdate(one.at), one.bill.number, one.bill.payer.name, one.bill.office.name, int(one.amount),
         int(one.unpaid), one.to_bank, one.to_account, one.to_holder, one.decision_number, one.reason, one.by.name,
         one.approved_by.name, timezone.localdate(one.undone_by.at) if hasattr(one, "undone_by") else ""]
        for one in found
    )
    return header, rows
