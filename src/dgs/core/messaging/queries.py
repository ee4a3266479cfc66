"""Reading the outbox: which messages a person may see, and finding one; nothing is changed here."""

from __future__ import annotations

from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db.models import Q, QuerySet

from dgs.core.messaging.addresses import normalise_phone
from dgs.core.messaging.models import Message
from dgs.core.messaging.permissions import Permission
from dgs.kernel.statements import Found

ABOUT = Found(Message, "WHERE t.about = %s AND NOT t.is_secret ORDER BY t.id DESC")


def messages_about(about: str) -> list[Message]:
    """What was said about one thing, newest first, without secret messages."""
    return ABOUT.all([about])


def visible_to(access) -> QuerySet[Message]:
    """The messages a member of staff may see: those of the offices granted; never secret ones.

    A message carries no region, so a grant for a part of the region opens none.
    """
    messages = Message.objects.filter(is_secret=False)
    offices = access.offices_everywhere(Permission.VIEW_OUTBOX)
    return messages if offices is None else messages.filter(office__id__in=offices)


def found(messages: QuerySet[Message], *, text: str = "", state: str = "", channel: str = "") -> QuerySet[Message]:
    """Narrow by state, channel and words: a number, an e-mail address (or its beginning), a reference in the text."""
    if state in Message.State.values:
        messages = messages.filter(state=state)
    if channel in {"sms", "email"}:
        messages = messages.filter(channel=channel)
    text = " ".join(text.replace("\x00", "").split())[:100]
    if not text:
        return messages
    try:
        return messages.filter(to=normalise_phone(text))
    except ValueError:
        pass
    if "@" in text:
        return messages.filter(to__istartswith=text)
    words = Q(words=SearchQuery(text, config="simple", search_type="phrase"))
    return messages.annotate(words=SearchVector("subject", "body", config="simple")).filter(words | Q(about=text))
