"""Reading the outbox: which messages a person may see, and finding one; nothing is changed here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db.models import Count, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from dgs.core.messaging.addresses import normalise_phone
from dgs.core.messaging.models import Broadcast, Inbound, Message
from dgs.core.messaging.permissions import Permission
from dgs.core.messaging.plain import number_of
from dgs.core.parties import api as parties
from dgs.kernel import registry
from dgs.kernel.statements import Found

WORDS = SearchVector("subject", "body", config="simple")

ABOUT = Found(Message, "WHERE t.about = %s AND NOT t.is_secret ORDER BY t.id DESC")


def messages_about(about: str) -> list[Message]:
    """What was said about one thing, newest first, without secret messages."""
    return ABOUT.all([about])


def visible_to(access, permission: str = Permission.VIEW_OUTBOX) -> QuerySet[Message]:
    """The messages a member of staff may see (or do something with): those of the offices granted; never secret ones.

    A message carries no region, so a grant for a part of the region opens none.
    """
    return in_reach(access, permission).filter(is_secret=False)


def in_reach(access, permission: str = Permission.VIEW_OUTBOX) -> QuerySet[Message]:
    """The messages of the offices granted, secret ones too: of those only that they were sent may be shown."""
    return Message.objects.filter(access.where(permission, "office__id"))


def may(access, permission: str, message: Message) -> bool:
    """Whether the permission reaches this message; its `office` is asked for when it was not selected with it."""
    offices = access.offices_everywhere(permission)
    return offices is None or bool(message.office_id and message.office and message.office.pk in offices)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What somebody looks for among messages; empty is everything. Days are those of the region, `until` is the last one.

    `named` are the parties whose name the text may be (see `named`).
    """

    text: str = ""
    state: str = ""
    channel: str = ""
    kind: str = ""
    reason: str = ""
    office: str = ""
    since: date | None = None
    until: date | None = None
    named: tuple[int, ...] = ()


def offices_of(access, permission: str) -> tuple[bool, dict[str, str]]:
    """Whether the permission reaches every office, and the names of those it reaches, by slug; for rows without a region."""
    reach = access.offices_everywhere(permission)
    offices = Message._meta.get_field("office").related_model.objects.order_by("name")
    if reach is not None:
        offices = offices.filter(pk__in=reach)
    return reach is None, dict(offices.values_list("slug", "name"))


def named(text: str) -> tuple[int, ...]:
    """The parties whose name has words that begin with these; none when it is a number or an e-mail address."""
    return () if "@" in text or not any(c.isalpha() for c in text) else tuple(parties.parties_named(text))


def matching(messages: QuerySet[Message], asked: Asked) -> QuerySet[Message]:
    """Those that somebody looks for; what is no state, channel or kind narrows nothing."""
    choices = {
        "state": (Message.State, asked.state), "channel": (Message.Channel, asked.channel), "kind": (Message.Kind, asked.kind),
        "reason": (Message.Reason, asked.reason),
    }
    messages = messages.filter(**{name: value for name, (known, value) in choices.items() if value in known.values})
    if asked.office:
        messages = messages.filter(office=asked.office)
    if asked.since:
        messages = messages.filter(created_at__gte=begin_of(asked.since))
    if asked.until:
        messages = messages.filter(created_at__lt=begin_of(asked.until + timedelta(days=1)))
    text = " ".join(asked.text.replace("\x00", "").split())[:100]
    if not text:
        return messages
    try:
        return messages.filter(to=normalise_phone(text))
    except ValueError:
        pass
    if "@" in text:
        whole = messages.filter(to__in={text, text.lower()})
        return whole if whole.exists() else messages.filter(to__istartswith=text)
    # Each of these has its index. News are told to thousands in the same words, so that they are left out of those. A reference
    # stands as it is written; for words alone the index need not look at their order, which is dear when many messages have them.
    how = "phrase" if any(c.isdigit() for c in text) else "plain"
    wanted = Q(words=SearchQuery(text, config="simple", search_type=how)) & ~Q(kind=Message.Kind.NEWS)
    wanted |= Q(about__in=[text, *registry.abouts_of(text)])
    if asked.named:
        wanted |= Q(party_id__in=asked.named)
    return messages.annotate(words=WORDS).filter(wanted)


def begin_of(day: date) -> datetime:
    """Midnight in the region's zone."""
    return timezone.make_aware(datetime.combine(day, datetime.min.time()))


def dead_letters(messages: QuerySet[Message]) -> QuerySet[Message]:
    """Those that ended without having arrived, and wait for a person."""
    return messages.filter(state__in=Message.LOST)


def dead_by_reason(messages: QuerySet[Message]) -> list[dict]:
    """How many dead letters there are of each state and reason, the most first."""
    return list(
        dead_letters(messages).order_by().values("state", "reason", "channel").annotate(count=Count("pk")).order_by("-count")
    )


def inbound_visible_to(access) -> QuerySet[Inbound]:
    """What people wrote: it is no office's, so that only who may see the messages of all offices sees it."""
    is_all = access.offices_everywhere(Permission.VIEW_OUTBOX) is None
    return Inbound.objects.all() if is_all else Inbound.objects.none()


def page_of(about: str) -> tuple[str, str] | None:
    """What somebody sent, and the conversation in which it stands; a broadcast and its page; None for anything else."""
    kind, _colon, number = about.rpartition(":")
    pk = number_of(number)
    if pk is None or kind not in {"messaging.broadcast", "messaging.inbound"}:
        return None
    if kind == "messaging.broadcast":
        title = Broadcast.objects.filter(pk=pk).values_list("title", flat=True).first()
        return (title, reverse("messaging:broadcast", args=[pk])) if title else None
    known = Inbound.objects.filter(pk=pk).exclude(outcome=Inbound.Outcome.NO_NUMBER)
    number = known.values_list("number", flat=True).first()
    return (_("an SMS that came"), reverse("messaging:conversation", args=[number])) if number else None
