"""Giving numbers, issuing signed documents and withdrawing them; how a letter is made or signed is not here."""

from __future__ import annotations

import re
from datetime import date, datetime

from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dgs.core.audit import api as audit
from dgs.core.documents.authority import ensure_signing_key
from dgs.core.documents.codes import new_code, spell_code, verify_url
from dgs.core.documents.events import DocumentWithdrawn
from dgs.core.documents.files import clean_name, has_right, store_bytes
from dgs.core.documents.letters import compile_letter
from dgs.core.documents.models import IssuedDocument
from dgs.core.documents.permissions import Permission
from dgs.kernel.errors import NotAllowed, RuleBroken
from dgs.kernel.events import publish
from dgs.ui.themes import current_theme


class NumberTaken(RuleBroken):
    """The office has given this number to another document."""

    code = "document-number-taken"
    sentence = _("The number %(number)s was already given to another document.")


class AlreadyWithdrawn(RuleBroken):
    """The document was withdrawn before."""

    code = "document-already-withdrawn"
    sentence = _("This document was already withdrawn.")


class ReasonMissing(RuleBroken):
    """A withdrawal needs a reason."""

    code = "reason-missing"
    sentence = _("Say why the document is withdrawn, in 10 to 300 characters. Whoever checks it will read this.")
    status = 422


