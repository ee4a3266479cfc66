"""Judging whether a document is genuine, by its code or by the file; hostile files are compared, never parsed."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from dgs.core.documents.codes import ALPHABET, LENGTH, read_code
from dgs.core.documents.files import FileLost, read_file
from dgs.core.documents.models import IssuedDocument
from dgs.kernel.manifest import Text

LARGEST = 20 * 1024 * 1024
CODES = re.compile(rb"(?<![A-Z0-9])[%s]{%d}(?![A-Z0-9])" % (ALPHABET.encode(), LENGTH))


@dataclass(frozen=True)
class Verdict:
    """`kind` is "genuine", "altered", "revoked" or "unknown"; `document` is what we know of it, or None."""

    kind: str
    document: IssuedDocument | None
    sentence: Text


def verify_code(code: str) -> Verdict:
    """What is known of the document with this code; spaces, hyphens and small letters are forgiven."""
    known = read_code(code)
    if known is None:
        sentence = _("This code is mistyped. It has 16 letters and digits; look at the letter again.")
        return Verdict("unknown", None, sentence)
    document = _documents().filter(code=known).first()
    if document is None:
        return Verdict("unknown", None, _("We have not issued any document with this code."))
    if document.revoked_at is not None:
        return _revoked(document)
    sentence = _("This document was issued by us. Compare what is printed with what stands here.")
    return Verdict("genuine", document, sentence)


def verify_pdf(data: bytes) -> Verdict:
    """Whether a PDF file is, byte for byte, one that was issued and signed here.

    A file is genuine only when it equals what was kept and its signature holds. One that names a document of ours but
    differs in any bit is altered, whoever else signed it. The bytes of strangers are hashed and searched for a code;
    they are not parsed.
    """
    if len(data) > LARGEST:
        return Verdict("unknown", None, _("This file is too big to be one of ours."))
    if not data[:1024].lstrip().startswith(b"%PDF-"):
        return Verdict("unknown", None, _("This is not a PDF file. Choose the PDF file that you received."))
    same = _documents().filter(file__sha256=hashlib.sha256(data).hexdigest()).first()
    if same is not None:
        from dgs.core.documents.signing import signature_holds  # here, for it brings pyHanko: see issue()

        if same.signing_key is None or not signature_holds(data, same.signing_key, at=same.issued_at):
            sentence = _("The electronic signature in this file does not hold. Do not rely on it.")
            return Verdict("altered", same, sentence)
        if same.revoked_at is not None:
            return _revoked(same)
        sentence = _("This file is genuine: it was signed electronically and not one bit was changed.")
        return Verdict("genuine", same, sentence)
    named = _named_in(data)
    if named is None:
        return Verdict(
            "unknown", None,
            _("This is not a file that we signed. If it is a scan or a print, type the code that is printed on it."),
        )
    try:
        original = read_file(named.file)
    except FileLost:
        original = b""
    if original and data.startswith(original):
        return Verdict("altered", named, _("Something was added to this file after it was signed. Do not rely on it."))
    if original.startswith(data):
        return Verdict("altered", named, _("A part of this file is missing. Download it again and check once more."))
    sentence = _("This file was changed after it was signed, or imitates our document. Do not rely on it.")
    return Verdict("altered", named, sentence)


def mask_name(name: str) -> str:
    """A name as strangers may see it: the first letters of each word."""
    return " ".join(w[:2] + "*" * min(len(w) - 2, 8) if len(w) > 3 else f"{w[:1]}*" for w in name.split())


def _named_in(data: bytes) -> IssuedDocument | None:
    """The document whose code stands in the file's description or signature, which are never compressed."""
    codes = {match.decode() for match in CODES.findall(data)}
    known = [code for code in codes if read_code(code)][:50]
    return _documents().filter(code__in=known).order_by("issued_at").first() if known else None


def _revoked(document: IssuedDocument) -> Verdict:
    return Verdict("revoked", document, _("This document was issued by us and later withdrawn. It is no longer valid."))


def _documents():
    return IssuedDocument.objects.select_related("file", "office", "signing_key")
