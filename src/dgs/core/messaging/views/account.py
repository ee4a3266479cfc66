"""Pages of the account: what the person was told, and what they want to be told by which way."""

from __future__ import annotations

import json

from django.conf import settings
from django.contrib import messages as notes
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from dgs.core.messaging import kinds, own_messages
from dgs.core.messaging.actions import broadcasting, opening
from dgs.core.messaging.actions.dead import is_dead
from dgs.core.messaging.actions.notices import subscribe, unsubscribe
from dgs.core.messaging.actions.wishes import fall_silent, speak_again, wish
from dgs.core.messaging.addresses import mask_address
from dgs.core.messaging.models import Message, PushSubscription, Sender, Silence, Subscription, Topic, Wish
from dgs.core.messaging.plain import plain
from dgs.core.messaging.senders.talking import json_of
from dgs.core.messaging.views.frame import page_of_list
from dgs.core.messaging.webpush import LONGEST_ENDPOINT, the_key
from dgs.kernel.guards import public, signed_in
from dgs.ui.themes import current_theme

PAGE = 20
ICONS = {"sms": "phone", "email": "mail", "app": "message", "whatsapp": "chat"}
# By these people are told things whenever they have an address; by the others where the region has set them up.
ALWAYS = ("sms", "email")


@signed_in
@never_cache
@require_GET
def mine(request: HttpRequest) -> HttpResponse:
    """What the person was told, newest first."""
    rows, older = page_of_list(request, own_messages.own(request.user), PAGE)
    for row in rows:
        row.icon = ICONS.get(row.channel, "message")
        row.heading = row.subject or (row.body.splitlines() or [""])[0]
    request.counted = unread = own_messages.unread_of(request.user)
    return render(
        request, "messaging/mine.html",
        {"rows": rows, "older": older, "is_first": "before" not in request.GET, "unread": unread},
    )


@signed_in
@never_cache
@require_GET
def mine_one(request: HttpRequest, message_id: int) -> HttpResponse:
    """One message, which is read by that."""
    found = opening.open_one(user=request.user, message_id=message_id, now=timezone.now())
    request.counted = own_messages.unread_of(request.user)
    return render(
        request, "messaging/mine_one.html",
        {"message": found, "icon": ICONS.get(found.channel, "message"), "masked": mask_address(found.to)},
    )


@signed_in
@require_POST
def all_read(request: HttpRequest) -> HttpResponse:
    """Nothing is new any more."""
    opening.read_all(user=request.user, now=timezone.now())
    notes.success(request, _("All messages are marked as read."))
    return redirect("messaging:mine")


@signed_in
@never_cache
@require_http_methods(["GET", "POST"])
def choices(request: HttpRequest) -> HttpResponse:
    """What the person wants to be told by which way."""
    party_id, offered = request.user.party_id, _offered()
    if request.method == "POST" and party_id is not None:
        wanted = {
            (channel, kind) for channel in offered for kind in kinds.SWITCHABLE if request.POST.get(f"{channel}-{kind}")
        }
        wish(party_id=party_id, wanted=wanted, channels=set(offered), now=timezone.now())
        notes.success(request, _("Your choice is saved."))
        return redirect("messaging:choices")
    off = set(Wish.objects.filter(party=party_id, is_wanted=False).values_list("channel", "kind")) if party_id else set()
    labels = {**dict(Message.Channel.choices), Message.Channel.PUSH: _("Browser")}
    silence = Silence.objects.filter(address=request.user.phone).first() if request.user.phone else None
    return render(
        request, "messaging/choices.html",
        {
            "channels": [labels[channel] for channel in offered], "has_party": party_id is not None,
            "rows": [
                (kind.label, [
                    (f"{channel}-{kind}", labels[channel], (channel, kind) not in off,
                     bool(silence) and channel == Message.Channel.SMS and kind in kinds.STOPPED)
                    for channel in offered
                ])
                for kind in kinds.SWITCHABLE
            ],
            "phone": request.user.phone, "silence": silence, "quiet": kinds.quiet_hours() if settings.DGS_QUIET_HOURS else None,
            "public_key": the_key(now=timezone.now()).public,
            "browsers": PushSubscription.objects.filter(user=request.user).count(),
            "topics": _topics(request.user),
            "dead_email": request.user.email if request.user.email and is_dead(request.user.email) else "",
        },
    )


