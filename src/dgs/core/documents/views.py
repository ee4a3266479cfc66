"""Pages of documents: public verification, and giving out files to those who may read them."""

from __future__ import annotations

import uuid

from django.core.files.storage import default_storage
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET, require_http_methods

from dgs.core.audit import api as audit
from dgs.core.documents.actions import revoke
from dgs.core.documents.authority import root
from dgs.core.documents.codes import read_code, spell_code, verify_url
from dgs.core.documents.counting import count_check, count_upload
from dgs.core.documents.files import FileLost, has_right, may_read, party_of
from dgs.core.documents.forms import CodeForm, FileForm, WithdrawalForm
from dgs.core.documents.models import IssuedDocument, StoredFile
from dgs.core.documents.permissions import Permission
from dgs.core.documents.verification import LARGEST, Verdict, mask_name, verify_code, verify_pdf
from dgs.kernel.errors import NotFound
from dgs.kernel.guards import needs, public, signed_in

SHOWN_INLINE = {"application/pdf", "image/jpeg", "image/png"}
# A sandbox would stop Chromium's own PDF viewer; a PDF in it runs in no page of ours and holds no script (judged).
POLICY_PDF = "default-src 'none'; style-src 'unsafe-inline'; object-src 'self'; frame-ancestors 'self'"
POLICY = "default-src 'none'; sandbox; frame-ancestors 'self'"


@public
@never_cache
@require_http_methods(["GET", "POST"])
def verify_start(request: HttpRequest) -> HttpResponse:
    """Asks for a code or a file; answers a code with its page and a file at once."""
    code_form, file_form = CodeForm(), FileForm()
    if request.method == "POST" and "code" in request.POST:
        code_form = CodeForm(request.POST)
        if code_form.is_valid():
            typed = code_form.cleaned_data["code"]
            code = read_code(typed)
            if code is not None:
                return redirect("documents:verify", code=code)
            code_form.add_error("code", str(verify_code(typed).sentence))
    elif request.method == "POST":
        file_form = FileForm(request.POST, request.FILES)
        if file_form.is_valid():
            count_upload(request)
            return _verdict(request, verify_pdf(file_form.cleaned_data["file"].read(LARGEST + 1)), by_file=True)
    return render(request, "documents/verify_start.html", {"code_form": code_form, "file_form": file_form})


@public
@never_cache
@require_GET
def verify(request: HttpRequest, code: str) -> HttpResponse:
    """What is known of the document behind a code, as the QR code on it leads to."""
    count_check(request)
    return _verdict(request, verify_code(code), by_file=False)


@public
@require_GET
def root_certificate(request: HttpRequest) -> HttpResponse:
    """The root certificate of the built-in authority, for those who check signatures with their own program."""
    response = HttpResponse(root().pem, content_type="application/x-x509-ca-cert")
    response.headers["Content-Disposition"] = content_disposition_header(True, "dgs-akar.crt")
    return response


@signed_in
@never_cache
@xframe_options_sameorigin
@require_GET
def file(request: HttpRequest, file_id: uuid.UUID) -> HttpResponse:
    """A kept file for its owner or who the room it belongs to lets read it; `?unduh` saves instead of showing."""
    stored = StoredFile.objects.select_related("owner").filter(pk=file_id).first()
    if stored is None or not may_read(request.access, stored):
        raise NotFound
    person = party_of(request.access, stored)
    # What an officer brought to somebody's case is about that person: only one's own data are nobody's reading.
    if not _is_own(request, person, is_owner=stored.owner_id == request.user.pk):
        audit.record_reading(
            by=request.user, subject=f"documents.file:{stored.pk}", now=timezone.now(), person=person,
            purpose=f"file of {stored.about}",
        )
    return _given_out(request, stored)


@signed_in
@never_cache
@xframe_options_sameorigin
@require_GET
def issued(request: HttpRequest, document_id: uuid.UUID) -> HttpResponse:
    """An issued document as PDF: for its holder, for staff of the case, and for staff with the right of its office."""
    document = IssuedDocument.objects.select_related("file").filter(pk=document_id).first()
    if document is None:
        raise NotFound
    of_office = has_right(request.access, Permission.VIEW_ISSUED, document)
    if not (of_office or may_read(request.access, document.file)):
        raise NotFound
    person = party_of(request.access, document.file)
    if not _is_own(request, person, is_owner=False):
        audit.record_reading(
            by=request.user, subject=f"documents.document:{document.pk}", now=timezone.now(), person=person,
            purpose=f"document of {document.about}",
        )
    return _given_out(request, document.file)


@needs(Permission.REVOKE)
@never_cache
@require_http_methods(["GET", "POST"])
def withdraw(request: HttpRequest, document_id: uuid.UUID) -> HttpResponse:
    """Asks for the reason and withdraws a document of an office for which the person holds the right."""
    document = IssuedDocument.objects.select_related("office", "file").filter(pk=document_id).first()
    if document is None or not has_right(request.access, Permission.REVOKE, document):
        raise NotFound
    form = WithdrawalForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        revoke(
            document_id=document.pk, reason=form.cleaned_data["reason"], by=request.user, access=request.access,
            now=timezone.now(),
        )
        return redirect("documents:verify", code=document.code)
    return render(request, "documents/withdraw.html", {"form": form, "document": document})


def _is_own(request: HttpRequest, person: int | None, *, is_owner: bool) -> bool:
    return is_owner if person is None else person == request.user.party_id


def _verdict(request: HttpRequest, verdict: Verdict, *, by_file: bool) -> HttpResponse:
    document = verdict.document
    today = timezone.localdate()
    context = {
        "verdict": verdict, "document": document, "by_file": by_file,
        "has_lapsed": bool(document and document.valid_until and document.valid_until < today),
    }
    if document is not None:
        context |= {
            "holder": mask_name(document.holder), "code": spell_code(document.code), "url": verify_url(document.code),
            "may_withdraw": document.revoked_at is None and has_right(request.access, Permission.REVOKE, document),
            "may_open": request.user.is_authenticated and verdict.kind != "altered" and (
                may_read(request.access, document.file)
                or has_right(request.access, Permission.VIEW_ISSUED, document)
            ),
        }
    return render(request, "documents/verdict.html", context, status=200 if document or by_file else 404)


def _given_out(request: HttpRequest, stored: StoredFile) -> HttpResponse:
    try:
        handle = default_storage.open(stored.key)
    except OSError:
        raise FileLost
    inline = stored.content_type in SHOWN_INLINE and "unduh" not in request.GET
    response = FileResponse(handle, content_type=stored.content_type)
    response.headers["Content-Length"] = str(stored.size)
    response.headers["Content-Disposition"] = content_disposition_header(not inline, stored.original_name or "berkas")
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = POLICY_PDF if stored.content_type == "application/pdf" else POLICY
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return response
