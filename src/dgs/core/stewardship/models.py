"""Tables of corrections: what somebody wants the register to say, why, and what the owner of the attribute decided."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Correction(models.Model):
    """One attribute of one record as its person wants it; `wanted` is sealed. What the register said then is `before` (sealed).

    The office that owns the attribute decides within three days (UU 27/2022 article 30: three times 24 hours).
    """

    class Outcome(models.TextChoices):
        """What became of it; empty is not yet."""

        ACCEPTED = "accepted", _("accepted")
        REFUSED = "refused", _("refused")
        WITHDRAWN = "withdrawn", _("withdrawn")

    party = models.ForeignKey("parties.Party", on_delete=models.PROTECT, related_name="corrections")
    attribute = models.SlugField(max_length=30)
    wanted = models.TextField()
    before = models.TextField()
    reason = models.CharField(max_length=500)
    file_ids = models.JSONField(default=list, help_text="Evidence, kept by documents.")
    office = models.ForeignKey("organisations.Office", on_delete=models.PROTECT, related_name="+")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField()
    outcome = models.CharField(max_length=10, blank=True, choices=Outcome.choices)
    answer = models.CharField(max_length=500, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["office", "due_at"], name="correction_waiting", condition=Q(outcome="")),
            models.Index(fields=["party", "-id"], name="correction_of_party"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["party", "attribute"], condition=Q(outcome=""), name="correction_one_at_a_time"),
            models.CheckConstraint(
                condition=Q(outcome="", decided_at=None) | ~Q(outcome="") & Q(decided_at__isnull=False), name="correction_decided"
            ),
        ]
