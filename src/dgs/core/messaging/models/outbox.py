"""Tables of the outbox: messages, each attempt to hand one over, and each receipt; a message's state is the sum of them."""

import random

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


def a_draw() -> float:
    """A number from 0 up to 1."""
    return random.random()  # noqa: S311 - nothing secret hangs on it


class Message(models.Model):
    """One message to one address. `key` makes saying the same thing twice impossible.

    `state` is the sum of attempts and receipts (line.py, actions/receipts.py): "handed" means that the provider took it,
    "delivered" that it arrived, "uncertain" that a hand-over began and nobody knows how it ended. Such a message is never sent
    again by itself; a person may.
    """

    class Channel(models.TextChoices):
        """By what it goes."""

        SMS = "sms", "SMS"
        EMAIL = "email", _("E-mail")
        APP = "app", _("In the account")
        PUSH = "push", _("Notice of the browser")
        WHATSAPP = "whatsapp", "WhatsApp"

    class Kind(models.TextChoices):
        """What it is for: decides what goes first, what waits for the morning and what a person may switch off."""

        EMERGENCY = "emergency", _("emergency")
        CODE = "code", _("one-time code")
        REPLY = "reply", _("answer to an SMS")
        MATTER = "matter", _("a matter of yours")
        MONEY = "money", _("bills and payments")
        REMINDER = "reminder", _("reminder")
        NEWS = "news", _("news")

    class State(models.TextChoices):
        """Where a message stands."""

        QUEUED = "queued", _("waiting to be sent")
        HELD = "held", _("waiting for its time")
        GOING = "going", _("being handed over")
        HANDED = "handed", _("handed over")
        DELIVERED = "delivered", _("delivered")
        FAILED = "failed", _("not sent")
        EXPIRED = "expired", _("not delivered in time")
        UNCERTAIN = "uncertain", _("uncertain")
        STOPPED = "stopped", _("not to be sent")

    # Ended without having arrived, as far as is known; a person may send it again.
    LOST = (State.FAILED, State.EXPIRED, State.UNCERTAIN)

    class Reason(models.TextChoices):
        """Why a message was not sent, or not yet."""

        ADDRESS = "address", _("The address cannot receive messages.")
        UNCONFIGURED = "unconfigured", _("No sender is set up for this channel. Ask the administrator.")
        REFUSED = "refused", _("The sender's provider refused it.")
        GAVE_UP = "gave-up", _("The provider could not be reached for too long.")
        BROKEN_OFF = "broken-off", _("The hand-over broke off; it may or may not have arrived.")
        UNDELIVERABLE = "undeliverable", _("The network could not deliver it.")
        BOUNCED = "bounced", _("The mail server of the addressee sent it back.")
        DEAD = "dead", _("Messages to this address came back twice; it must be confirmed anew.")
        UNWANTED = "unwanted", _("The addressee does not want messages of this kind.")
        WITHDRAWN = "withdrawn", _("Its broadcast was stopped before it was sent.")
        QUIET = "quiet", _("It waits for the morning: nobody is woken at night.")
        CAPPED = "capped", _("The office has sent as many as it may today; it goes out tomorrow.")
        PAUSE = "pause", _("The provider was not reached; it is tried again soon.")

    key = models.CharField(max_length=120, unique=True)
    channel = models.CharField(max_length=8, choices=Channel.choices)
    kind = models.CharField(max_length=9, choices=Kind.choices, default=Kind.MATTER)
    urgency = models.SmallIntegerField(default=3, help_text="0 goes first; follows from the kind.")
    to = models.CharField(max_length=254)
    party = models.ForeignKey("parties.Party", null=True, on_delete=models.PROTECT)
    language = models.CharField(max_length=2, default="id")
    subject = models.CharField(max_length=200, blank=True)
    body = models.TextField()
    about = models.CharField(max_length=80, blank=True, help_text='What it is about, such as "cases.case:123".')
    # No constraint: a message outlives what it names, and the outbox must not fail because of an office's slug.
    office = models.ForeignKey(
        "organisations.Office", to_field="slug", db_column="office", null=True, db_constraint=False,
        on_delete=models.DO_NOTHING, related_name="+", help_text="In whose name it is said.",
    )
    is_secret = models.BooleanField(default=False, help_text="Holds a one-time code: never shown to staff.")
    created_at = models.DateTimeField()
    digest = models.CharField(
        max_length=32, blank=True, help_text="Of address, matter, words and the ten minutes: stops accidental doubles."
    )
    sender = models.ForeignKey(
        "messaging.Sender", null=True, on_delete=models.PROTECT, related_name="+",
        help_text="It must go through this one, as the answer to an SMS does; else the draw decides.",
    )
    draw = models.FloatField(default=a_draw, help_text="0 to 1: in whose stretch of the channel's line it falls.")
    not_before = models.DateTimeField(null=True)
    state = models.CharField(max_length=10, default=State.QUEUED, choices=State.choices)
    reason = models.CharField(max_length=13, blank=True, choices=Reason.choices)
    opened_at = models.DateTimeField(null=True, help_text="When its reader opened it in the account.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["digest"], condition=~Q(digest=""), name="message_digest")]
        indexes = [
            models.Index(fields=["party", "-id"], condition=Q(is_secret=False), name="message_party"),
            models.Index(fields=["about"], name="message_about"),
            models.Index(fields=["-created_at"], name="message_at"),
            models.Index(fields=["state", "-id"], name="message_state"),
            models.Index(fields=["to", "-id"], name="message_to"),
            models.Index(fields=["channel", "urgency", "id"], condition=Q(state="queued"), name="message_line"),
            models.Index(fields=["not_before"], condition=Q(state="held"), name="message_held"),
            models.Index(fields=["id"], condition=Q(state="going"), name="message_going"),
            GinIndex(SearchVector("subject", "body", config="simple"), name="message_words", condition=~Q(kind="news")),
        ]

    def __str__(self):
        return f"message {self.pk}"


class Attempt(models.Model):
    """One try to hand a message to a sender: begun, then ended with what the provider said, or never ended."""

    class Outcome(models.TextChoices):
        """How a try ended; an empty outcome is a try that never ended."""

        HANDED = "handed", _("taken by the provider")
        REFUSED = "refused", _("refused")
        LATER = "later", _("not reached, to be tried again")
        UNSURE = "unsure", _("broken off")

    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="attempts")
    number = models.SmallIntegerField()
    sender = models.ForeignKey("messaging.Sender", null=True, on_delete=models.PROTECT, related_name="+")
    provider = models.CharField(max_length=30, help_text="The sender's name at that time.")
    pump = models.CharField(max_length=32, blank=True, help_text="Which process tried.")
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=10, blank=True, choices=Outcome.choices)
    detail = models.CharField(max_length=300, blank=True)
    gateway_id = models.CharField(max_length=100, blank=True, help_text="What the provider calls it in its receipts.")
    parts = models.SmallIntegerField(default=0, help_text="What is paid for; 0 until it was taken.")
    cost = models.DecimalField(max_digits=10, decimal_places=2, default=0, help_text="Rupiah.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["message", "number"], name="attempt_once")]
        indexes = [
            models.Index(fields=["sender", "gateway_id"], condition=~Q(gateway_id=""), name="attempt_gateway_id"),
            models.Index(fields=["pump"], condition=Q(ended_at=None), name="attempt_open"),
        ]


class Receipt(models.Model):
    """What a provider said of an attempt afterwards; late or twenty times, each thing is written down once."""

    class Said(models.TextChoices):
        """What it says."""

        ACCEPTED = "accepted", _("on its way")
        DELIVERED = "delivered", _("delivered")
        READ = "read", _("read")
        FAILED = "failed", _("not delivered")
        EXPIRED = "expired", _("not delivered in time")
        BOUNCED = "bounced", _("sent back")

    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, related_name="receipts")
    said = models.CharField(max_length=10, choices=Said.choices)
    detail = models.CharField(max_length=300, blank=True)
    received_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["attempt", "said"], name="receipt_once")]
