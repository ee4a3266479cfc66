"""E-mail addresses from which messages came back for good; counted, heeded when something is said, forgotten when they work."""

from __future__ import annotations

from datetime import datetime

from django.db import connection, transaction

from dgs.core.messaging.models import DeadAddress
from dgs.kernel.statements import Statement

DEAD_AFTER = 2
# Asked for each e-mail.
DEAD = Statement("SELECT 1 FROM messaging_deadaddress WHERE address = %s AND times >= %s")


def came_back(address: str, *, detail: str, now: datetime) -> None:
    """Count that a message to this address came back for good."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO messaging_deadaddress AS d (address, times, first_at, last_at, detail) VALUES (%s, 1, %s, %s, %s)"
            " ON CONFLICT (address) DO UPDATE SET times = d.times + 1, last_at = EXCLUDED.last_at, detail = EXCLUDED.detail",
            [address, now, now, detail[:300]],
        )


def is_dead(address: str) -> bool:
    """Whether so many messages came back from it that nothing but codes is written to it."""
    return DEAD.one([address, DEAD_AFTER]) is not None


@transaction.atomic
def address_works(*, address: str) -> None:
    """Something arrived there, or its holder confirmed it anew: it is written to again."""
    DeadAddress.objects.filter(address=address).delete()
