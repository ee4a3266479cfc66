"""Holders are reminded that what was issued for their case ends: what is said, and when nothing is; sending is messaging's."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dgs.core.cases import naming
from dgs.core.cases.models import Case
from dgs.core.documents import api as documents
from dgs.core.messaging import api as messaging
from dgs.core.services import api as services
from dgs.kernel.manifest import ReminderKind
from dgs.ui import formats

CODE = "permit_end"


def key_of(about: str) -> str:
    """The reminder of what was issued for that case."""
    return f"document:{about}"


def remind_of_end(case: Case, document: documents.IssuedDocument, *, now: datetime) -> None:
    """The document of a case ends on a day, or never; the one who applied is to be told in time."""
    if document.valid_until is None:
        messaging.end_reminder(key=key_of(document.about), now=now)
        return
    messaging.remind(
        key=key_of(document.about), kind=CODE, about=document.about, due_on=document.valid_until, party_id=case.applicant_id,
        office=case.office.slug, now=now,
    )


def on_document_withdrawn(event: documents.DocumentWithdrawn) -> None:
    """Handler: nobody is reminded of the end of what counts no more."""
    messaging.end_reminder(key=key_of(event.about), why=messaging.Why.WITHDRAWN, now=event.now)


def _matters(reminders: Sequence, on: date) -> dict[str, messaging.Matter]:
    issued = documents.documents_for(one.about for one in reminders)
    cases = Case.objects.in_bulk([pk for one in reminders if (pk := naming.case_id(one.about)) is not None])
    found = {}
    for one in reminders:
        case, document = cases.get(naming.case_id(one.about)), issued.get(one.about)
        if case and document and document.revoked_at is None and document.valid_until == one.due_on:
            product = services.definition_of(case.version_id).product
            found[one.key] = messaging.Matter(words=_words(case, document, product), title=f"{document.title} {document.number}")
    return found


def _words(case: Case, document: documents.IssuedDocument, product):
    def words(days: int) -> messaging.Words:
        values = {
            "title": str(product.title), "number": document.number, "when": messaging.when(days),
            "day": formats.day(document.valid_until),
            "link": f"{settings.BASE_URL}{reverse('cases:mine_detail', args=[case.reference])}",
        }
        sms = _("%(title)s %(number)s is valid until %(day)s, %(when)s. Please apply for a new one in time. %(link)s") % values
        subject = _("%(title)s %(number)s ends on %(day)s") % values
        body = _(
            "%(title)s %(number)s is valid until %(day)s, %(when)s.\n\nIf you still need it, please apply for a new one in time. "
            "Your application and the document:\n%(link)s"
        ) % values
        return messaging.Words(sms=sms, subject=subject, body=body)

    return words


PERMIT_END = ReminderKind(code=CODE, title=gettext_lazy("End of a permit"), steps=(60, 30, 7), matters=_matters)
