"""The demo's telephone and mailbox: what would have been sent, codes included, and SMS written by hand; never outside a demo."""

from __future__ import annotations

import uuid
from zlib import crc32

from django.conf import settings
from django.contrib import messages as notes
from django.contrib.auth import get_user_model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from dgs.core.messaging import queries, talks
from dgs.core.messaging.actions.receiving import receive
from dgs.core.messaging.addresses import normalise_phone
from dgs.core.messaging.commands import LONGEST
from dgs.core.messaging.models import Inbound, Message, Sender
from dgs.core.messaging.permissions import Permission
from dgs.core.messaging.segments import segments
from dgs.core.messaging.senders import ensure_senders
from dgs.core.messaging.views.frame import once, page_of_list
from dgs.kernel import registry
from dgs.kernel.errors import NotFound
from dgs.kernel.guards import public

PAGE, MAILS = 40, 15
ARRIVED = {"handed", "delivered"}
# How many words are offered to be sent by a finger.
OFFERED = 6


def phone(request: HttpRequest) -> HttpResponse:
    """Every message with its text, codes included, so that a visitor can go on; a number chosen shows its conversation."""
    text, number = request.GET.get("q", "")[:100], _number(request.GET.get("nomor", "") or request.GET.get("q", ""))
    context = {
        "q": text, "number": number, "base": "desk.html" if request.access.is_staff else "site.html",
        "may_list": request.access.allows(Permission.VIEW_OUTBOX), "people": _people(), "is_mail": "@" in text,
        "longest": LONGEST,
    }
    found = queries.matching(Message.objects.exclude(state="stopped"), queries.Asked(text="" if number else text))
    mails = found.filter(channel="email")
    # The mailbox beside a telephone is that of the person who holds it.
    address = next((one["email"] for one in context["people"] if one["phone"] == number and one["email"]), "")
    context["mails"], context["older_mails"] = _newest(request, mails.filter(to=address) if address else mails, MAILS, "surat")
    if number:
        context |= _thread(request, number) | {"words": _words(), "once": uuid.uuid4().hex}
    else:
        context["texts"], context["older_texts"] = _newest(request, found.exclude(channel="email"), PAGE, "before")
    return render(request, "messaging/phone.html", context)


@public
@never_cache
@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """The telephone and the mailbox, which only a demo has."""
    if not settings.DEMO:
        raise NotFound
    return phone(request)


@public
@never_cache
@require_GET
def thread(request: HttpRequest, number: str) -> HttpResponse:
    """The conversation on the telephone's screen; 204 when it still looks as `?tampil` says."""
    if not settings.DEMO or _number(number) != number:
        raise NotFound
    context = _thread(request, number)
    if request.GET.get("tampil") == context["mark"]:
        return HttpResponse(status=204)
    return render(request, "messaging/phone_thread.html", context)


@public
@require_POST
def send(request: HttpRequest) -> HttpResponse:
    """An SMS written on the demo's telephone comes in as one from a gateway would; the same form twice is one SMS."""
    if not settings.DEMO:
        raise NotFound
    number = _number(request.POST.get("nomor", ""))
    text = (request.POST.get("kata", "") or request.POST.get("teks", "")).replace("\x00", "").strip()[:LONGEST]
    if not number:
        notes.error(request, _("Type a mobile number, such as 0812 9000 0001."))
        return redirect("messaging:phone")
    ensure_senders()
    sender = Sender.objects.filter(name="demo-sms").first()
    if sender is None:
        notes.error(request, _("This demo sends its SMS through a real gateway: write to its number instead."))
    elif text:
        mine = f"{once(request)}-{number}-{crc32(text.encode()):x}"
        receive(sender=sender, gateway_id=mine, number=number, text=text, now=timezone.now())
    return redirect(f"{reverse('messaging:phone')}?nomor={number}#telepon")


def _thread(request: HttpRequest, number: str) -> dict:
    """What stands on the screen; older texts by `?sejak`."""
    before = request.GET.get("sejak", "")[:60]
    texts, older = talks.conversation(
        Inbound.objects.filter(number=number), Message.objects.filter(to=number, channel="sms").exclude(state="stopped"),
        before=before, most=PAGE
    )
    for said in texts:
        if not said.is_inbound:
            said.row.parts, said.row.arrived = segments(said.row.body), said.row.state in ARRIVED
    return {"number": number, "texts": texts, "older": older, "mark": talks.mark(texts), "is_newest": not before}


def _people() -> list:
    """The invented people of the demo who have a telephone."""
    return list(
        get_user_model().objects.filter(is_demo=True).exclude(phone=None).exclude(phone="").order_by("name")
        .values("name", "phone", "email")[:12]
    )


def _words() -> list[str]:
    """Commands that a finger can send."""
    return list(dict.fromkeys(one.word for one in registry.sms_commands().values()))[:OFFERED]


def _newest(request: HttpRequest, found, most: int, name: str) -> tuple[list[Message], int | None]:
    rows, older = page_of_list(request, found, most, name=name)
    for row in rows:
        row.parts, row.arrived = segments(row.body) if row.channel == "sms" else None, row.state in ARRIVED
    return rows, older


def _number(text: str) -> str:
    try:
        return normalise_phone(text[:30].replace("\x00", ""))
    except ValueError:
        return ""
