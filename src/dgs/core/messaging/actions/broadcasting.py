"""Broadcasts: written, queued by one statement, stopped by one; handing over is the pump's."""

from __future__ import annotations

import re
from datetime import datetime

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _
from procrastinate.contrib.django import app

from dgs.core.audit import api as audit
from dgs.core.messaging.audiences import addressees
from dgs.core.messaging.commands import MOST_PARTS, PLAIN
from dgs.core.messaging.kinds import URGENCY, not_before
from dgs.core.messaging.models import Broadcast, Message, Subscription, Topic
from dgs.core.messaging.plain import plain
from dgs.core.messaging.segments import segments
from dgs.kernel import registry
from dgs.kernel.errors import InvalidInput, RuleBroken

State = Broadcast.State
CHANNELS = ("sms", "email")
BRACES = re.compile(r"[{}]")


class BroadcastInvalid(InvalidInput):
    """What was entered cannot be sent; each field with its sentence."""

    code = "broadcast-invalid"
    sentence = _("Please look at what is marked.")


class BroadcastGone(RuleBroken):
    """It was sent or stopped already."""

    code = "broadcast-gone"
    sentence = _("This broadcast was sent or stopped already.")


@transaction.atomic
def write_broadcast(
    *, title: str, text_id: str, text_en: str = "", kind: str = Message.Kind.NEWS, channels: list[str],
    audiences: list[list[str]], regions: list[str], office: str = "", by, now: datetime, broadcast: Broadcast | None = None,
) -> Broadcast:
    """Write a draft, or write one anew; refuses (BroadcastInvalid) what could not be sent as it is."""
    text_id, text_en = (plain(text.translate(PLAIN)) for text in (text_id, text_en))
    title = " ".join(plain(title.translate(PLAIN)).split())  # in one line, for it is the subject of e-mails
    found: dict[str, list[str]] = {}
    for name, text in (("text_id", text_id), ("text_en", text_en)):
        if BRACES.search(text):
            found[name] = [str(_("Braces are not filled in here: everybody gets the same words."))]
        elif text and "sms" in channels and segments(text).parts > MOST_PARTS:
            found[name] = [str(_("This is longer than %(count)s SMS. Please shorten it.") % {"count": MOST_PARTS})]
    if not text_id:
        found["text_id"] = [str(_("Write what people are to read."))]
    if not title or len(title) > 120:
        found["title"] = [str(_("Give it a title of at most 120 characters."))]
    if not channels or set(channels) - set(CHANNELS):
        found["channels"] = [str(_("Choose by what it is sent."))]
    if not audiences or not all(_is_known(code, value) for code, value in audiences):
        found["audiences"] = [str(_("Choose whom it is sent to."))]
    if kind not in {Message.Kind.NEWS, Message.Kind.EMERGENCY}:
        found["kind"] = [str(_("Choose news or emergency."))]
    if found:
        raise BroadcastInvalid(found)
    if broadcast is None:
        broadcast = Broadcast(by=by, created_at=now)
    elif not Broadcast.objects.select_for_update().filter(pk=broadcast.pk, state=State.DRAFT).exists():
        raise BroadcastGone
    broadcast.office = Broadcast._meta.get_field("office").related_model.objects.filter(slug=office).first()
    broadcast.kind, broadcast.title = kind, title
    broadcast.text_id, broadcast.text_en = text_id, text_en
    broadcast.channels, broadcast.audiences, broadcast.regions = sorted(channels), audiences, regions
    broadcast.save()
    return broadcast


def _is_known(code: str, value: str) -> bool:
    audience = registry.audiences().get(code)
    return audience is not None and value in {one for one, _label in audience.choices()}


@transaction.atomic
def send_broadcast(*, broadcast_id: int, by, now: datetime) -> Broadcast:
    """Have its messages queued by the next worker; BroadcastGone when that was done before."""
    one = Broadcast.objects.select_for_update().get(pk=broadcast_id)
    if one.state != State.DRAFT:
        raise BroadcastGone
    one.state, one.begun_at = State.QUEUING, now
    one.save(update_fields=["state", "begun_at"])
    audit.record(
        action="messaging.broadcast", by=by, subject=one.about, now=now,
        facts={
            "title": one.title, "kind": one.kind, "channels": one.channels, "audiences": one.audiences, "regions": one.regions,
        },
    )
    app.configure_task(
        "messaging.queue_broadcast", allow_unknown=False, priority=100 if one.kind == Message.Kind.EMERGENCY else 0
    ).defer(broadcast_id=one.pk)
    return one


