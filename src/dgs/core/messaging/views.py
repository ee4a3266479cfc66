"""Pages of the outbox: the list for staff, one message with its attempts, and the demo's telephone and mailbox."""

from __future__ import annotations

from functools import wraps

from django.conf import settings
from django.contrib import messages as notes
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from dgs.core.audit import api as audit
from dgs.core.messaging import queries
from dgs.core.messaging.actions.receipts import take_in
from dgs.core.messaging.actions.resending import may_be_sent_again, send_again
from dgs.core.messaging.addresses import mask_address
from dgs.core.messaging.keys import opens
from dgs.core.messaging.models import Message, Sender
from dgs.core.messaging.permissions import Permission
from dgs.core.messaging.segments import segments
from dgs.core.messaging.senders import KINDS, program_of
from dgs.kernel.errors import NotFound
from dgs.kernel.guards import needs, public

PAGE = 40
TONES = {
    "queued": "waiting", "held": "waiting", "going": "waiting", "handed": "done", "delivered": "done", "failed": "stopped",
    "expired": "stopped", "uncertain": "late", "stopped": "stopped",
}


def open_in_demo(view):
    """In the demo the outbox is everybody's telephone; elsewhere, and for the list, one needs the permission."""
    staff_only = needs(Permission.VIEW_OUTBOX)(outbox_list)

    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        if settings.DEMO and request.GET.get("tampil") != "daftar":
            return view(request)
        return staff_only(request)

    guarded.guard = (Permission.VIEW_OUTBOX,)
    return guarded


def outbox_list(request: HttpRequest) -> HttpResponse:
    """What was said, newest first, for staff: searched by number, e-mail address or reference; never secret ones.

    The list tells neither the whole address nor the words: who needs them opens the message, which is audited.
    """
    asked = {key: request.GET.get(key, "")[:100] for key in ("q", "state", "channel")}
    rows, older = _page(
        request, queries.found(queries.visible_to(request.access), text=asked["q"], state=asked["state"],
                               channel=asked["channel"])
    )
    for row in rows:
        row.tone, row.masked = TONES[row.state], mask_address(row.to)
    return render(
        request, "messaging/outbox.html",
        {"rows": rows, "older": older, "asked": asked, "states": Message.State.choices, "is_demo": settings.DEMO},
    )


@open_in_demo
@never_cache
@require_GET
def outbox(request: HttpRequest) -> HttpResponse:
    """The demo's telephone and mailbox: every message with its text, codes included, so that a visitor can go on."""
    text = request.GET.get("q", "")[:100]
    rows, older = _page(request, queries.found(Message.objects.all(), text=text))
    for row in rows:
        row.parts = segments(row.body) if row.channel == "sms" else None
        row.tone = TONES[row.state]
    base = "desk.html" if request.access.is_staff else "site.html"
    may_list = request.access.allows(Permission.VIEW_OUTBOX)
    return render(
        request, "messaging/handset.html",
        {"rows": rows, "older": older, "q": text, "base": base, "may_list": may_list},
    )


@needs(Permission.VIEW_OUTBOX)
@never_cache
@require_GET
def message(request: HttpRequest, message_id: int) -> HttpResponse:
    """One message with its attempts; reading it is audited, for it speaks of a person."""
    found = queries.visible_to(request.access).filter(pk=message_id).prefetch_related("attempts").first()
    if found is None:
        raise NotFound
    audit.record_reading(
        by=request.user, subject=f"messaging.message:{found.pk}", person=found.party_id, purpose="outbox",
        now=timezone.now(),
    )
    may_send = request.access.allows(Permission.RESEND) and may_be_sent_again(found)
    return render(
        request, "messaging/message.html",
        {"message": found, "tone": TONES[found.state], "attempts": found.attempts.order_by("number"),
         "parts": segments(found.body) if found.channel == "sms" else None, "may_send": may_send},
    )


@needs(Permission.RESEND)
@require_POST
def resend(request: HttpRequest, message_id: int) -> HttpResponse:
    """A person decides that a failed or uncertain message goes out once more."""
    if not queries.visible_to(request.access).filter(pk=message_id).exists():
        raise NotFound
    send_again(message_id=message_id, by=request.user, now=timezone.now())
    notes.success(request, _("The message will be sent again."))
    return redirect("messaging:message", message_id)


@public
@csrf_exempt
@never_cache
@require_http_methods(["GET", "POST"])
def told(request: HttpRequest, sender: str) -> HttpResponse:
    """What a provider calls: a receipt or an SMS. Known and new ones are answered alike; 404 without the sender's key.

    The body stays empty, for Kannel sends what it is answered back to the telephone; our answer goes through the outbox. Only
    a provider that asks whether this address is ours is answered with words.
    """
    if not opens(sender, request.GET.get("kunci", "")):
        raise NotFound
    row = Sender.objects.filter(name=sender).first()
    if row is None or row.kind not in KINDS:
        raise NotFound
    program = program_of(row)
    try:
        greeting = program.greet(request)
        if greeting is not None:
            return HttpResponse(greeting, content_type="text/plain; charset=utf-8")
        things = list(program.read(request))
    except (ValueError, KeyError):
        return HttpResponse(status=400)
    take_in(row, things, now=timezone.now())
    return HttpResponse()


def _page(request: HttpRequest, found) -> tuple[list[Message], int | None]:
    """A page without counting the table: what is older than `?before=`; the second value leads to the next page."""
    before = request.GET.get("before", "")
    if before.isascii() and before.isdigit() and len(before) < 18:
        found = found.filter(pk__lt=int(before))
    rows = list(found.order_by("-pk")[: PAGE + 1])
    return rows[:PAGE], rows[PAGE - 1].pk if len(rows) > PAGE else None
