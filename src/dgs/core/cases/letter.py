"""What a letter is filled from: number, validity and data of a case; rendering and signing stand in documents."""

from __future__ import annotations

import calendar
from datetime import date, datetime
from typing import Any

from django.utils import translation

from dgs.core.cases import clock
from dgs.core.cases.actions import transitions
from dgs.core.cases.models import Case
from dgs.core.parties import api as parties
from dgs.core.services import api as services
from dgs.core.services.api import Definition

ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")


def number(pattern: str, *, sequence: int, today: date, office) -> str:
    """A document number such as 503/0012/DPMPTSP/XI/2026 from the definition's pattern."""
    return pattern.format(seq=sequence, year=today.year, month=ROMAN[today.month - 1], office=office.short_name)


def add_months(day: date, months: int) -> date:
    """The same day so many months later, or the last of that month."""
    year, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + year, month + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def valid_until(case: Case, definition: Definition, *, now: datetime) -> date | None:
    """The last day on which the product is valid, or None when it has no end."""
    product = definition.product
    expression = getattr(product, "valid_until", None)
    if expression:
        value = expression.evaluate(transitions.context(case, definition, now).names())
        return date.fromisoformat(value) if isinstance(value, str) else value
    return add_months(clock.day_of(now), product.valid_months) if product.valid_months else None


def data(case: Case, definition: Definition, *, now: datetime) -> dict[str, Any]:
    """Everything the letter's template may use, besides what documents adds (office, number, code, signatory)."""
    context = transitions.context(case, definition, now)
    with translation.override("id"):
        values = {
            field.id: services.display(field, context.values[field.id])
            for field in definition.form.fields()
            if context.values.get(field.id) not in (None, "", [])
        }
        officer_fields = {f.id: f for s in definition.workflow.states.values() for a in s.actions for f in a.fields}
        findings = {
            key: services.display(officer_fields[key], value)
            for key, value in case.findings.items()
            if key in officer_fields
        }
        lines = services.fee_lines(definition.fees, context)
    nik = context.attributes.get("applicant.nik")
    return {
        "reference": case.reference,
        "applicant": {
            "name": case.applicant.name,
            "address": case.applicant.address,
            "nik_masked": parties.mask_nik(nik) if nik else "",
        },
        "business": {"name": case.business.name, "address": case.business.address, "nib": case.business.business.nib}
        if case.business
        else None,
        "values": values,
        "raw": {key: value for key, value in context.values.items() if value is not None},
        "findings": findings,
        "lines": [{"description": line.description, "amount": line.amount} for line in lines],
        "fee_total": sum(line.amount for line in lines),
        "language": "id",
    }
