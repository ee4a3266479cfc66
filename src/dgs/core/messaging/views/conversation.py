"""The conversation of staff with one number, answering it, and the list of what people sent."""

from __future__ import annotations

import uuid
from urllib.parse import urlencode

from django.contrib import messages as notes
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from dgs.core.audit import api as audit
from dgs.core.messaging import queries, talks
from dgs.core.messaging.actions.answering import AnswerEmpty, AnswerTooLong, answer, handle_again
from dgs.core.messaging.addresses import mask_address, normalise_phone
from dgs.core.messaging.commands import LONGEST, MOST_PARTS
from dgs.core.messaging.models import Inbound, Message, Silence
from dgs.core.messaging.permissions import Permission
from dgs.core.messaging.timeline import TONES
from dgs.core.messaging.views.frame import is_whole, once, page_of_list, tabs, whole
from dgs.kernel import registry
from dgs.kernel.errors import NotAllowed, NotFound, RuleBroken
from dgs.kernel.guards import needs

PAGE = 40
OUTCOMES = {"answered": "done", "ignored": "stopped", "no-number": "stopped", "broken": "late"}
WAITING = ("waiting", gettext_lazy("not worked on yet"))


@needs(Permission.VIEW_OUTBOX)
@never_cache
@require_GET
def conversation(request: HttpRequest, number: str) -> HttpResponse:
    """What was said with one number, both ways; reading it is audited."""
    return _page(request, _number(number))


@needs(Permission.ANSWER)
@require_POST
def write(request: HttpRequest, number: str) -> HttpResponse:
    """Answer a number that wrote or was written to."""
    number = _number(number)
    came, went = _both(request, number)
    if not came.exists() and not went.exists():
        raise NotFound
    office = _office(request, request.POST.get("kantor", ""))
    try:
        said = answer(
            number=number, text=request.POST.get("teks", "")[:LONGEST], office=office, once=once(request), by=request.user,
            now=timezone.now(),
        )
    except (AnswerEmpty, AnswerTooLong) as refusal:
        return _page(request, number, refusal=refusal, text=request.POST.get("teks", "")[:LONGEST])
    if said.state == Message.State.STOPPED:
        notes.warning(request, said.get_reason_display())
    elif said.state == Message.State.HELD:
        notes.info(request, said.get_reason_display())
    else:
        notes.success(request, _("The answer is on its way."))
    return redirect("messaging:conversation", number)


@needs(Permission.VIEW_OUTBOX)
@never_cache
@require_GET
def inbox(request: HttpRequest) -> HttpResponse:
    """What people sent, newest first; the texts shown are written down as read."""
    whole(request, Permission.VIEW_OUTBOX)
    asked = {key: request.GET.get(key, "").replace("\x00", "")[:100] for key in ("q", "hasil")}
    found = Inbound.objects.all()
    if asked["hasil"] == WAITING[0]:
        found = found.filter(handled_at=None)
    elif asked["hasil"] in Inbound.Outcome.values:
        found = found.filter(outcome=asked["hasil"])
    if text := " ".join(asked["q"].split()):
        found = found.filter(_wanted(text))
    rows, older = page_of_list(request, found, PAGE)
    for row in rows:
        row.masked, row.tone = mask_address(row.number), OUTCOMES.get(row.outcome, "waiting")
        row.has_talk = row.outcome != Inbound.Outcome.NO_NUMBER
        row.is_again = row.outcome == Inbound.Outcome.BROKEN and not row.is_secret
    if rows:
        audit.record_reading(
            by=request.user, subject="messaging.inbound", person=None, purpose="inbox", now=timezone.now(),
            facts={"found": [row.pk for row in rows]},
        )
    context = {
        "rows": rows, "asked": asked, "outcomes": [*Inbound.Outcome.choices, WAITING], "tabs": tabs(request, "inbox"),
        "older": urlencode({**{k: v for k, v in asked.items() if v}, "before": older}) if older else "",
        "may_answer": is_whole(request, Permission.ANSWER),
    }
    return render(request, "messaging/inbox.html", context)


@needs(Permission.ANSWER)
@require_POST
def again(request: HttpRequest, inbound_id: int) -> HttpResponse:
    """An SMS whose command broke is worked on once more."""
    whole(request, Permission.ANSWER)
    if not queries.inbound_visible_to(request.access).filter(pk=inbound_id).exists():
        raise NotFound
    row = handle_again(inbound_id=inbound_id, by=request.user, now=timezone.now())
    if row.outcome == Inbound.Outcome.BROKEN:
        notes.warning(request, _("It broke again. Tell the administrator."))
    else:
        notes.success(request, _("It was worked on: %(outcome)s.") % {"outcome": row.get_outcome_display()})
    return redirect("messaging:inbox")


def _page(request: HttpRequest, number: str, *, refusal: RuleBroken | None = None, text: str = "") -> HttpResponse:
    came, went = _both(request, number)
    texts, older = talks.conversation(came, went, before=request.GET.get("sejak", "")[:60], most=PAGE)
    if not texts and not came.exists() and not went.exists():
        raise NotFound
    whose = registry.whose(number)
    if texts:
        newest = texts[-1]
        audit.record_reading(
            by=request.user, subject=f"messaging.{'inbound' if newest.is_inbound else 'message'}:{newest.row.pk}",
            person=whose.party_id if whose else newest.row.party_id, purpose="conversation", now=timezone.now(),
        )
    for said in texts:
        if not said.is_inbound:
            said.row.tone = TONES[said.row.state]
    is_all, offices = queries.offices_of(request.access, Permission.ANSWER)
    context = {
        "number": number, "texts": texts, "older": older, "whose": whose, "offices": offices, "once": uuid.uuid4().hex,
        "may_answer": is_all or bool(offices), "most": MOST_PARTS, "longest": LONGEST, "refusal": refusal, "text": text,
        "office": request.POST.get("kantor", "") or _last_office(went, offices),
        "silence": Silence.objects.filter(address=number).first(),
        "hides": not is_whole(request, Permission.VIEW_OUTBOX),
    }
    return render(request, "messaging/conversation.html", context, status=refusal.status if refusal else 200)


def _both(request: HttpRequest, number: str):
    """Both sides of a conversation, as far as this person may see them."""
    went = queries.in_reach(request.access).filter(to=number, channel="sms")
    return queries.inbound_visible_to(request.access).filter(number=number), went


def _last_office(went, offices: dict[str, str]) -> str:
    last = went.exclude(office=None).order_by("-pk").values_list("office", flat=True).first()
    return last if last in offices else next(iter(offices), "") if len(offices) == 1 else ""


def _office(request: HttpRequest, slug: str) -> str:
    """In whose name it is answered: one of the offices for which the person may, or none when they may for all."""
    is_all, offices = queries.offices_of(request.access, Permission.ANSWER)
    if slug in offices:
        return slug
    if is_all and not slug:
        return ""
    if len(offices) == 1 and not slug:
        return next(iter(offices))
    raise NotAllowed


def _wanted(text: str) -> Q:
    try:
        return Q(number=normalise_phone(text))
    except ValueError:
        return Q(word=text.upper()) | Q(text__icontains=text) | Q(number__iexact=text)


def _number(text: str) -> str:
    try:
        number = normalise_phone(text)
    except ValueError:
        raise NotFound from None
    if number != text:
        raise NotFound
    return number
