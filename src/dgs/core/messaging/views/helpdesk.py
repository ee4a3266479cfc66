"""The page for "I never got it": what happened to the last messages to an address or about a matter, and what to do next."""

from __future__ import annotations

from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from dgs.core.audit import api as audit
from dgs.core.messaging import helping, queries
from dgs.core.messaging.addresses import normalise_email, normalise_phone
from dgs.core.messaging.models import Attempt
from dgs.core.messaging.permissions import Permission
from dgs.core.messaging.timeline import TONES
from dgs.core.messaging.views.frame import is_whole, tabs
from dgs.kernel import registry
from dgs.kernel.guards import needs

MOST = 10


@needs(Permission.VIEW_OUTBOX)
@never_cache
@require_GET
def never_arrived(request: HttpRequest) -> HttpResponse:
    """By number, e-mail address or reference: what happened, in words to read out. It shows no text of a message."""
    text = " ".join(request.GET.get("q", "").replace("\x00", "").split())[:100]
    address = _address(text)
    mine = queries.in_reach(request.access)
    found = mine.filter(to=address) if address else mine.filter(about__in=registry.abouts_of(text)) if text else mine.none()
    found = found.select_related("office").prefetch_related(Prefetch("attempts", Attempt.objects.order_by("number")))
    rows = list(found.order_by("-pk")[:MOST])
    told = helping.tell(rows, may_send=lambda one: queries.may(request.access, Permission.RESEND, one))
    for one in told:
        one.message.tone = TONES[one.message.state]
    if rows:
        persons = {row.party_id for row in rows}
        audit.record_reading(
            by=request.user, subject="messaging.help", person=persons.pop() if len(persons) == 1 else None, purpose="help",
            now=timezone.now(), facts={"found": [row.pk for row in rows]},
        )
    may_know = address and (rows or is_whole(request, Permission.VIEW_OUTBOX))
    context = {
        "q": text, "told": told, "holds": helping.of_address(address) if may_know else [], "tabs": tabs(request, "help"),
        "is_part": not is_whole(request, Permission.VIEW_OUTBOX),
        "talk": address if address.isdigit() and any(row.channel == "sms" for row in rows) else "",
    }
    return render(request, "messaging/help.html", context)


def _address(text: str) -> str:
    for normalise in (normalise_phone, normalise_email):
        try:
            return normalise(text)
        except ValueError:
            continue
    return ""
