"""Tables of the outbox: messages and each attempt to hand one over; what is known is the sum of the attempts."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Message(models.Model):
    """One message to one address. `key` makes saying the same thing twice impossible."""

    key = models.CharField(max_length=120, unique=True)
    channel = models.CharField(max_length=5, choices=[("sms", "SMS"), ("email", "E-mail")])
    to = models.CharField(max_length=254)
    party = models.ForeignKey("parties.Party", null=True, on_delete=models.PROTECT)
    language = models.CharField(max_length=2, default="id")
    subject = models.CharField(max_length=200, blank=True)
    body = models.TextField()
    about = models.CharField(max_length=80, blank=True, help_text='What it is about, such as "cases.case:123".')
    office = models.CharField(max_length=60, blank=True)
    is_secret = models.BooleanField(default=False, help_text="Holds a one-time code: never shown to staff.")
    created_at = models.DateTimeField()
    state = models.CharField(
        max_length=10,
        default="queued",
        choices=[("queued", _("queued")), ("handed", _("handed over")), ("failed", _("failed")),
                 ("uncertain", _("uncertain"))],
    )

    class Meta:
        indexes = [models.Index(fields=["about"], name="message_about"), models.Index(fields=["-created_at"], name="message_at")]


class Attempt(models.Model):
    """One try to hand a message to a provider: begun, then ended with what the provider said, or never ended."""

    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="attempts")
    number = models.SmallIntegerField()
    provider = models.CharField(max_length=30)
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=10, blank=True)
    detail = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["message", "number"], name="attempt_once")]
