"""What people are told of a service in short: three facts, and the 14 components of a service standard with titles."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dgs.core.services.definition import Definition


def facts(definition: Definition) -> dict[str, Any]:
    """How long, how much, what comes out of it: short words for lists and the head of the page."""
    days = definition.workflow.working_days
    months = definition.product.valid_months
    validity = ""
    if months:
        years, rest = divmod(months, 12)
        validity = (
            ngettext("valid for %(n)s month", "valid for %(n)s months", months) % {"n": months} if rest
            else ngettext("valid for %(n)s year", "valid for %(n)s years", years) % {"n": years}
        )
    return {
        "time": ngettext("%(n)s working day", "%(n)s working days", days) % {"n": days},
        "is_free": not definition.fees.rules,
        "cost": _("Free") if not definition.fees.rules else _("There is a fee"),
        "result": definition.product.title,
        "validity": validity,
        "who": _("Persons and businesses") if len(definition.applicants) > 1 else (
            _("Businesses") if "business" in definition.applicants else _("Persons")),
    }


def components(definition: Definition) -> list[tuple[str, list[Any]]]:
    """The 14 components of UU 25/2009 Pasal 21 in the order of the law: title and texts."""
    standard = definition.standard
    return [
        (_("Legal basis"), [law.title for law in standard.legal_basis]),
        (_("Requirements"), list(standard.requirements)),
        (_("System, mechanism and procedure"), list(standard.procedure)),
        (_("Time of completion"), [standard.time]),
        (_("Cost"), [standard.cost]),
        (_("Product of the service"), [standard.product]),
        (_("Facilities"), list(standard.facilities)),
        (_("Competence of the officers"), list(standard.competence)),
        (_("Internal supervision"), [standard.supervision]),
        (_("Complaints, suggestions and feedback"), [standard.complaints]),
        (_("Number of officers"), [standard.staff_count]),
        (_("Guarantee of the service"), [standard.guarantee]),
        (_("Guarantee of security and safety"), [standard.safety]),
        (_("Evaluation of performance"), [standard.evaluation]),
    ]
