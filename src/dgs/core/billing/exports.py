"""Payments as CSV for spreadsheets: UTF-8 with mark, semicolons, and no cell that a spreadsheet would run as a formula."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator

from django.utils.translation import gettext as _

from dgs.core.billing.models import Payment

RISKY = ("=", "+", "-", "@", "\t", "\r")


class _Echo:
    def write(self, value: str) -> str:
        return value


def safe(text: object) -> str:
    """The text, with an apostrophe before it when a spreadsheet would take it for a formula."""
    text = "" if text is None else str(text)
    return f"'{text}" if text.startswith(RISKY) else text


def payments_csv(payments: Iterable[Payment]) -> Iterator[str]:
    """The lines of the file, header first."""
    writer = csv.writer(_Echo(), delimiter=";")
    yield "\ufeff" + writer.writerow(
        [_("Booked on"), _("Bill"), _("Payment code"), _("Payer"), _("Office"), _("For"), _("Amount"), _("Bank"),
         _("Bank reference"), _("Rule"), _("Note")]
    )
    for one in payments:
        yield writer.writerow(
            [one.paid_on.isoformat(), one.bill.number, safe(one.bill.grouped_code), safe(one.bill.payer.name),
             safe(one.bill.office.name), safe(one.bill.title), int(one.amount), safe(one.line.account),
             safe(one.line.reference), one.rule, safe(one.note)]
        )
