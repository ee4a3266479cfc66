"""The cases room's part of the API: upload files, send in an application, follow it; rules as on the pages."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import File, Header, Router, Schema, Status, UploadedFile

from dgs.core.accounts import api as accounts
from dgs.core.cases import clock, queries
from dgs.core.cases.actions import submission, transitions
from dgs.core.cases.applicants import applications_of
from dgs.core.cases.errors import NoPerson
from dgs.core.cases.models import Case, Channel
from dgs.core.cases.record import Record, records_of
from dgs.core.cases.timeline import timeline
from dgs.core.documents import api as documents
from dgs.core.parties import api as parties
from dgs.core.services import api as services
from dgs.kernel import protection
from dgs.kernel.errors import InvalidInput, NotFound

router = Router(tags=["cases"])
FILES = 300  # in an hour by one account: each costs a judging process, and unused ones lie in the store for a week


class StoredFileOut(Schema):
    """A file that was accepted; give its id as an element of a file field."""

    id: str
    name: str
    size: int
    type: str


class CaseIn(Schema):
    """An application. `values` are answers by field id (see the service's form schema), files by the ids that
    POST /files answered; `business` is a NIB."""

    service: str
    values: dict[str, Any]
    business: str | None = None
    consent: bool = False


class MomentOut(Schema):
    """One public line of the timeline."""

    at: datetime
    text: str
    who: str
    note: str


class CaseOut(Schema):
    """Where a case is. Days are working days."""

    reference: str
    service: str
    version: int
    state: str
    state_text: str
    holder: str
    submitted_at: datetime
    closed_at: datetime | None
    outcome: str
    due_on: date | None
    days_used: int
    days_allowed: int
    is_paused: bool
    to_mend: list[dict[str, Any]]
    document_code: str | None
    bill: str | None
    timeline: list[MomentOut]


@router.post("/files", response={201: StoredFileOut}, summary="Upload a file for an application")
def upload_file(request, file: UploadedFile = File(...)):  # noqa: B008 - ninja declares parameters so
    """The file is judged by its content; PDF, JPEG and PNG up to 5 MB are taken, 300 in an hour from one account."""
    accounts.throttle(kind="api-file", key=str(request.auth.pk), limit=FILES, seconds=3600, now=timezone.now())
    stored = documents.keep_file(file, owner=request.auth, about="", now=timezone.now())
    found = {"id": str(stored.pk), "name": stored.original_name, "size": stored.size, "type": stored.content_type}
    return Status(201, found)


@router.post("/cases", response={201: CaseOut, 200: CaseOut}, summary="Send in an application")
def create_case(request, payload: CaseIn, idempotency_key: str | None = Header(None, alias="Idempotency-Key")):
    """Checked like the form on the site. The same Idempotency-Key twice is one application (then 200)."""
    user = request.auth
    if user.party is None or user.party.kind != "person":
        raise NoPerson
    key = protection.keyed_hash(f"{user.pk}:{idempotency_key}", "idempotency") if idempotency_key else None
    if key:
        known = Case.objects.filter(client_key=key).first()
        if known:
            return Status(200, describe(known))
    if not payload.consent:
        raise submission.ConsentMissing({"consent": [str(submission.ConsentMissing.sentence)]})
    version = services.current_version(transitions.plain(payload.service[:100]))
    if version is None:
        raise InvalidInput({"service": [_("There is no such service.")]})
    business = None
    if payload.business:
        businesses = parties.businesses_of(user.party.person, timezone.localdate())
        business = next((b.party for b in businesses if b.nib == payload.business), None)
        if business is None:
            raise InvalidInput({"business": [_("You do not represent a business with this NIB.")]})
    try:
        case = submission.create_case(
            version=version,
            values=submission.with_files(version, payload.values, by=user),
            applicant=user.party,
            business=business,
            channel=Channel.API,
            by=user,
            now=timezone.now(),
            client_key=key,
        )
    except (IntegrityError, InvalidInput):
        # The same key at the same moment: the other request made the case, and the files are in it already.
        known = Case.objects.filter(client_key=key).first() if key else None
        if known is None:
            raise
        return Status(200, describe(known))
    return Status(201, describe(case))


@router.get("/cases", response=list[CaseOut], summary="My applications, the latest first")
def list_cases(request, page: int = 1):
    """Twenty a page."""
    start = (max(1, min(page, 500)) - 1) * 20
    return described(applications_of(request.auth, timezone.localdate())[start : start + 20])


@router.get("/cases/{reference}", response=CaseOut, summary="One of my applications")
def get_case(request, reference: str):
    """Another person's reference is answered as if it did not exist."""
    case = applications_of(request.auth, timezone.localdate()).filter(reference=queries.known_reference(reference)).first()
    if case is None:
        raise NotFound
    return describe(case)


def describe(case: Case) -> dict[str, Any]:
    """A case as the API shows it to its applicant."""
    return described([case])[0]


def described(cases: Iterable[Case]) -> list[dict[str, Any]]:
    """Cases as the API shows them to their applicant; as many queries for twenty as for one."""
    from dgs.core.billing import api as billing

    cases = list(cases)
    records = records_of(cases)
    things = [transitions.about(case) for case in cases]
    issued, bills = documents.documents_for(things), billing.bills_for(things)
    return [
        _described(case, records[case.pk], issued.get(transitions.about(case)), bills.get(transitions.about(case)))
        for case in cases
    ]


def _described(case: Case, record: Record, document, bill) -> dict[str, Any]:
    definition = services.definition_of(case.version_id)
    state = definition.workflow.states[case.state]
    reading = clock.read(case, record, definition.workflow.working_days, state.working_days, timezone.now())
    notice = next((notice for notice in record.notices if not notice.answered_at), None)
    return {
        "reference": case.reference,
        "service": definition.slug,
        "version": case.version.number,
        "state": case.state,
        "state_text": str(state.public),
        "holder": case.holder_office.name
        if case.holder_office_id and case.holder_role != "applicant"
        else case.holder_role,
        "submitted_at": case.submitted_at,
        "closed_at": case.closed_at,
        "outcome": case.outcome,
        "due_on": case.due_on,
        "days_used": reading.used,
        "days_allowed": reading.allowed,
        "is_paused": reading.is_paused,
        "to_mend": [{"field": i["field"], "message": i["message"]} for i in notice.items] if notice else [],
        "document_code": document.code if document else None,
        "bill": bill.number if bill else None,
        "timeline": [
            {"at": m.at, "text": m.text, "who": m.who, "note": m.note}
            for m in timeline(record, definition, public=True)
        ],
    }
