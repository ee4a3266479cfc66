"""Pages of the outbox for staff: the list, what is stuck, one message with all that is known of it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import wraps
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages as notes
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from dgs.core.audit import api as audit
from dgs.core.messaging import queries
from dgs.core.messaging.actions.resending import may_be_sent_again, send_again, send_several_again
from dgs.core.messaging.addresses import mask_address
from dgs.core.messaging.models import Attempt, Message
from dgs.core.messaging.permissions import Permission
from dgs.core.messaging.plain import number_of
from dgs.core.messaging.segments import segments
from dgs.core.messaging.timeline import TONES, cost_of, timeline
from dgs.core.messaging.views.frame import page_of_list, tabs
from dgs.core.messaging.views.phone import phone
from dgs.kernel import registry
from dgs.kernel.errors import NotFound
from dgs.kernel.guards import needs
from dgs.kernel.spreadsheets import download

PAGE = 40
MOST_EXPORTED = 100_000
FIELDS = ("q", "state", "channel", "kind", "kantor", "dari", "sampai", "sebab")


def open_in_demo(view):
    """Who may sees the list; in the demo everybody else finds the telephone here."""
    staff_only = needs(Permission.VIEW_OUTBOX)(outbox_list)

    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        if settings.DEMO and request.GET.get("tampil") != "daftar" and not request.access.allows(Permission.VIEW_OUTBOX):
            return view(request)
        return staff_only(request)

    guarded.guard = (Permission.VIEW_OUTBOX,)
    return guarded


def outbox_list(request: HttpRequest) -> HttpResponse:
    """What was said, newest first, for staff: searched by number, e-mail address, name or reference; never secret ones.

    The list tells neither the whole address nor the words: who needs them opens the message, which is audited.
    """
    asked = _asked(request)
    _is_all, offices = queries.offices_of(request.access, Permission.VIEW_OUTBOX)
    rows, older = page_of_list(request, queries.matching(queries.visible_to(request.access), asked), PAGE)
    _shown(request, rows, asked)
    kept = _kept(request)
    context = {
        "rows": rows, "older": urlencode({**kept, **_of_list(), "before": older}) if older else "", "asked": _fields(request),
        "states": Message.State.choices, "channels": Message.Channel.choices, "offices": offices, "tabs": tabs(request, "outbox"),
        "kinds": [pair for pair in Message.Kind.choices if pair[0] != Message.Kind.CODE], "is_demo": settings.DEMO,
        "kept": urlencode(kept), "is_narrow": any(name in kept for name in ("kind", "kantor", "dari", "sampai")),
    }
    return render(request, "messaging/outbox.html", context)


outbox = open_in_demo(never_cache(require_GET(phone)))


@needs(Permission.VIEW_OUTBOX)
@require_GET
def export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The filtered list as a file, at most 100,000 messages: addresses shortened, no words; that it was taken is audited."""
    rows = queries.matching(queries.visible_to(request.access), _asked(request)).order_by("-pk")[:MOST_EXPORTED]
    header = [_("Number"), _("Time"), _("Channel"), _("Kind"), _("Sent to"), _("About"), _("Office"), _("State"), _("Reason")]
    answer = download(f"pesan-{timezone.localtime():%Y%m%d-%H%M}", kind, header, _cells(rows))
    audit.record(
        action="messaging.exported", by=request.user, subject="messaging.outbox", now=timezone.now(),
        facts={"filter": sorted(_kept(request))},
    )
    return answer


@needs(Permission.VIEW_OUTBOX)
@never_cache
@require_GET
def dead(request: HttpRequest) -> HttpResponse:
    """What ended without having arrived, by reason; it is ticked and sent again from here."""
    asked, mine = _asked(request), queries.visible_to(request.access)
    groups = queries.dead_by_reason(mine)
    for group in groups:
        group["state_label"], group["reason_label"] = Message.State(group["state"]).label, _label(Message.Reason, group["reason"])
        group["channel_label"] = Message.Channel(group["channel"]).label
        group["query"] = urlencode({"state": group["state"], "sebab": group["reason"], "channel": group["channel"]})
    rows, older = page_of_list(request, queries.matching(queries.dead_letters(mine), asked).select_related("office"), PAGE)
    _shown(request, rows, asked)
    for row in rows:
        row.may_send = may_be_sent_again(row) and queries.may(request.access, Permission.RESEND, row)
    kept = _kept(request)
    context = {
        "rows": rows, "groups": groups, "asked": _fields(request), "tabs": tabs(request, "dead"), "kept": urlencode(kept),
        "older": urlencode({**kept, "before": older}) if older else "", "may_send": any(row.may_send for row in rows),
        "total": sum(group["count"] for group in groups),
    }
    return render(request, "messaging/dead.html", context)


