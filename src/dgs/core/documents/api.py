"""The door of the documents room: keep and read files, make letters, issue, check and withdraw documents."""

from collections.abc import Iterable

from dgs.core.documents.actions import issue, letter_frame, next_number, revoke, take_back
from dgs.core.documents.authority import ensure_signing_key, reseal_root, root_key_is_stale
from dgs.core.documents.codes import spell_code, verify_url
from dgs.core.documents.events import DocumentWithdrawn
from dgs.core.documents.files import (
    Reading,
    attach,
    described,
    forget_files,
    forget_unused,
    keep_file,
    may_read,
    read_file,
    register_reader,
    store_bytes,
    sweep_orphans,
)
from dgs.core.documents.inspection import FileRefused
from dgs.core.documents.letters import LetterBroken, compile_letter, qr_svg
from dgs.core.documents.models import IssuedDocument, StoredFile
from dgs.core.documents.verification import Verdict, verify_code, verify_pdf
from dgs.kernel.statements import Found

__all__ = [
    "DocumentWithdrawn", "FileRefused", "IssuedDocument", "LetterBroken", "Reading", "StoredFile", "Verdict", "attach",
    "compile_letter", "described", "document_for", "documents_for", "ensure_signing_key", "forget_files",
    "forget_unused", "issue", "keep_file", "may_read",
    "letter_frame", "next_number", "qr_svg", "read_file", "register_reader", "reseal_root", "revoke",
    "root_key_is_stale", "spell_code", "store_bytes",
    "sweep_orphans", "take_back", "verify_code", "verify_pdf", "verify_url",
]


ABOUT = Found(IssuedDocument, "WHERE t.about = ANY(%s)")


def document_for(about: str) -> IssuedDocument | None:
    """The document issued for a thing such as "cases.case:123", or None."""
    return documents_for([about]).get(about)


def documents_for(things: Iterable[str]) -> dict[str, IssuedDocument]:
    """The documents issued for several things, by the thing; one query."""
    return {document.about: document for document in ABOUT.all([list(things)])}
