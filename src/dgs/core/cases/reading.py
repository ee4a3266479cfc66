"""Who may read the files and documents of a case; asked by the documents room."""

from __future__ import annotations

from dgs.core.cases.actions import transitions
from dgs.core.cases.models import Case


def may_read_case(access, about: str) -> bool:
    """The applicant, and staff whose office owns, holds or has handled the case."""
    number = about.partition(":")[2]
    case = Case.objects.filter(pk=int(number)).first() if number.isdigit() else None
    return case is not None and (transitions.is_applicant(case, access.user) or transitions.may_see(case, access))
