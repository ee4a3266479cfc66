"""The demo's sender: its page is the telephone and the mailbox, so that a message in it has arrived."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from dgs.core.messaging.models import Message
from dgs.core.messaging.senders.talking import Ended, Outcome, Talker


class Handset(Talker):
    """Nothing leaves the database."""

    code, title, channel = "handset", _("Phone and mailbox of the demo"), ""

    def hand(self, message: Message, attempt_id: int) -> Ended:
        """It is there."""
        return Ended(Outcome.HANDED, has_arrived=True)
