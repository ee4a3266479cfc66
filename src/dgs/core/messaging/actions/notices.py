"""Browsers that take notices: a person switches them on and off, and what is said to that person is noticed there too."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth import get_user_model
from django.db import transaction

from dgs.core.messaging.models import Message, PushSubscription
from dgs.core.messaging.webpush import checked
from dgs.kernel.statements import Statement

# Browsers of one account; the eleventh takes the place of the oldest.
MOST = 10
# Asked for each message to a person.
OF_ACCOUNT = Statement("SELECT user_id, language FROM messaging_pushsubscription WHERE user_id = %s ORDER BY id")
OF_PARTY = Statement("SELECT user_id, language FROM messaging_pushsubscription WHERE party_id = %s ORDER BY id")


@transaction.atomic
def subscribe(*, user, endpoint: object, key: object, auth: object, language: str, now: datetime) -> PushSubscription:
    """This browser takes notices for this account from now on, whoever's they were before; NoSubscription when it cannot."""
    where, point, shared = checked(endpoint, key, auth)
    # One at a time for each account, so that two at once do not both find room.
    get_user_model().objects.select_for_update().get(pk=user.pk)
    row, _new = PushSubscription.objects.update_or_create(
        endpoint=where,
        defaults={"user": user, "party_id": user.party_id, "key": point, "auth": shared, "language": language[:2], "since": now},
    )
    mine = PushSubscription.objects.filter(user=user).order_by("-since", "-pk")
    PushSubscription.objects.filter(pk__in=list(mine.values_list("pk", flat=True)[MOST:])).delete()
    return row


@transaction.atomic
def unsubscribe(*, user, endpoint: str | None = None) -> int:
    """No more notices to this browser of the account, or to all of them; how many took them."""
    mine = PushSubscription.objects.filter(user=user)
    return (mine if endpoint is None else mine.filter(endpoint=endpoint)).delete()[0]


def accounts_noticed(message: Message) -> list[tuple[int, str]]:
    """The accounts whose browsers take notices of this message, with the language of each."""
    if message.channel == Message.Channel.APP:
        found = OF_ACCOUNT.all([int(message.to)]) if message.reason != Message.Reason.ADDRESS else []
    else:
        found = OF_PARTY.all([message.party_id]) if message.party_id is not None else []
    return sorted(dict(found).items())
