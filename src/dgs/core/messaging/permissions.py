"""The permissions of the messaging room; who holds them is data of the access room."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Permission(TextChoices):
    """What a person may do with the outbox."""

    VIEW_OUTBOX = "messaging.view_outbox", _("See messages sent")
    RESEND = "messaging.resend", _("Send a message again")
    BROADCAST = "messaging.broadcast", _("Send messages to many people")
    BROADCAST_EMERGENCY = "messaging.broadcast_emergency", _("Send emergency messages")
    MANAGE_REMINDERS = "messaging.manage_reminders", _("See and make reminders")
    ANSWER = "messaging.answer", _("Answer people by SMS")
    MANAGE_SENDERS = "messaging.manage_senders", _("Set up senders of messages and daily caps")
