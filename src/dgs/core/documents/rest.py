"""Verification of documents in the API: open to everybody, as the pages are, and counted with them."""

from __future__ import annotations

from datetime import date, datetime

from ninja import File, Router, Schema
from ninja.files import UploadedFile

from dgs.core.documents.counting import count_check, count_upload
from dgs.core.documents.verification import LARGEST, Verdict, mask_name, verify_code, verify_pdf

router = Router(tags=["verification"])


class DocumentOut(Schema):
    """What is public of a document; `holder` is shortened."""

    code: str
    title: str
    number: str
    holder: str
    office: str
    signed_by: str
    signed_as: str
    issued_at: datetime
    valid_until: date | None
    revoked_at: datetime | None
    revoked_reason: str


class VerdictOut(Schema):
    """`kind` is genuine, altered, revoked or unknown; `document` is the one that is meant, when it is known."""

    kind: str
    sentence: str
    document: DocumentOut | None


@router.get("/verify/{code}", response=VerdictOut, summary="Check a document by its code")
def by_code(request, code: str):
    """An unknown code is an answer, not an error."""
    count_check(request)
    return _out(verify_code(code))


@router.post("/verify", response=VerdictOut, summary="Check a document by its PDF file")
def by_file(request, file: File[UploadedFile]):
    """The file is compared with what was signed and not kept."""
    count_upload(request)
    return _out(verify_pdf(file.read(LARGEST + 1)))


def _out(verdict: Verdict) -> VerdictOut:
    document = verdict.document
    return VerdictOut(
        kind=verdict.kind,
        sentence=str(verdict.sentence),
        document=document and DocumentOut(
            code=document.code, title=document.title, number=document.number, holder=mask_name(document.holder),
            office=document.office.name, signed_by=document.signed_by, signed_as=document.signed_as,
            issued_at=document.issued_at, valid_until=document.valid_until, revoked_at=document.revoked_at,
            revoked_reason=document.revoked_reason,
        ),
    )
