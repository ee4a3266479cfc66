"""Pages of the outbox for staff: the list, what is stuck, one message with all that is known of it."""

from __future__ import annotations

from functools import wraps

from django.conf import settings
from django.contrib import messages as notes
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from dgs.core.audit import api as audit
from dgs.core.messaging import queries
from dgs.core.messaging.actions.resending import may_be_sent_again, send_again
from dgs.core.messaging.addresses import mask_address
from dgs.core.messaging.models import Message
from dgs.core.messaging.permissions import Permission
from dgs.core.messaging.segments import segments
from dgs.core.messaging.views.phone import phone
from dgs.kernel.errors import NotFound
from dgs.kernel.guards import needs

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


outbox = open_in_demo(never_cache(require_GET(phone)))


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


def _page(request: HttpRequest, found) -> tuple[list[Message], int | None]:
    """A page without counting the table: what is older than `?before=`; the second value leads to the next page."""
    before = request.GET.get("before", "")
    if before.isascii() and before.isdigit() and len(before) < 18:
        found = found.filter(pk__lt=int(before))
    rows = list(found.order_by("-pk")[: PAGE + 1])
    return rows[:PAGE], rows[PAGE - 1].pk if len(rows) > PAGE else None
