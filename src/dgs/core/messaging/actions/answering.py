"""Staff answer a number by SMS, and have an SMS worked on again that broke our side the first time."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from dgs.core.audit import api as audit
from dgs.core.messaging.actions.receiving import handle
from dgs.core.messaging.actions.saying import say
from dgs.core.messaging.commands import MOST_PARTS, PLAIN
from dgs.core.messaging.models import Inbound, Message
from dgs.core.messaging.segments import segments
from dgs.kernel import registry
from dgs.kernel.errors import RuleBroken

# Who wrote within this time waits for the answer, so that it goes out at night too.
WAITS = timedelta(hours=1)


class AnswerEmpty(RuleBroken):
    """An answer has words."""

    code = "answer-empty"
    status = 422
    sentence = _("Write what is to be answered.")


class AnswerTooLong(RuleBroken):
    """An answer takes at most three parts."""

    code = "answer-too-long"
    status = 422
    sentence = _("This takes %(parts)s SMS; an answer may take %(most)s. Please shorten it.")


class NotToBeHandledAgain(RuleBroken):
    """Only what broke is worked on again, and only while its text is there."""

    code = "inbound-not-again"
    sentence = _("This SMS was answered, or its text was not kept. The person has to write again.")


@transaction.atomic
def answer(*, number: str, text: str, office: str, once: str, by, now: datetime) -> Message:
    """Answer a number in an office's name; the same `once` twice is one SMS.

    Refuses nothing (AnswerEmpty) and more than three parts (AnswerTooLong). Signs of typesetting that would make it dear are
    made plain.
    """
    text = text.translate(PLAIN).replace("\x00", "").strip()
    if not text:
        raise AnswerEmpty
    parts = segments(text).parts
    if parts > MOST_PARTS:
        raise AnswerTooLong(parts=parts, most=MOST_PARTS)
    last = Inbound.objects.filter(number=number).order_by("-pk").first()
    whose = registry.whose(number)
    said = say(
        key=f"answer:{by.pk}:{once}"[:120], channel="sms", to=number, body=text, kind=Message.Kind.MATTER, office=office,
        about=f"messaging.inbound:{last.pk}" if last else "", party_id=whose.party_id if whose else None,
        language=whose.language if whose else "id", now=now, is_awaited=bool(last and last.received_at > now - WAITS),
    )
    if said.created_at == now:
        audit.record(
            action="messaging.answered", by=by, subject=f"messaging.message:{said.pk}", now=now, person=said.party_id,
            office=office,
        )
    return said


@transaction.atomic
def handle_again(*, inbound_id: int, by, now: datetime) -> Inbound:
    """Have an SMS understood once more whose command broke; its answer is a new one. NotToBeHandledAgain for any other."""
    row = Inbound.objects.select_for_update().get(pk=inbound_id)
    if row.outcome != Inbound.Outcome.BROKEN or row.is_secret:
        raise NotToBeHandledAgain
    row.handled_at, row.outcome = None, ""
    row.save(update_fields=["handled_at", "outcome"])
    handle(row.pk, now=now, earlier=Message.objects.filter(key__startswith=f"inbound:{row.pk}").filter(
        about=f"messaging.inbound:{row.pk}").count())
    audit.record(action="messaging.handled_again", by=by, subject=f"messaging.inbound:{row.pk}", now=now, person=row.party_id)
    row.refresh_from_db()
    return row
