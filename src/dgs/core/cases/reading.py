"""Who may read the files and documents of a case, and whose data they are; asked by the documents room."""

from __future__ import annotations

from dgs.core.cases import naming
from dgs.core.cases.actions import transitions
from dgs.core.cases.attachments import file_ids
from dgs.core.cases.models import Case
from dgs.core.documents import api as documents
from dgs.core.services import api as services


def may_read_case(access, stored) -> documents.Reading:
    """Staff whose office owns, holds or has handled the case read every file of it.

    The applicant reads the files of the answers and the issued document, not what officers keep for themselves, such
    as the photos of an inspection.
    """
    number = naming.case_id(stored.about)
    case = Case.objects.select_related("region").filter(pk=number).first() if number is not None else None
    if case is None:
        return documents.Reading(allowed=False)
    allowed = transitions.may_see(case, access)
    if not allowed and transitions.is_applicant(case, access.user):
        issued = documents.document_for(stored.about)
        asked = services.definition_of(case.version_id).form.fields()
        allowed = str(stored.pk) in file_ids(asked, case.data) or (issued is not None and issued.file_id == stored.pk)
    return documents.Reading(allowed=allowed, person=case.applicant_id, region=case.region and case.region.code)
