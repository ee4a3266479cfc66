"""Tables of the messaging room, by what they are about; nothing is decided here."""

from dgs.core.messaging.models.inbound import Conversation, Inbound
from dgs.core.messaging.models.outbox import Attempt, Message, Receipt
from dgs.core.messaging.models.reaching import DeadAddress, PushKey, Subscription
from dgs.core.messaging.models.senders import OfficeCap, Sender, SenderMinute, Usage
from dgs.core.messaging.models.wishes import Silence, Wish

__all__ = [
    "Attempt", "Conversation", "DeadAddress", "Inbound", "Message", "OfficeCap", "PushKey", "Receipt", "Sender", "SenderMinute",
    "Silence", "Subscription", "Usage", "Wish",
]
