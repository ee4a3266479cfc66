"""Tables of what people do not want: kinds of messages switched off by a person, and numbers that said STOP."""

from django.db import models

from dgs.core.messaging.models.outbox import Message


class Wish(models.Model):
    """A kind of message that a person switched off (or on again) for a channel; no row is wanted."""

    party = models.ForeignKey("parties.Party", on_delete=models.PROTECT, related_name="+")
    channel = models.CharField(max_length=8, choices=Message.Channel.choices)
    kind = models.CharField(max_length=9, choices=Message.Kind.choices)
    is_wanted = models.BooleanField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["party", "channel", "kind"], name="wish_once")]


class Silence(models.Model):
    """An address that said STOP: it gets no news and no reminders, whoever it belongs to, until it says MULAI."""

    address = models.CharField(max_length=254, primary_key=True)
    since = models.DateTimeField()
