"""What tests of handing over share: one pump that runs until nothing is to be done."""

from django.utils import timezone

from dgs.core.messaging.models import Message, Sender
from dgs.core.messaging.pump import Pump


def hand(found):
    """One pump, from its start until nothing is to be done; what waits for its next try is due at once."""
    Message.objects.filter(state="held").update(not_before=timezone.now())
    Sender.objects.update(shut_until=None)
    Pump().run(is_once=True)
    found.refresh_from_db()
    return found.state, found.reason