@transaction.atomic
def queue_messages(*, broadcast_id: int, now: datetime) -> int:
    """Queue one message for each person and channel, by one statement; done twice it adds nothing. How many."""
    one = Broadcast.objects.select_for_update(of=("self",)).select_related("office").get(pk=broadcast_id)
    if one.state != State.QUEUING:
        return one.total or 0
    people, parameters = addressees(one)
    waits = {channel: not_before(one.kind, channel, now) for channel in one.channels}
    morning = next((at for at in waits.values() if at), None)
    text_en = one.text_en or one.text_id
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            INSERT INTO messaging_message (key, channel, kind, urgency, "to", party_id, language, subject, body, about, office,
              is_secret, created_at, digest, sender_id, draw, not_before, state, reason)
            SELECT 'broadcast:' || %(id)s || ':' || p.channel || ':' || CASE WHEN length(p.address) > 60 THEN md5(p.address)
                ELSE p.address END, p.channel, %(kind)s, %(urgency)s, p.address,
              p.party_id, p.language, CASE WHEN p.channel = 'email' THEN %(title)s ELSE '' END,
              CASE WHEN p.language = 'en' THEN %(en)s ELSE %(id_text)s END, %(about)s, %(office)s, false, %(now)s, '', NULL,
              random(), CASE WHEN NOT p.unwanted AND p.channel = ANY(%(waiting)s) THEN %(morning)s::timestamptz END,
              CASE WHEN p.dead THEN 'failed' WHEN p.unwanted THEN 'stopped' WHEN p.channel = ANY(%(waiting)s) THEN 'held'
                ELSE 'queued' END,
              CASE WHEN p.dead THEN 'dead' WHEN p.unwanted THEN 'unwanted' WHEN p.channel = ANY(%(waiting)s) THEN 'quiet'
                ELSE '' END
            FROM ({people}) p
            ON CONFLICT (key) DO NOTHING
            """,  # noqa: S608 - the SELECTs are the rooms' own words
            parameters | {
                "id": one.pk, "urgency": URGENCY[Message.Kind(one.kind)], "title": one.title,
                "id_text": one.text_id, "en": text_en, "about": one.about, "office": one.office.slug if one.office else None,
                "now": now, "morning": morning, "waiting": [channel for channel, at in waits.items() if at],
            },
        )
        one.total = cursor.rowcount
    one.state, one.queued_at = State.SENDING, now
    one.save(update_fields=["state", "queued_at", "total"])
    return one.total


@transaction.atomic
def stop_broadcast(*, broadcast_id: int, by, now: datetime) -> int:
    """Stop what has not begun to be handed over; how many messages that saves. BroadcastGone when there is nothing to stop."""
    one = Broadcast.objects.select_for_update().get(pk=broadcast_id)
    if one.state not in {State.QUEUING, State.SENDING}:
        raise BroadcastGone
    one.state, one.stopped_at, one.stopped_by = State.STOPPED, now, by
    one.save(update_fields=["state", "stopped_at", "stopped_by"])
    saved = Message.objects.filter(about=one.about, state__in=["queued", "held"]).update(
        state=Message.State.STOPPED, reason=Message.Reason.WITHDRAWN
    )
    audit.record(action="messaging.stop_broadcast", by=by, subject=one.about, now=now, facts={"saved": saved})
    return saved


@transaction.atomic
def new_topic(*, word: str, title_id: str, title_en: str, by, now: datetime) -> Topic:
    """Something people can subscribe to from now on."""
    topic = Topic.objects.create(word=word, title_id=title_id, title_en=title_en)
    audit.record(action="messaging.new_topic", by=by, subject=f"messaging.topic:{topic.pk}", now=now, facts={"word": word})
    return topic


@transaction.atomic
def open_topic(*, topic_id: int, is_open: bool, by, now: datetime) -> None:
    """Whether people can subscribe to it; those who did stay."""
    Topic.objects.filter(pk=topic_id).update(is_open=is_open)
    audit.record(action="messaging.open_topic", by=by, subject=f"messaging.topic:{topic_id}", now=now, facts={"is_open": is_open})


@transaction.atomic
def subscribe(
    *, topic: Topic, channel: str, address: str, now: datetime, language: str = "id", region_id: int | None = None,
    party_id: int | None = None,
) -> bool:
    """An address wants to hear of a topic, in one region or everywhere; False when it did already, and only the region is new."""
    row = Subscription(
        topic=topic, channel=channel, address=address, language=language, region_id=region_id, party_id=party_id, since=now
    )
    if Subscription.objects.filter(topic=topic, channel=channel, address=address, ended_at=None).update(region_id=region_id):
        return False
    Subscription.objects.bulk_create([row], ignore_conflicts=True)
    return True


@transaction.atomic
def unsubscribe(*, address: str, now: datetime, topic: Topic | None = None) -> int:
    """An address wants to hear no more of a topic, or of any; how many subscriptions ended."""
    open_ones = Subscription.objects.filter(address=address, ended_at=None)
    return (open_ones.filter(topic=topic) if topic else open_ones).update(ended_at=now)
