"""Tables of drafts, cases, their events, pauses, corrections and notes; a case's state is a projection of its events."""

import uuid

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models
from django.utils.translation import gettext_lazy as _


class Channel(models.TextChoices):
    """How an application came in."""

    ONLINE = "online", _("online")
    COUNTER = "counter", _("counter")
    API = "api", _("API")
    SMS = "sms", _("SMS")


class Draft(models.Model):
    """An application being filled in; pinned to the version it was begun on. Submitting it makes the case, once."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    version = models.ForeignKey("services.ServiceVersion", on_delete=models.PROTECT)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="drafts")
    channel = models.CharField(max_length=8, choices=Channel.choices, default=Channel.ONLINE)
    applicant = models.ForeignKey("parties.Party", null=True, on_delete=models.PROTECT, related_name="+")
    business = models.ForeignKey("parties.Party", null=True, on_delete=models.PROTECT, related_name="+")
    data = models.JSONField(default=dict)
    saved_steps = models.JSONField(default=dict, help_text="Step id to the number of times it was saved.")
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    case = models.OneToOneField("Case", null=True, on_delete=models.PROTECT, related_name="draft")
    discarded_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["owner", "-updated_at"], name="draft_owner")]


class Case(models.Model):
    """An application. `seq` is the number of its last event: who acts on an older one is told so."""

    reference = models.CharField(max_length=20, unique=True)
    version = models.ForeignKey("services.ServiceVersion", on_delete=models.PROTECT, related_name="cases")
    service = models.ForeignKey("services.Service", on_delete=models.PROTECT, related_name="cases")
    office = models.ForeignKey("organisations.Office", on_delete=models.PROTECT, related_name="+")
    region = models.ForeignKey("regions.Region", null=True, on_delete=models.PROTECT, related_name="+")
    applicant = models.ForeignKey("parties.Party", on_delete=models.PROTECT, related_name="cases")
    business = models.ForeignKey("parties.Party", null=True, on_delete=models.PROTECT, related_name="+")
    channel = models.CharField(max_length=8, choices=Channel.choices)
    submitted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    data = models.JSONField(help_text="Answers by field; NIK and KK numbers in them are sealed.")
    register = models.JSONField(default=dict, help_text="What the register said of the applicant; sealed likewise.")
    findings = models.JSONField(default=dict, help_text="What officers filled in, by field.")
    seq = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=40)
    state_since = models.DateTimeField()
    holder_office = models.ForeignKey("organisations.Office", null=True, on_delete=models.PROTECT, related_name="+")
    holder_role = models.CharField(max_length=40, help_text='A role, "applicant" or "system".')
    claimed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    claimed_at = models.DateTimeField(null=True)
    submitted_at = models.DateTimeField()
    step_due_on = models.DateField(null=True)
    due_on = models.DateField(null=True, help_text="Last working day of the whole term; moves only by pauses.")
    paused_since = models.DateTimeField(null=True)
    warned_at = models.DateTimeField(null=True, help_text="In the present state; cleared when the case moves.")
    escalated_at = models.DateTimeField(null=True, help_text="In the present state; cleared when the case moves.")
    term_over_at = models.DateTimeField(null=True, help_text="When the end of the whole term was acted upon, once.")
    deemed_at = models.DateTimeField(null=True, help_text="When the law took the application as granted.")
    closed_at = models.DateTimeField(null=True)
    outcome = models.CharField(
        max_length=10,
        blank=True,
        choices=[
            ("granted", _("granted")),
            ("refused", _("refused")),
            ("withdrawn", _("withdrawn")),
            ("lapsed", _("lapsed")),
            ("deemed", _("deemed granted")),
        ],
    )
    days_used = models.PositiveIntegerField(null=True, help_text="Working days, set when the case closes.")
    client_key = models.CharField(
        max_length=64, null=True, unique=True, help_text="Hash of an API caller's Idempotency-Key."
    )
    title = models.CharField(max_length=250, help_text="The applicant's or business's name, for lists and search.")
    search = models.GeneratedField(
        expression=SearchVector("title", "reference", config="simple"),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    class Meta:
        indexes = [
            models.Index(
                fields=["holder_office", "holder_role", "step_due_on", "id"],
                name="case_queue",
                condition=models.Q(closed_at=None),
            ),
            models.Index(
                fields=["claimed_by", "step_due_on", "id"], name="case_mine", condition=models.Q(closed_at=None)
            ),
            # For who has a role in one region only: of an office's tens of thousands few lie there.
            models.Index(
                fields=["holder_role", "region", "holder_office", "step_due_on", "id"], name="case_place",
                condition=models.Q(closed_at=None),
            ),
            models.Index(fields=["applicant", "-submitted_at"], name="case_applicant"),
            models.Index(fields=["office", "-submitted_at"], name="case_office_at"),
            models.Index(fields=["step_due_on"], name="case_step_due", condition=models.Q(closed_at=None)),
            GinIndex(fields=["search"], name="case_search"),
        ]

    @property
    def region_code(self) -> str | None:
        """Where it lies; None when it lies nowhere."""
        return self.region.code if self.region else None


class CaseEvent(models.Model):
    """One fact in the life of a case; append-only. `public_note` is shown to the applicant, `note` never."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="events")
    seq = models.PositiveIntegerField()
    at = models.DateTimeField()
    kind = models.CharField(max_length=40, help_text='"submitted", "action", "claimed", "escalated", "paid" …')
    action = models.CharField(max_length=40, blank=True)
    from_state = models.CharField(max_length=40, blank=True)
    to_state = models.CharField(max_length=40, blank=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    actor_name = models.CharField(max_length=200)
    office = models.ForeignKey("organisations.Office", null=True, on_delete=models.PROTECT, related_name="+")
    public_note = models.TextField(blank=True)
    data = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "seq"], name="caseevent_once")]


