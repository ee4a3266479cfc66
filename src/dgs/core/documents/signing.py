"""Signs PDF files as PAdES and judges our own signatures; who may sign and what is kept of it is not decided here."""

from __future__ import annotations

import io
import logging
from datetime import datetime
from typing import Protocol

from asn1crypto import keys, pem
from asn1crypto import x509 as asn1_x509
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import fields, signers
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from dgs.core.documents.models import SigningKey
from dgs.kernel import protection

FIELD = "TandaTangan"
# Hexadecimal digits kept free for the signature. With two P-256 certificates it takes less than half of them; without a
# number pyHanko signs twice to find out.
ROOM = 8_192


class Signer(Protocol):
    """Puts one signature on a PDF; a client of a certified service (BSrE) takes this place."""

    def sign(self, pdf: bytes, *, reason: str, location: str, contact: str) -> bytes:
        """The same bytes with an incremental update that holds the signature."""


class _Addition(IncrementalPdfFileWriter):
    """Adds the signature and leaves the file's description as the letter's maker wrote it for PDF/A."""

    def _update_meta(self) -> None:
        pass


class LocalSigner:
    """Signs with a key of the built-in authority: PAdES baseline B-B (ETSI EN 319 142-1), certifying, invisible."""

    def __init__(self, key: SigningKey) -> None:
        leaf, issuer = (asn1_x509.Certificate.load(der) for der in _ders(key.certificate))
        _kind, _headers, private = pem.unarmor(protection.decrypt(key.private_key_sealed).encode())
        known = SimpleCertificateStore()
        known.register(issuer)
        self.name = leaf.subject.native["common_name"]
        self._signer = signers.SimpleSigner(
            signing_cert=leaf, signing_key=keys.PrivateKeyInfo.load(private), cert_registry=known
        )

    def sign(self, pdf: bytes, *, reason: str, location: str, contact: str) -> bytes:
        """The signed file; any later change, even an added revision, breaks the certification (DocMDP 1)."""
        about = signers.PdfSignatureMetadata(
            field_name=FIELD, md_algorithm="sha256", subfilter=fields.SigSeedSubFilter.PADES, name=self.name,
            reason=reason, location=location, contact_info=contact, certify=True,
            docmdp_permissions=fields.MDPPerm.NO_CHANGES,
        )
        place = fields.SigFieldSpec(sig_field_name=FIELD)
        writer = _Addition(io.BytesIO(pdf))
        signed = signers.PdfSigner(about, signer=self._signer, new_field_spec=place).sign_pdf(
            writer, bytes_reserved=ROOM
        )
        return signed.getvalue()


def signature_holds(pdf: bytes, key: SigningKey, *, at: datetime) -> bool:
    """Whether a file of ours bears exactly one signature, by this key, intact and over the whole file.

    Only for bytes that are known to be ours: parsing hostile files is not what this is for.
    """
    leaf, issuer = (asn1_x509.Certificate.load(der) for der in _ders(key.certificate))
    moment = min(max(at, key.valid_from), key.valid_to)
    context = ValidationContext(trust_roots=[issuer], allow_fetching=False, moment=moment, revocation_mode="soft-fail")
    quiet = logging.getLogger("pyhanko")
    level = quiet.level
    quiet.setLevel(logging.CRITICAL)
    try:
        found = PdfFileReader(io.BytesIO(pdf)).embedded_signatures
        if len(found) != 1:
            return False
        status = validate_pdf_signature(found[0], signer_validation_context=context)
        whole = status.coverage.name == "ENTIRE_FILE"
        return bool(status.bottom_line and whole and found[0].signer_cert.dump() == leaf.dump())
    except Exception:  # noqa: BLE001 - whatever a damaged file does to the parser, its signature does not hold
        return False
    finally:
        quiet.setLevel(level)


def _ders(bundle: str) -> list[bytes]:
    return [der for _kind, _headers, der in pem.unarmor(bundle.encode(), multiple=True)]
