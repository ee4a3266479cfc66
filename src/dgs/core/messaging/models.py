"""Tables of the outbox: messages and each attempt to hand one over; what is known is the sum of the attempts."""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.db import models
from django.utils.translation import gettext_lazy as _


class Message(models.Model):
    """One message to one address. `key` makes saying the same thing twice impossible.

    `state` is the sum of the attempts: "handed" means that the provider took it, "uncertain" that a hand-over began
    and nobody knows how it ended. Such a message is never sent again by itself; a person may.
    """

    class State(models.TextChoices):
        """Where a message stands."""

        QUEUED = "queued", _("waiting to be sent")
        HANDED = "handed", _("handed over")
        FAILED = "failed", _("not sent")
        UNCERTAIN = "uncertain", _("uncertain")

    class Reason(models.TextChoices):
        """Why a message was not sent."""

        ADDRESS = "address", _("The address cannot receive messages.")
        UNCONFIGURED = "unconfigured", _("No sender is set up for this channel. Ask the administrator.")
        REFUSED = "refused", _("The sender's provider refused it.")
        GAVE_UP = "gave-up", _("The provider could not be reached for too long.")
        BROKEN_OFF = "broken-off", _("The hand-over broke off; it may or may not have arrived.")

    key = models.CharField(max_length=120, unique=True)
    channel = models.CharField(max_length=5, choices=[("sms", "SMS"), ("email", "E-mail")])
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
    state = models.CharField(max_length=10, default=State.QUEUED, choices=State.choices)
    reason = models.CharField(max_length=12, blank=True, choices=Reason.choices)

    class Meta:
        indexes = [
            models.Index(fields=["about"], name="message_about"),
            models.Index(fields=["-created_at"], name="message_at"),
            models.Index(fields=["state", "-id"], name="message_state"),
            models.Index(fields=["to", "-id"], name="message_to"),
            GinIndex(SearchVector("subject", "body", config="simple"), name="message_words"),
        ]

    def __str__(self):
        return f"message {self.pk}"


class Attempt(models.Model):
    """One try to hand a message to a provider: begun, then ended with what the provider said, or never ended."""

    class Outcome(models.TextChoices):
        """How a try ended; an empty outcome is a try that never ended."""

        HANDED = "handed", _("taken by the provider")
        REFUSED = "refused", _("refused")
        LATER = "later", _("not reached, to be tried again")
        UNSURE = "unsure", _("broken off")

    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="attempts")
    number = models.SmallIntegerField()
    provider = models.CharField(max_length=30)
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=10, blank=True, choices=Outcome.choices)
    detail = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["message", "number"], name="attempt_once")]
