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


class Batch(models.Model):
    """Rows of all lanes that were sealed together, chained to the batch before: the one chain of the instance."""

    number = models.BigIntegerField(primary_key=True)
    sealed_at = models.DateTimeField()
    rows = models.BigIntegerField()
    total = models.BigIntegerField(help_text="Rows of this batch and of all before it.")
    root = models.CharField(max_length=64)
    previous = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)


class Part(models.Model):
    """What one batch holds of one lane: rows `first` to `last`; `rows` is less only where rows were gone when it was sealed."""

    batch = models.ForeignKey(Batch, on_delete=models.DO_NOTHING, related_name="parts", db_index=False)
    lane = models.SmallIntegerField()
    first = models.BigIntegerField()
    last = models.BigIntegerField()
    rows = models.BigIntegerField()
    root = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["batch", "lane"], name="audit_part_once"),
            models.UniqueConstraint(fields=["lane", "first"], name="audit_part_place"),
        ]


class DayRoot(models.Model):
    """What is published of a day: the digest of its last batch."""

    day = models.DateField(primary_key=True)
    batch = models.ForeignKey(Batch, on_delete=models.DO_NOTHING, related_name="+", db_index=False)
    digest = models.CharField(max_length=64)
    rows = models.BigIntegerField(help_text="Rows since the beginning.")
    published_at = models.DateTimeField()


class TimeStamp(models.Model):
    """The word of an outside authority (RFC 3161) that a day's root was there at that time."""

    root = models.OneToOneField(DayRoot, primary_key=True, on_delete=models.DO_NOTHING, related_name="stamp")
    token = models.BinaryField()
    authority = models.CharField(max_length=200)
    stamped_at = models.DateTimeField(help_text="The time that the authority names.")
    received_at = models.DateTimeField()
