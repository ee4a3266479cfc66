"""Pages of broadcasts: the list, writing one, its preview, sending and stopping it, its report; topics."""

from __future__ import annotations

from django.contrib import messages as notes
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from dgs.core.messaging import queries, reports
from dgs.core.messaging.actions import broadcasting
from dgs.core.messaging.addresses import mask_address
from dgs.core.messaging.commands import MOST_PARTS
from dgs.core.messaging.forms.broadcasts import BroadcastForm, TopicForm
from dgs.core.messaging.models import Broadcast, Message, Topic
from dgs.core.messaging.permissions import Permission
from dgs.core.messaging.segments import segments
from dgs.core.messaging.views.frame import is_whole, page_of_list, whole
from dgs.kernel.errors import NotAllowed, NotFound
from dgs.kernel.guards import needs
from dgs.kernel.spreadsheets import download

PAGE = 30


@needs(Permission.BROADCAST)
@never_cache
@require_GET
def broadcasts(request: HttpRequest) -> HttpResponse:
    """All broadcasts, the newest first."""
    whole(request, Permission.BROADCAST)
    rows, older = page_of_list(request, Broadcast.objects.select_related("by"), PAGE)
    return render(request, "messaging/broadcasts.html", {"rows": reports.with_progress(rows), "older": older})


@needs(Permission.BROADCAST)
@never_cache
@require_http_methods(["GET", "POST"])
def write(request: HttpRequest, broadcast_id: int | None = None) -> HttpResponse:
    """Write a broadcast, or change one that was not sent."""
    whole(request, Permission.BROADCAST)
    one = _broadcast(broadcast_id) if broadcast_id else None
    if one is not None and one.state != Broadcast.State.DRAFT:
        raise broadcasting.BroadcastGone
    may_alarm = is_whole(request, Permission.BROADCAST_EMERGENCY)
    initial = None
    if one is not None:
        initial = {name: getattr(one, name) for name in ("title", "kind", "channels", "text_id", "text_en", "regions")}
        initial["office"] = one.office.slug if one.office else ""
        initial["audiences"] = [f"{code}|{value}" for code, value in one.audiences]
    _is_all, offices = queries.offices_of(request.access, Permission.BROADCAST)
    form = BroadcastForm(request.POST or None, initial=initial, may_alarm=may_alarm, offices=offices)
    if request.method == "POST" and form.is_valid():
        try:
            made = broadcasting.write_broadcast(
                **form.values(), by=request.user, now=timezone.now(), broadcast=one
            )
        except broadcasting.BroadcastInvalid as refused:
            for field, sentences in refused.errors.items():
                for sentence in sentences:
                    form.add_error(field, sentence)
        else:
            return redirect("messaging:broadcast", made.pk)
    status = 422 if request.method == "POST" else 200
    return render(request, "messaging/broadcast_form.html", {"form": form, "broadcast": one, "most": MOST_PARTS}, status=status)


@needs(Permission.BROADCAST)
@never_cache
@require_GET
def broadcast(request: HttpRequest, broadcast_id: int) -> HttpResponse:
    """A draft as people will read it and what it will cost; or how far it is, and its report."""
    whole(request, Permission.BROADCAST)
    one = _broadcast(broadcast_id)
    texts = [("id", "Bahasa Indonesia", one.text_id, segments(one.text_id))]
    if one.text_en:
        texts.append(("en", "English", one.text_en, segments(one.text_en)))
    context = {
        "broadcast": one, "texts": texts, "audiences": reports.audience_titles(one), "regions": reports.region_names(one),
        "channels": [Message.Channel(channel).label for channel in one.channels],
        "may_send": _may_send(request, one),
    }
    if one.state == Broadcast.State.DRAFT:
        context["estimate"] = reports.estimate(one)
    else:
        context["report"] = reports.report(one)
    answer = render(request, "messaging/broadcast_progress.html" if request.htmx else "messaging/broadcast.html", context)
    if request.htmx and "report" in context and context["report"].is_over:
        answer["HX-Refresh"] = "true"  # the buttons of the page are others now
    return answer


@needs(Permission.BROADCAST)
@require_POST
def send(request: HttpRequest, broadcast_id: int) -> HttpResponse:
    """Have it sent."""
    one = _to_act_on(request, broadcast_id)
    broadcasting.send_broadcast(broadcast_id=one.pk, by=request.user, now=timezone.now())
    return redirect("messaging:broadcast", one.pk)


@needs(Permission.BROADCAST)
@require_POST
def stop(request: HttpRequest, broadcast_id: int) -> HttpResponse:
    """Stop what has not gone out."""
    one = _to_act_on(request, broadcast_id)
    saved = broadcasting.stop_broadcast(broadcast_id=one.pk, by=request.user, now=timezone.now())
    notes.success(request, _("Stopped. %(count)s messages were not sent.") % {"count": saved})
    return redirect("messaging:broadcast", broadcast_id)


@needs(Permission.BROADCAST)
@never_cache
@require_GET
def undelivered(request: HttpRequest, broadcast_id: int) -> HttpResponseBase:
    """Whom it did not reach, as CSV with masked addresses."""
    whole(request, Permission.BROADCAST)
    one = _broadcast(broadcast_id)
    rows = Message.objects.filter(about=one.about).exclude(state__in=["delivered", "handed"]).order_by("pk")
    header = [_("Channel"), _("Sent to"), _("State"), _("Reason")]
    return download(f"siaran-{one.pk}", "csv", header, (
        [row.get_channel_display(), mask_address(row.to), row.get_state_display(), row.get_reason_display() if row.reason else ""]
        for row in rows.iterator(chunk_size=2000)
    ))


@needs(Permission.BROADCAST)
@never_cache
@require_http_methods(["GET", "POST"])
def topics(request: HttpRequest) -> HttpResponse:
    """What people can subscribe to, with how many do; a new one, and closing one."""
    whole(request, Permission.BROADCAST)
    form = TopicForm(request.POST if "word" in request.POST else None)
    if request.method == "POST":
        if "topic" in request.POST:
            one = next((topic for topic in Topic.objects.all() if str(topic.pk) == request.POST["topic"]), None)
            if one is None:
                raise NotFound
            broadcasting.open_topic(topic_id=one.pk, is_open=not one.is_open, by=request.user, now=timezone.now())
            return redirect("messaging:topics")
        if form.is_valid():
            broadcasting.new_topic(**form.cleaned_data, by=request.user, now=timezone.now())
            return redirect("messaging:topics")
    status = 422 if request.method == "POST" else 200
    return render(request, "messaging/topics.html", {"form": form, "topics": reports.topics()}, status=status)


def _may_send(request: HttpRequest, one: Broadcast) -> bool:
    return one.kind != Message.Kind.EMERGENCY or is_whole(request, Permission.BROADCAST_EMERGENCY)


def _to_act_on(request: HttpRequest, broadcast_id: int) -> Broadcast:
    """The broadcast that is sent or stopped; an emergency by those only who may send one."""
    whole(request, Permission.BROADCAST)
    one = _broadcast(broadcast_id)
    if not _may_send(request, one):
        raise NotAllowed
    return one


def _broadcast(broadcast_id: int) -> Broadcast:
    one = Broadcast.objects.select_related("office", "by", "stopped_by").filter(pk=broadcast_id).first()
    if one is None:
        raise NotFound
    return one
