"""The door of the cases room: events, reading and acting on cases for other rooms and the API."""

from dgs.core.cases.actions.automatic import issue_document, mind_the_clock
from dgs.core.cases.actions.claims import claim, release
from dgs.core.cases.actions.drafts import save_step, start_draft
from dgs.core.cases.actions.submission import create_case, submit_draft
from dgs.core.cases.actions.transitions import act
from dgs.core.cases.events import CaseClosed, CaseMoved, CaseSubmitted
from dgs.core.cases.figures import Flow, Flows, Month, counts, daily, flows, monthly, questions_not_asked
from dgs.core.cases.models import Case
from dgs.core.cases.naming import about
from dgs.core.cases.queries import known_reference
from dgs.kernel.errors import NotFound


def case_by_reference(reference: str) -> Case:
    """The case of that reference; NotFound when there is none. Who may see it is the caller's question."""
    case = (
        Case.objects.select_related("version", "service", "office", "applicant")
        .filter(reference=known_reference(reference))
        .first()
    )
    if case is None:
        raise NotFound
    return case


__all__ = [
    "Case",
    "CaseClosed",
    "CaseMoved",
    "CaseSubmitted",
    "about",
    "act",
    "case_by_reference",
    "claim",
    "create_case",
    "Flow",
    "Flows",
    "Month",
    "counts",
    "daily",
    "flows",
    "issue_document",
    "mind_the_clock",
    "monthly",
    "questions_not_asked",
    "release",
    "save_step",
    "start_draft",
    "submit_draft",
]
