"""Reading how banks' CSV files are read; never writes."""

from __future__ import annotations

from dgs.core.billing.models import StatementMapping
from dgs.core.billing.statements import ColumnChoice


def column_choices() -> list[ColumnChoice]:
    """The choices that count, the latest first; one query."""
    found = StatementMapping.objects.filter(is_active=True).select_related("account").order_by("-saved_at", "-pk")
    return [
        ColumnChoice(
            columns={kind: tuple(places) for kind, places in one.columns.items()}, delimiter=one.delimiter, encoding=one.encoding,
            order=one.date_format, decimal=one.decimal_sign, skip=one.skip_rows, signature=one.header,
            account=one.account.number if one.account else "",
        )
        for one in found
    ]


def mappings() -> list[StatementMapping]:
    """Those that count, by name."""
    return list(StatementMapping.objects.filter(is_active=True).select_related("account", "saved_by").order_by("name", "pk"))