@signed_in
@require_POST
def number(request: HttpRequest) -> HttpResponse:
    """News and reminders to the person's own number: no more, or again, as by the SMS STOP and MULAI."""
    if request.user.phone:
        if request.POST.get("what") == "mulai":
            speak_again(address=request.user.phone)
            notes.success(request, _("This number gets news and reminders again."))
        else:
            fall_silent(address=request.user.phone, now=timezone.now())
            notes.success(request, _("This number gets no more news and reminders."))
    return redirect("messaging:choices")


@signed_in
@require_POST
def topics(request: HttpRequest) -> HttpResponse:
    """The topics that the person wants to hear of: by SMS where there is a number, else by e-mail, for where they live."""
    user, now = request.user, timezone.now()
    channel, address = ("sms", user.phone) if user.phone else ("email", user.email)
    if address:
        for topic in Topic.objects.filter(is_open=True):
            if request.POST.get(topic.word):
                broadcasting.subscribe(
                    topic=topic, channel=channel, address=address, language=user.language, party_id=user.party_id,
                    region_id=user.party.region_id if user.party else None, now=now,
                )
            else:
                for one in {user.phone, user.email} - {None, ""}:
                    broadcasting.unsubscribe(address=one, topic=topic, now=now)
        notes.success(request, _("Your choice is saved."))
    return redirect("messaging:choices")


@signed_in
@require_POST
def notices(request: HttpRequest) -> HttpResponse:
    """A browser of the person's takes notices from now on (JSON, by the page's script), or none does any more (a form)."""
    if request.content_type != "application/json":
        unsubscribe(user=request.user)
        notes.success(request, _("None of your browsers takes notices any more."))
        return redirect("messaging:choices")
    try:
        asked = json_of(request.body)
        if not isinstance(asked, dict):
            raise ValueError("not an object")
        if asked.get("end") is True:
            unsubscribe(user=request.user, endpoint=plain(asked.get("endpoint"), LONGEST_ENDPOINT))
        else:
            keys = asked.get("keys") if isinstance(asked.get("keys"), dict) else {}
            subscribe(
                user=request.user, endpoint=asked.get("endpoint"), key=keys.get("p256dh"), auth=keys.get("auth"),
                language=request.LANGUAGE_CODE, now=timezone.now(),
            )
    except ValueError:
        return HttpResponse(status=400)
    return HttpResponse(status=204)


@public
@cache_control(max_age=3600)
@require_GET
def service_worker(request: HttpRequest) -> HttpResponse:
    """The script that shows notices; at the root, for a browser lets it work below its own address only."""
    theme = current_theme()
    known = {"title": str(theme.government), "words": _("There is a new message for you."), "icon": static(theme.emblem)}
    # As JSON they are words of JavaScript, whatever signs are in them.
    words = {name: json.dumps(value) for name, value in known.items()}
    answer = render(request, "messaging/pemberitahuan.js", words, content_type="text/javascript; charset=utf-8")
    answer["Service-Worker-Allowed"] = "/"
    return answer


@public
@cache_control(max_age=3600)
@require_GET
def app_manifest(request: HttpRequest) -> HttpResponse:
    """What a browser needs to install DGS as an application (W3C, Web Application Manifest)."""
    theme = current_theme()
    told = {
        "name": f"{theme.place} · {_('Online services')}", "short_name": str(theme.place)[:12], "lang": request.LANGUAGE_CODE,
        "id": "/", "start_url": "/", "scope": "/", "display": "standalone", "background_color": "#ffffff",
        "icons": [{"src": static(theme.emblem), "sizes": "any", "type": "image/svg+xml", "purpose": "any"}],
    }
    return JsonResponse(told, content_type="application/manifest+json")


def _offered() -> list[str]:
    """The ways that can be switched off and on; what stands in the account always does."""
    there = set(Sender.objects.filter(is_on=True).values_list("channel", flat=True))
    return [channel for channel in ("sms", "email", "whatsapp", "push") if channel in ALWAYS or channel in there]


def _topics(user) -> list[tuple[str, str, bool]]:
    """Each open topic's word and title, and whether one of the person's addresses subscribes to it."""
    mine = Subscription.objects.filter(address__in=[one for one in (user.phone, user.email) if one], ended_at=None)
    known = set(mine.values_list("topic_id", flat=True))
    return [(one.word, one.title, one.pk in known) for one in Topic.objects.filter(is_open=True).order_by("word")]
