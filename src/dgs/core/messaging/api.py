"""The door of the messaging room: say something, what is known of it, what SMS commands get and answer, and the worker."""

from dgs.core.messaging.actions.bounces import take_bounce
from dgs.core.messaging.actions.dead import address_works
from dgs.core.messaging.actions.saying import say
from dgs.core.messaging.addresses import mask_address, normalise_email, normalise_phone
from dgs.core.messaging.commands import Answer, Sms
from dgs.core.messaging.queries import messages_about
from dgs.core.messaging.segments import segments


def work(*, concurrency: int, is_once: bool = False) -> bool:
    """See worker.py, which is loaded by whoever is a worker only."""
    from dgs.core.messaging import worker

    return worker.work(concurrency=concurrency, is_once=is_once)


__all__ = [
    "Answer", "Sms", "address_works", "mask_address", "messages_about", "normalise_email", "normalise_phone", "say", "segments",
    "take_bounce", "work",
]