def next_number(scope: str) -> int:
    """The next number of a scope such as "transport:trayek:2026": 1, 2, 3 … without gaps.

    The scope's row stays locked until the caller's transaction ends: a number that is rolled back is given again.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("next_number() must be called in the transaction that uses the number")
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO documents_numbersequence (scope, last) VALUES (%s, 1) "
            "ON CONFLICT (scope) DO UPDATE SET last = documents_numbersequence.last + 1 RETURNING last",
            [scope],
        )
        return cursor.fetchone()[0]


@transaction.atomic
def issue(
    *,
    about: str,
    kind: str,
    title: str,
    number: str,
    holder: str,
    office,
    letter: str,
    data: dict,
    valid_until: date | None,
    signatory,
    now: datetime,
    by,
) -> IssuedDocument:
    """Make, sign and keep the document of a thing; a second call for the same `about` answers the first one's.

    `letter` is typst source, `data` what it shows; document, office, region and signatory in it are filled in here.
    `signatory` is organisations' Signatory. Refuses with LetterBroken or NumberTaken, and nothing is kept then.
    """
    # pyHanko takes as long to import as half of Django; only who signs waits for it.
    from dgs.core.documents.signing import LocalSigner, Signer

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"issue:{about}"])
    existing = IssuedDocument.objects.filter(about=about).first()
    if existing is not None:
        return existing
    if IssuedDocument.objects.filter(office=office, number=number).exists():
        raise NumberTaken(number=number)
    key = ensure_signing_key(signatory.user, now=now)
    code = new_code()
    pdf = compile_letter(letter, letter_data(data, title=title, number=number, code=code, office=office, now=now,
                                             valid_until=valid_until, signatory=signatory))
    signer: Signer = LocalSigner(key)
    signed = signer.sign(pdf, reason=f"{title} {number}", location=place_of(office), contact=verify_url(code))
    stored = store_bytes(
        signed, name=clean_name(f"{title} {number.replace('/', '-')}.pdf"), content_type="application/pdf",
        pages=None, owner=None, about=about, now=now,
    )
    try:
        with transaction.atomic():
            document = IssuedDocument.objects.create(
                code=code, number=number, kind=kind, title=title, holder=holder, about=about, office=office,
                signed_by=signatory.name, signed_as=signatory.full_title[:200], signing_key=key, issued_at=now,
                valid_until=valid_until, file=stored,
            )
    except IntegrityError:
        raise NumberTaken(number=number)
    audit.record(
        action="documents.issue", by=by, subject=f"documents.document:{document.pk}", now=now, office=office.slug,
        facts={"about": about, "kind": kind, "number": number, "code": code, "sha256": stored.sha256,
               "signatory": signatory.user.pk, "serial": key.serial},
    )
    return document


@transaction.atomic
def revoke(*, document_id, reason: str, by, access, now: datetime) -> IssuedDocument:
    """Withdraw a document; the reason is public to whoever checks it.

    Refuses without the permission for the document's office and region (NotAllowed), without a reason, or a second time.
    """
    document = IssuedDocument.objects.select_for_update().get(pk=document_id)
    if not has_right(access, Permission.REVOKE, document):
        raise NotAllowed
    return _withdrawn(document, reason, by=by, now=now)


@transaction.atomic
def take_back(*, about: str, reason: str, by, now: datetime) -> IssuedDocument | None:
    """The room for whose thing a document was issued withdraws it, for its own rules say so: nobody's permission is asked.

    The reason (10 to 300 characters) is public to whoever checks it, so it names nobody. None when nothing was issued; twice is
    once.
    """
    document = IssuedDocument.objects.select_for_update(of=("self",)).select_related("office").filter(about=about).first()
    if document is None or document.revoked_at is not None:
        return document
    return _withdrawn(document, reason, by=by, now=now)


def _withdrawn(document: IssuedDocument, reason: str, *, by, now: datetime) -> IssuedDocument:
    reason = " ".join(reason.split())
    if not 10 <= len(reason) <= 300:
        raise ReasonMissing
    if document.revoked_at is not None:
        raise AlreadyWithdrawn
    document.revoked_at, document.revoked_by, document.revoked_reason = now, by, reason
    document.save(update_fields=["revoked_at", "revoked_by", "revoked_reason"])
    audit.record(
        action="documents.revoke", by=by, subject=f"documents.document:{document.pk}", now=now,
        office=document.office.slug, facts={"number": document.number, "reason": reason},
    )
    publish(DocumentWithdrawn(about=document.about, now=now))
    return document


def letter_data(data: dict, *, title, number, code, office, now, valid_until, signatory) -> dict:
    """What a letter shows: the caller's data with document, office, region and signatory filled in."""
    url = verify_url(code)
    return {
        **letter_frame(data, title=title, number=number, office=office, now=now),
        "document": {
            "number": number, "title": title, "code": code, "code_text": spell_code(code), "verify_url": url,
            "verify_site": url.removesuffix(f"/{code}").partition("://")[2], "issued_on": timezone.localdate(now).isoformat(),
            "valid_until": valid_until.isoformat() if valid_until else None,
        },
        "signatory": {
            "name": signatory.name, "nip": signatory.nip, "title": signatory.title, "capacity": signatory.capacity,
        },
    }


def letter_frame(data: dict, *, title, number, office, now) -> dict:
    """What a letter that nobody signs shows: the caller's data with office, region, title and number filled in."""
    return {
        **data,
        "language": data.get("language", "id"),
        "region": {
            "name": spoken(office.region.name), "government": government_of(office.region),
            "accent": current_theme().accent,
        },
        "office": {
            "name": office.name, "address": office.address, "phone": office.phone, "email": office.email,
            "place": place_of(office),
        },
        "document": {"number": number, "title": title, "issued_on": timezone.localdate(now).isoformat()},
    }


def spoken(name: str) -> str:
    """A region's name as people write it, when the register has it in capitals."""
    return name.title() if name.isupper() else name


def government_of(region) -> str:
    """The government's name for the letterhead, such as Pemerintah Kabupaten Banyuasin."""
    name = spoken(region.name)
    if region.level == 1 and not name.startswith("Provinsi"):
        name = f"Provinsi {name}"
    return f"Pemerintah {name}"


def place_of(office) -> str:
    """The place a letter is dated at: the region's short name."""
    return re.sub(r"^(Kabupaten|Kota|Provinsi)\s+", "", spoken(office.region.name))
