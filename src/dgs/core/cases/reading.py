"""Who may read the files and documents of a case, and whose data they are; asked by the documents room."""

from __future__ import annotations

from typing import Any

from dgs.core.cases.actions import transitions
from dgs.core.cases.models import Case
from dgs.core.documents import api as documents


def may_read_case(access, stored) -> documents.Reading:
    """Staff whose office owns, holds or has handled the case read every file of it.

    The applicant reads the files of the answers and the issued document, not what officers keep for themselves, such
    as the photos of an inspection.
    """
    number = stored.about.partition(":")[2]
    case = Case.objects.filter(pk=int(number)).first() if number.isdigit() else None
    if case is None:
        return documents.Reading(allowed=False)
    allowed = transitions.may_see(case, access)
    if not allowed and transitions.is_applicant(case, access.user):
        issued = documents.document_for(stored.about)
        allowed = _names(case.data, str(stored.pk)) or (issued is not None and issued.file_id == stored.pk)
    return documents.Reading(allowed=allowed, person=case.applicant_id)


def _names(answers: Any, file_id: str) -> bool:
    """Whether a file stands among the answers, those in rows of lists included."""
    if isinstance(answers, dict):
        return answers.get("id") == file_id or any(_names(value, file_id) for value in answers.values())
    return isinstance(answers, list) and any(_names(value, file_id) for value in answers)
