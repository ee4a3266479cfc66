"""Those whom a broadcast can be sent to that messaging knows by itself: subscribers of a topic."""

from __future__ import annotations

from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from dgs.core.messaging.models import Topic
from dgs.kernel.manifest import Audience


def _topics() -> list[tuple[str, str]]:
    is_english = (get_language() or "id").startswith("en")
    return [(one.word, one.title_en if is_english else one.title_id) for one in Topic.objects.order_by("word")]


def _subscribers(word: str) -> tuple[str, list[Any]]:
    return (
        "SELECT s.channel, s.address, s.language, s.party_id, coalesce(s.region_id, p.region_id) AS region_id"
        " FROM messaging_subscription s JOIN messaging_topic t ON t.id = s.topic_id"
        " LEFT JOIN parties_party p ON p.id = s.party_id WHERE s.ended_at IS NULL AND t.word = %s",
        [word],
    )


SUBSCRIBERS = Audience(code="topic", title=_("Subscribers of a topic"), choices=_topics, select=_subscribers)
