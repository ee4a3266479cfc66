"""Tables of what people are to be reminded of: the thing, the day it falls due, and each step that was taken."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Reminder(models.Model):
    """One date somebody is to be reminded of; it is moved and ended with its matter (`about`).

    `steps` are days before `due_on` (negative: after it). Steps that fall on `known_on` or before are not taken, for the date was
    not known then, or has just been told. `next_on` is the day of the next step, None when there is none any more; the day alone
    says whether something is due, so that a time without power loses nothing.
    """

    class Why(models.TextChoices):
        """Why it ended."""

        OVER = "over", _("the matter has ended")
        WITHDRAWN = "withdrawn", _("the document was withdrawn")
        CANCELLED = "cancelled", _("taken back by an officer")

    key = models.CharField(max_length=120, unique=True)
    kind = models.CharField(max_length=40)
    about = models.CharField(max_length=80, blank=True, help_text='What it is about, such as "cases.case:123".')
    party = models.ForeignKey("parties.Party", null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False,
        help_text="The account to tell, where it is not that of `party`.",
    )
    # As on a message: no constraint, for it outlives what it names.
    office = models.ForeignKey(
        "organisations.Office", to_field="slug", db_column="office", null=True, db_constraint=False, db_index=False,
        on_delete=models.DO_NOTHING, related_name="+", help_text="In whose name it is said.",
    )
    due_on = models.DateField()
    at = models.TimeField(null=True, help_text="The hour of an appointment.")
    text = models.CharField(max_length=200, blank=True, help_text="What an officer wrote; else the matter has its own words.")
    steps = ArrayField(models.SmallIntegerField())
    known_on = models.DateField()
    next_on = models.DateField(null=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False,
        help_text="The officer who made it.",
    )
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_why = models.CharField(max_length=10, blank=True, choices=Why.choices)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ended_at=None) | Q(next_on=None), name="reminder_ended_says_nothing"),
            models.CheckConstraint(condition=Q(ended_at=None, ended_why="") | ~Q(ended_at=None) & ~Q(ended_why=""),
                                   name="reminder_ended_why"),
        ]
        indexes = [
            models.Index(fields=["next_on", "id"], condition=Q(next_on__isnull=False), name="reminder_next"),
            models.Index(fields=["due_on"], condition=Q(next_on__isnull=False), name="reminder_due"),
            models.Index(fields=["party"], condition=Q(next_on__isnull=False), name="reminder_party"),
            models.Index(fields=["user"], condition=Q(next_on__isnull=False), name="reminder_user"),
            models.Index(fields=["about"], name="reminder_about"),
        ]

    def __str__(self):
        return self.key


class ReminderStep(models.Model):
    """A step that was taken, once for each date it was for; `messages` went into the outbox, 0 when nobody could be told."""

    reminder = models.ForeignKey(Reminder, on_delete=models.PROTECT, related_name="taken")
    days = models.SmallIntegerField()
    due_on = models.DateField()
    taken_on = models.DateField()
    at = models.DateTimeField()
    messages = models.SmallIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["reminder", "due_on", "days"], name="reminderstep_once")]
        indexes = [models.Index(fields=["taken_on", "id"], name="reminderstep_on")]
