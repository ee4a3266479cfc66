"""What a signed-in person was told: the same rows that went out by SMS and e-mail, never secret ones.

Nothing is doubled for the account: a message belongs to whose party it names. Who loses a telephone finds everything here.
"""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q, QuerySet

from dgs.core.messaging.models import Message

# Each said more fully than the one before; of what was said of one thing at one time by several, the fullest is shown.
FULLNESS = {"push": 0, "whatsapp": 1, "sms": 2, "email": 3, "app": 4}
MOST_COUNTED = 100


def own(user) -> QuerySet[Message]:
    """The messages to this person, each thing once: also what was switched off, but no codes, no answers to the person's own SMS
    and nothing that was withdrawn."""
    whose = Q(channel="app", to=str(user.pk))
    if user.party_id is not None:
        whose |= Q(party=user.party_id)
    found = Message.objects.filter(whose, is_secret=False).exclude(kind__in=["code", "reply"]).exclude(reason="withdrawn")
    found = found.exclude(channel="push")
    fuller = Message.objects.filter(
        ~Q(about=""), about=OuterRef("about"), created_at=OuterRef("created_at"), party=OuterRef("party"), is_secret=False,
    ).exclude(reason="withdrawn")
    for channel in ("whatsapp", "sms", "email"):
        better = [other for other, rank in FULLNESS.items() if rank > FULLNESS[channel]]
        found = found.exclude(Q(Exists(fuller.filter(channel__in=better))), channel=channel)
    return found


def unread_of(user) -> int:
    """How many of them were not opened yet; more than a hundred are not counted."""
    return own(user).filter(opened_at=None)[: MOST_COUNTED].count()
