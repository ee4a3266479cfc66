"""Whom a broadcast reaches: the audiences of all rooms within its regions, and messaging's own, subscribers of a topic."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from dgs.core.messaging.actions.dead import DEAD_AFTER
from dgs.core.messaging.models import Broadcast, Topic
from dgs.kernel import registry
from dgs.kernel.manifest import Audience


def _topics() -> list[tuple[str, str]]:
    return [(one.word, one.title) for one in Topic.objects.order_by("word")]


def _subscribers(word: str) -> tuple[str, list[Any]]:
    return (
        "SELECT s.channel, s.address, s.language, s.party_id, coalesce(s.region_id, p.region_id) AS region_id"
        " FROM messaging_subscription s JOIN messaging_topic t ON t.id = s.topic_id"
        " LEFT JOIN parties_party p ON p.id = s.party_id WHERE s.ended_at IS NULL AND t.word = %s",
        [word],
    )


SUBSCRIBERS = Audience(code="topic", title=_("Subscribers of a topic"), choices=_topics, select=_subscribers, is_anywhere=True)


def addressees(one: Broadcast) -> tuple[str, dict]:
    """A SELECT of whom a broadcast is for, each address once in each channel, and its parameters; `unwanted` is who wants no
    news by this way, `dead` an address that does not work."""
    selects, parameters = [], {
        "channels": one.channels, "codes": one.regions, "below": [f"{code}.%" for code in one.regions], "kind": one.kind,
        "dead_after": DEAD_AFTER,
    }
    for number, (code, value) in enumerate(one.audiences):
        audience = registry.audiences()[code]
        sql, values = audience.select(value)
        names = [f"a{number}_{n}" for n in range(len(values))]
        rows = sql % tuple(f"%({name})s" for name in names) if names else sql
        selects.append(
            f"(SELECT channel, address, language, party_id, region_id, {audience.is_anywhere} AS is_anywhere FROM ({rows}) t)"  # noqa: S608
        )
        parameters |= dict(zip(names, values, strict=True))
    where = "channel = ANY(%(channels)s)"
    if one.regions:
        # Who asked for a region around it hears of it too, and so does who named no place.
        where += (
            " AND (region_id IN (SELECT id FROM regions_region WHERE code = ANY(%(codes)s) OR code LIKE ANY(%(below)s)"
            " OR EXISTS (SELECT FROM unnest(%(codes)s::text[]) c WHERE c LIKE code || '.%%'))"
            " OR region_id IS NULL AND is_anywhere)"
        )
    return f"""
      SELECT people.*, %(kind)s = 'news' AND (
          EXISTS (SELECT FROM messaging_silence s WHERE s.address = people.address)
          OR EXISTS (SELECT FROM messaging_wish w WHERE w.party_id = people.party_id AND w.channel = people.channel
            AND w.kind = %(kind)s AND NOT w.is_wanted)) AS unwanted,
        people.channel = 'email' AND EXISTS (
          SELECT FROM messaging_deadaddress d WHERE d.address = people.address AND d.times >= %(dead_after)s) AS dead
      FROM (SELECT DISTINCT ON (channel, address) channel, address, language, party_id, region_id
        FROM ({" UNION ALL ".join(selects)}) everybody WHERE {where} ORDER BY channel, address, party_id) people
    """, parameters  # noqa: S608


def count_of(one: Broadcast) -> dict[str, int]:
    """How many a broadcast would reach now, by channel; under "" those it is for and does not reach, for they do not want it or
    their address does not work."""
    people, parameters = addressees(one)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT CASE WHEN unwanted OR dead THEN '' ELSE channel END, count(*) FROM ({people}) p GROUP BY 1", parameters  # noqa: S608
        )
        return dict(cursor.fetchall())