@needs(Permission.RESEND)
@require_POST
def resend_several(request: HttpRequest) -> HttpResponse:
    """Those that were ticked go out once more."""
    ids = [pk for one in request.POST.getlist("pilih")[:PAGE] if (pk := number_of(one)) is not None]
    mine = queries.visible_to(request.access).filter(pk__in=ids)
    mine = mine.filter(pk__in=queries.visible_to(request.access, Permission.RESEND).filter(pk__in=ids).values("pk"))
    sent, refused = send_several_again(message_ids=mine.values_list("pk", flat=True), by=request.user, now=timezone.now())
    if sent:
        said = ngettext("%(n)s message will be sent again.", "%(n)s messages will be sent again.", sent)
        notes.success(request, said % {"n": sent})
    if refused:
        notes.warning(request, ngettext(
            "%(n)s message was left alone: it waits already, or it arrived.",
            "%(n)s messages were left alone: they wait already, or they arrived.", refused) % {"n": refused})
    if not sent and not refused:
        notes.error(request, _("Tick the messages that are to be sent again."))
    return redirect("messaging:dead")


@needs(Permission.VIEW_OUTBOX)
@never_cache
@require_GET
def message(request: HttpRequest, message_id: int) -> HttpResponse:
    """One message with all that is known of it; reading it is audited, for it speaks of a person."""
    attempts = Attempt.objects.select_related("sender").prefetch_related("receipts").order_by("number")
    rows = queries.visible_to(request.access).select_related("office", "sender").prefetch_related(Prefetch("attempts", attempts))
    found = rows.filter(pk=message_id).first()
    if found is None:
        raise NotFound
    audit.record_reading(
        by=request.user, subject=f"messaging.message:{found.pk}", person=found.party_id, purpose="outbox",
        now=timezone.now(),
    )
    tries = list(found.attempts.all())
    paid, cost = cost_of(tries)
    return render(
        request, "messaging/message.html",
        {"message": found, "tone": TONES[found.state], "moments": timeline(found, tries), "paid": paid, "cost": cost,
         "parts": segments(found.body) if found.channel == "sms" else None, "page": registry.page_of(found.about),
         "has_talk": found.channel == "sms" and found.reason != Message.Reason.ADDRESS,
         "may_send": may_be_sent_again(found) and queries.may(request.access, Permission.RESEND, found)},
    )


@needs(Permission.RESEND)
@require_POST
def resend(request: HttpRequest, message_id: int) -> HttpResponse:
    """A person decides that a failed or uncertain message goes out once more."""
    found = queries.visible_to(request.access).select_related("office").filter(pk=message_id).first()
    if found is None or not queries.may(request.access, Permission.RESEND, found):
        raise NotFound
    send_again(message_id=message_id, by=request.user, now=timezone.now())
    notes.success(request, _("The message will be sent again."))
    return redirect("messaging:message", message_id)


def _of_list() -> dict[str, str]:
    return {"tampil": "daftar"} if settings.DEMO else {}


def _fields(request: HttpRequest) -> dict[str, str]:
    return {name: request.GET.get(name, "").replace("\x00", "")[:100] for name in FIELDS}


def _kept(request: HttpRequest) -> dict[str, str]:
    """What narrows the list now, for the next page."""
    return {name: value for name, value in _fields(request).items() if value}


def _asked(request: HttpRequest) -> queries.Asked:
    """What is looked for, from the address; what cannot be read narrows nothing."""
    fields = _fields(request)
    return queries.Asked(
        text=fields["q"], state=fields["state"], channel=fields["channel"], kind=fields["kind"], reason=fields["sebab"],
        office=fields["kantor"], since=_day(fields["dari"]), until=_day(fields["sampai"]), named=queries.named(fields["q"]),
    )


def _day(text: str):
    try:
        day = parse_date(text)
    except ValueError:
        return None
    return day if day and 1990 < day.year < 2200 else None


def _shown(request: HttpRequest, rows: list[Message], asked: queries.Asked) -> None:
    """How rows look; that a search by name showed whose messages they are is written down."""
    for row in rows:
        row.tone, row.masked = TONES[row.state], mask_address(row.to)
    shown = sorted({row.party_id for row in rows} & set(asked.named))
    if shown:
        audit.record_reading(
            by=request.user, subject="messaging.search", person=shown[0] if len(shown) == 1 else None, purpose="outbox",
            now=timezone.now(), facts={"by": "name", "found": shown},
        )


def _cells(rows) -> Iterator[list]:
    for row in rows.iterator(chunk_size=2000):
        yield [
            row.pk, timezone.localtime(row.created_at).strftime("%Y-%m-%d %H:%M:%S"), row.get_channel_display(),
            row.get_kind_display(), mask_address(row.to), row.about, row.office_id or "", row.get_state_display(),
            row.get_reason_display() if row.reason else "",
        ]


def _label(choices, value: str) -> str:
    return choices(value).label if value in choices.values else ""
