"""The audit table: rows chained by hash in lanes; append-only, guarded by a trigger (see migrations)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

LANES = 64


class Kind(models.TextChoices):
    """What a row tells of."""

    CHANGE = "change", _("change")
    READ = "read", _("reading of personal data")


class AuditRow(models.Model):
    """One act or one reading of personal data.

    Rows form several chains ("lanes") so that parallel transactions never wait for each other: within a lane
    `seq` counts 1, 2, 3 … and `digest` is an HMAC over every column of the row and the digest before it.
    """

    lane = models.SmallIntegerField()
    seq = models.BigIntegerField()
    at = models.DateTimeField()
    kind = models.CharField(max_length=8, choices=Kind.choices)
    action = models.CharField(max_length=80)
    actor = models.BigIntegerField(null=True)
    actor_name = models.CharField(max_length=200)
    subject = models.CharField(max_length=80, help_text='What it was done to, such as "cases.case:123".')
    person = models.BigIntegerField(null=True, help_text="The party whose personal data were touched.")
    office = models.CharField(max_length=60, blank=True)
    purpose = models.CharField(max_length=200, blank=True)
    facts = models.JSONField(default=dict)
    previous = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["lane", "seq"], name="audit_lane_seq")]
        indexes = [
            models.Index(fields=["-at", "-id"], name="audit_at"),
            models.Index(fields=["subject", "-at", "-id"], name="audit_subject"),
            models.Index(fields=["person", "-at", "-id"], name="audit_person"),
            models.Index(fields=["actor", "-at", "-id"], name="audit_actor"),
            models.Index(fields=["action", "-at", "-id"], name="audit_action"),
        ]


class AuditHead(models.Model):
    """The last row of each lane, sealed, so that rows cut off at the end of a chain are missed too.

    All lanes have their head from the first migration on (see chain.open_lanes): a lane without one was deleted.
    """

    lane = models.SmallIntegerField(primary_key=True)
    seq = models.BigIntegerField()
    digest = models.CharField(max_length=64)
    seal = models.CharField(max_length=64)
