"""Reckons the fee of a case from its definition's decision tables; bills and payments live in the billing room."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils import translation
from django.utils.translation import gettext_lazy as _

from dgs.core.services.definition import Bilingual, FeeLine, FeeRule, Fees
from dgs.core.services.expressions import ExpressionFailed
from dgs.core.services.fields import LARGEST_MONEY, show
from dgs.core.services.form_engine import Context
from dgs.kernel.errors import RuleBroken

PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_.]*)\}")


class FeeUncertain(RuleBroken):
    """The fee cannot be reckoned from what is given."""

    code = "fee-uncertain"
    sentence = _("The fee cannot be worked out yet: %(reason)s.")


def fee_lines(fees: Fees, context: Context) -> list[FeeLine]:
    """The lines of the bill in the order of the rules; equal lines are joined, empty ones left out.

    Amounts are whole rupiah. Descriptions are Indonesian, the language of the bill. Raises FeeUncertain when a rule
    lacks a value, finds no row in its table, or gives less than nothing or more than 10^15.
    """
    lines: dict[tuple[str, str, int], FeeLine] = {}
    for rule in fees.rules:
        scope = context.names(tables=fees.tables)
        rows = scope.get(rule.for_each) if rule.for_each else [None]
        for row in rows if isinstance(rows, list) else []:
            here = scope if row is None else {**scope, "row": row}
            line = _line(rule, fees, here)
            if line is None:
                continue
            key = (line.account, line.description, line.unit)
            if before := lines.get(key):
                line = FeeLine(
                    account=line.account, account_name=line.account_name, description=line.description, unit=line.unit,
                    quantity=before.quantity + line.quantity, amount=before.amount + line.amount,
                )
            lines[key] = line
    return list(lines.values())


def fee_total(lines: list[FeeLine]) -> int:
    """The sum of the lines in whole rupiah."""
    return sum(line.amount for line in lines)


def _line(rule: FeeRule, fees: Fees, scope: Mapping[str, Any]) -> FeeLine | None:
    try:
        # Unlike in forms, a condition that waits for a value is no "no" here: a line would be lost without a word.
        if rule.when is not None and rule.when.evaluate(scope) is not True:
            return None
        quantity = _amount(rule.quantity.evaluate(scope)) if rule.quantity else Decimal(1)
        unit = _amount(rule.unit.evaluate(scope))
    except ExpressionFailed as error:
        raise FeeUncertain(reason=error.reason) from error
    amount = quantity * unit
    if unit != unit.to_integral_value() or amount != amount.to_integral_value():
        raise FeeUncertain(reason=_("the amount is not whole rupiah"))
    if amount == 0:
        return None
    if amount > LARGEST_MONEY:
        raise FeeUncertain(reason=_("the amount is beyond all bounds"))
    whole = int(quantity) if quantity == quantity.to_integral_value() else quantity
    return FeeLine(
        account=rule.account, account_name=rule.account_name, unit=int(unit), amount=int(amount), quantity=whole,
        description=describe(rule.description, fees, scope),
    )


def _amount(value: Any) -> Decimal:
    if not isinstance(value, Decimal):
        raise FeeUncertain(reason=_("a value is missing"))
    if value < 0:
        raise FeeUncertain(reason=_("the amount is below zero"))
    return value


def describe(text: Bilingual, fees: Fees, scope: Mapping[str, Any]) -> str:
    """The Indonesian description with {field}, {row.column} and {findings.field} filled in with readable values."""

    def fill(found: re.Match[str]) -> str:
        value: Any = scope
        for part in found[1].split("."):
            value = value.get(part) if isinstance(value, Mapping) else None
        item = fees.fields.get(found[1])
        return show(item, value) if item else str(value or "")

    with translation.override("id"):
        return PLACEHOLDER.sub(fill, text.id)