class Pause(models.Model):
    """A time in which the clock stood still, for a reason the definition lists."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="pauses")
    reason = models.CharField(max_length=60)
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case"], condition=models.Q(ended_at=None), name="pause_one_open")
        ]


class Correction(models.Model):
    """One notice of everything that is to be mended; `items` lists field path, label and what is wrong."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="corrections")
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    items = models.JSONField()
    answered_at = models.DateTimeField(null=True)
    before = models.JSONField(default=dict, help_text="The marked values as they were.")


class Note(models.Model):
    """A note of an officer for colleagues."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="notes")
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    text = models.TextField(max_length=2000)


class SmsDecision(models.Model):
    """A one-time code with which one officer may carry out one act of one case by SMS, while the case stands where it stood."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="+")
    seq = models.PositiveIntegerField(help_text="The case's last event when the code was sent.")
    action = models.CharField(max_length=40)
    officer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    code_hash = models.CharField(max_length=64)
    sent_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "seq", "officer"], name="smsdecision_once")]
        indexes = [models.Index(fields=["officer", "-id"], name="smsdecision_officer")]


class SmsReport(models.Model):
    """A report by SMS (LAPOR): a case at once when its number has an account; else it waits for one, or for an answer by SMS."""

    reference = models.CharField(max_length=20, unique=True, help_text="Until it is a case, what its sender follows it by.")
    inbound_id = models.BigIntegerField(unique=True, help_text="The SMS: the same one is never taken twice.")
    number = models.CharField(max_length=16)
    language = models.CharField(max_length=2)
    text = models.TextField()
    received_at = models.DateTimeField()
    service = models.ForeignKey("services.Service", on_delete=models.PROTECT, related_name="+")
    case = models.OneToOneField(Case, null=True, on_delete=models.PROTECT, related_name="sms_report")
    answer = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        indexes = [
            models.Index(fields=["number", "-id"], name="smsreport_number"),
            models.Index(fields=["id"], condition=models.Q(case=None, answered_at=None), name="smsreport_waiting"),
        ]
