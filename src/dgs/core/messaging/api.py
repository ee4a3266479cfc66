"""The door of the messaging room: say something to somebody, and what the outbox knows of it."""

from dgs.core.messaging.actions import say
from dgs.core.messaging.addresses import mask_address, normalise_email, normalise_phone
from dgs.core.messaging.queries import messages_about
from dgs.core.messaging.segments import segments

__all__ = ["mask_address", "messages_about", "normalise_email", "normalise_phone", "say", "segments"]
