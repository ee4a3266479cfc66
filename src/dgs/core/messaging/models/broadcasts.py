"""Tables of broadcasts: one text to many people, topics they can subscribe to, and who did; its messages are in the outbox."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from dgs.core.messaging.models.outbox import Message


class Topic(models.Model):
    """Something people can subscribe to, such as flood warnings; `word` is what they write by SMS."""

    word = models.CharField(max_length=12, unique=True)
    title_id = models.CharField(max_length=80)
    title_en = models.CharField(max_length=80)
    is_open = models.BooleanField(default=True)

    def __str__(self):
        return self.title_id

    @property
    def title(self) -> str:
        """In the language of whoever reads."""
        return self.title_en if (get_language() or "id").startswith("en") else self.title_id


class Subscription(models.Model):
    """An address that wants to hear of a topic; ended ones stay, so that one can be shown when it was asked for."""

    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, related_name="subscriptions")
    channel = models.CharField(max_length=8, choices=Message.Channel.choices)
    address = models.CharField(max_length=254)
    language = models.CharField(max_length=2, default="id")
    region = models.ForeignKey("regions.Region", null=True, on_delete=models.PROTECT, related_name="+")
    party = models.ForeignKey("parties.Party", null=True, on_delete=models.PROTECT, related_name="+")
    since = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["topic", "channel", "address"], condition=Q(ended_at=None), name="subscription_once")
        ]


class Broadcast(models.Model):
    """One text to all people of some audiences within some regions. Its messages are about "messaging.broadcast:<id>"."""

    class State(models.TextChoices):
        """Where it stands."""

        DRAFT = "draft", _("draft")
        QUEUING = "queuing", _("being queued")
        SENDING = "sending", _("being sent")
        STOPPED = "stopped", _("stopped")

    office = models.ForeignKey("organisations.Office", null=True, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(
        max_length=9, default=Message.Kind.NEWS,
        choices=[(kind.value, kind.label) for kind in (Message.Kind.NEWS, Message.Kind.EMERGENCY)],
    )
    title = models.CharField(max_length=120, help_text="For staff, and the subject of an e-mail.")
    text_id = models.TextField()
    text_en = models.TextField(blank=True, help_text="Empty: everybody gets the Indonesian text.")
    channels = models.JSONField(default=list)
    audiences = models.JSONField(default=list, help_text='Such as [["everyone", ""], ["topic", "BANJIR"]].')
    regions = models.JSONField(default=list, help_text="Codes; none is everywhere.")
    state = models.CharField(max_length=8, choices=State.choices, default=State.DRAFT)
    created_at = models.DateTimeField()
    begun_at = models.DateTimeField(null=True)
    queued_at = models.DateTimeField(null=True)
    total = models.IntegerField(null=True, help_text="How many messages were queued.")
    stopped_at = models.DateTimeField(null=True)
    stopped_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    def __str__(self):
        return self.title

    @property
    def about(self) -> str:
        """What its messages are about."""
        return f"messaging.broadcast:{self.pk}"
