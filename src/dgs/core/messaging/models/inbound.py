"""Tables of what people send: each SMS as the gateway brought it, and the conversation that a number is in."""

import json

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from dgs.kernel.protection import decrypt, encrypt


class Inbound(models.Model):
    """One SMS from outside, written down under the gateway's own number before anything is done with it."""

    class Outcome(models.TextChoices):
        """What was done with it; empty is not yet."""

        ANSWERED = "answered", _("answered")
        UNKNOWN = "unknown", _("not understood, help was sent")
        IGNORED = "ignored", _("not answered: too many from this number")
        NO_NUMBER = "no-number", _("not answered: its sender is not a telephone number")
        BROKEN = "broken", _("could not be worked on")

    sender = models.ForeignKey("messaging.Sender", on_delete=models.PROTECT, related_name="+", help_text="Through which it came.")
    gateway_id = models.CharField(max_length=100)
    number = models.CharField(max_length=32, help_text="Who sent it, as 62…; or what the gateway said.")
    to = models.CharField(max_length=32, blank=True)
    text = models.TextField(blank=True)
    received_at = models.DateTimeField()
    handled_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=10, blank=True, choices=Outcome.choices)
    word = models.CharField(max_length=20, blank=True, help_text="The command it was taken for.")
    is_secret = models.BooleanField(default=False, help_text="Holds a PIN, a code or an identity number: never shown.")
    sealed = models.TextField(blank=True, help_text="The text of a secret one, sealed, until it was handled.")
    party = models.ForeignKey("parties.Party", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["sender", "gateway_id"], name="inbound_once")]
        indexes = [
            models.Index(fields=["number", "-id"], name="inbound_number"),
            models.Index(fields=["-received_at"], name="inbound_at"),
            models.Index(fields=["id"], condition=Q(handled_at=None), name="inbound_waiting"),
        ]


class Conversation(models.Model):
    """What a number was asked last, and until when it is remembered; one at a time."""

    number = models.CharField(max_length=16, primary_key=True)
    word = models.CharField(max_length=20, help_text="The command that asks.")
    sealed = models.TextField(help_text="What is known so far, as sealed JSON.")
    question = models.TextField()
    language = models.CharField(max_length=2, default="id")
    is_secret = models.BooleanField(default=False, help_text="What is answered next is never shown.")
    is_prose = models.BooleanField(default=False, help_text="A sentence is asked for, which may begin with any word.")
    answers = models.SmallIntegerField(default=0, help_text="How many were given so far.")
    until = models.DateTimeField()

    @property
    def known(self) -> dict:
        """What the command wants to remember."""
        return json.loads(decrypt(self.sealed))

    @known.setter
    def known(self, values: dict) -> None:
        self.sealed = encrypt(json.dumps(values))
