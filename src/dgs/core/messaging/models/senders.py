"""Tables of those who carry messages out: how each is doing, what was spent through it, and what an office may send a day."""

import json

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from dgs.core.messaging.models.outbox import Message
from dgs.kernel.protection import decrypt, encrypt


class Sender(models.Model):
    """One way out of one channel: a gateway, a mail server, an account at an aggregator.

    `weight` is what the region wishes, `share` (0.05 to 1) what is left of it after errors and slowness; together they divide
    the channel. After failures in a row nothing is handed to it until `shut_until`.
    """

    name = models.SlugField(max_length=30, unique=True)
    title = models.CharField(max_length=80)
    channel = models.CharField(max_length=8, choices=Message.Channel.choices)
    kind = models.CharField(max_length=20, help_text="Which program talks to it; see senders/.")
    sealed = models.TextField(blank=True, help_text="Its parameters as sealed JSON.")
    is_on = models.BooleanField(default=True)
    weight = models.SmallIntegerField(default=10)
    window = models.SmallIntegerField(default=4, help_text="How many messages go over the wire at once, for each worker.")
    prices = models.JSONField(default=dict, help_text='Rupiah for a part by operator; "" is for all others.')
    share = models.FloatField(default=1.0)
    failures = models.IntegerField(default=0, help_text="In a row.")
    shut_until = models.DateTimeField(null=True)
    shut_times = models.SmallIntegerField(default=0, help_text="In a row; each is twice as long.")
    judged_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(weight__gte=0, weight__lte=100), name="sender_weight"),
            models.CheckConstraint(condition=Q(window__gte=1, window__lte=64), name="sender_window"),
            models.CheckConstraint(condition=Q(share__gte=0.05, share__lte=1), name="sender_share"),
        ]

    def __str__(self):
        return self.title

    @property
    def parameters(self) -> dict[str, str]:
        """What its program needs: addresses, accounts, passwords."""
        return json.loads(decrypt(self.sealed)) if self.sealed else {}

    @parameters.setter
    def parameters(self, values: dict[str, str]) -> None:
        self.sealed = encrypt(json.dumps(values)) if values else ""


class SenderMinute(models.Model):
    """How a sender did within one minute."""

    sender = models.ForeignKey(Sender, on_delete=models.CASCADE, related_name="minutes")
    minute = models.DateTimeField()
    handed = models.IntegerField(default=0)
    refused = models.IntegerField(default=0)
    troubled = models.IntegerField(default=0, help_text="Not reached, or broken off.")
    milliseconds = models.BigIntegerField(default=0, help_text="Of all together.")
    share = models.FloatField(default=1.0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["sender", "minute"], name="senderminute_once")]
        indexes = [models.Index(fields=["minute"], name="senderminute_at")]


class Usage(models.Model):
    """What was handed over on one day in an office's name through one sender to one operator, and what it costs."""

    day = models.DateField()
    office = models.CharField(max_length=60, blank=True)
    sender = models.ForeignKey(Sender, on_delete=models.PROTECT, related_name="+")
    operator = models.CharField(max_length=20, blank=True)
    messages = models.IntegerField(default=0)
    parts = models.IntegerField(default=0)
    cost = models.DecimalField(max_digits=14, decimal_places=2, default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["day", "office", "sender", "operator"], name="usage_once")]


class OfficeCap(models.Model):
    """How many messages of a channel an office may send a day; codes, answers and emergencies are not counted against it."""

    office = models.CharField(max_length=60)
    channel = models.CharField(max_length=8, choices=Message.Channel.choices)
    per_day = models.PositiveIntegerField()

    class Meta:
        verbose_name = _("daily cap")
        constraints = [models.UniqueConstraint(fields=["office", "channel"], name="officecap_once")]
