"""Tables of the messaging room, by what they are about; nothing is decided here."""

from dgs.core.messaging.models.broadcasts import Broadcast, Subscription, Topic
from dgs.core.messaging.models.inbound import Conversation, Inbound
from dgs.core.messaging.models.outbox import Attempt, Message, Receipt
from dgs.core.messaging.models.reaching import DeadAddress, PushKey, PushSubscription
from dgs.core.messaging.models.reminders import Reminder, ReminderStep
from dgs.core.messaging.models.senders import OfficeCap, Sender, SenderMinute, Usage
from dgs.core.messaging.models.wishes import Silence, Wish

__all__ = [
    "Attempt", "Broadcast", "Conversation", "DeadAddress", "Inbound", "Message", "OfficeCap", "PushKey", "PushSubscription",
    "Receipt", "Reminder", "ReminderStep", "Sender", "SenderMinute", "Silence", "Subscription", "Topic", "Usage", "Wish",
]
