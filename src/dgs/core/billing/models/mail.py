"""Table of e-mails with which payers confirm transfers: that each is taken once, and whom we answered; not their text."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from dgs.core.billing.models.decisions import Confirmation


class ReceivedMail(models.Model):
    """An e-mail that was taken out of the folder. `key` (of Message-ID, sender and words) makes the same e-mail twice one.

    The address is kept as a keyed hash only: enough to answer a sender not too often. The e-mail itself stays a file.
    """

    class Outcome(models.TextChoices):
        """What became of it."""

        TAKEN = "taken", _("taken down")
        MISSING = "missing", _("something is missing")
        REFUSED = "refused", _("not taken down")
        AUTOMATIC = "automatic", _("written by a program")

    key = models.CharField(max_length=64, unique=True)
    sender = models.CharField(max_length=64, blank=True)
    at = models.DateTimeField()
    outcome = models.CharField(max_length=9, choices=Outcome.choices)
    said = models.CharField(max_length=1000, blank=True, help_text="The reason, as it stands beside the file.")
    confirmation = models.ForeignKey(Confirmation, null=True, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["answered_at"], name="receivedmail_answered", condition=models.Q(answered_at__isnull=False)),
            models.Index(
                fields=["sender", "answered_at"], name="receivedmail_sender", condition=models.Q(answered_at__isnull=False)
            ),
        ]
