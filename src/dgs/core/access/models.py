"""Tables of roles and grants, of what waits for a second person, and of reviews; a role is data over permission codes."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

LETTERED = ("deputy", "plt", "plh")


class Role(models.Model):
    """A named set of permissions; `title` is Indonesian, `title_en` English.

    Roles of the release come with it and are loaded anew with each; the region makes its own beside them. What the region decides
    of either, whether a second step is asked for and whether giving it takes two people, is never overwritten.
    """

    code = models.SlugField(max_length=40, primary_key=True)
    title = models.CharField(max_length=80)
    title_en = models.CharField(max_length=80, blank=True)
    about = models.CharField(max_length=300, blank=True)
    about_en = models.CharField(max_length=300, blank=True)
    permissions = ArrayField(models.CharField(max_length=80), default=list)
    is_staff = models.BooleanField(default=True)
    order = models.SmallIntegerField(default=50)
    is_own = models.BooleanField(default=False, help_text="Made by the region, not by the release.")
    is_sensitive = models.BooleanField(default=False, help_text="Giving it takes a second person.")
    asks_second_step = models.BooleanField(default=False, help_text="Who holds it proves two things when signing in.")
    is_closed = models.BooleanField(default=False, help_text="Not given any more; who holds it keeps it.")

    class Meta:
        ordering = ["order", "code"]

    def __str__(self):
        return self.label

    @property
    def label(self) -> str:
        """The title in the language of the page."""
        return self.title_en if self.title_en and get_language() == "en" else self.title

    @property
    def description(self) -> str:
        """What the role is for, in the language of the page."""
        return self.about_en if self.about_en and get_language() == "en" else self.about


class Grant(models.Model):
    """A role given to a person for an office (and those below; None = all) and a region (and below; None = all).

    It is in force from `valid_from` to `valid_to` (both included) unless it was ended at `ended_at`, or `waits` for a second
    person. `capacity`: one's own, or in the place of somebody: a deputy, acting (Plt.) or a substitute for days (Plh.); these
    have a letter, and `stands_for` is the grant they take the place of, with which they end.
    """

    class Capacity(models.TextChoices):
        """By what right somebody holds it."""

        OWN = "own", _("own")
        DEPUTY = "deputy", _("deputy")
        PLT = "plt", "Plt."
        PLH = "plh", "Plh."

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="grants")
    role = models.ForeignKey(Role, on_delete=models.PROTECT, related_name="grants")
    office = models.ForeignKey("organisations.Office", null=True, blank=True, on_delete=models.PROTECT)
    region = models.ForeignKey("regions.Region", null=True, blank=True, on_delete=models.PROTECT)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    given_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=200, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    capacity = models.CharField(max_length=8, choices=Capacity.choices, default=Capacity.OWN)
    letter_number = models.CharField(max_length=80, blank=True)
    letter_on = models.DateField(null=True, blank=True)
    stands_for = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="stand_ins")
    waits = models.BooleanField(default=False, help_text="For a second person; until then it is not in force.")
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    approved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["id"], name="grant_waiting", condition=models.Q(waits=True, ended_at=None)),
            models.Index(fields=["user"], name="grant_held", condition=models.Q(ended_at=None)),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(capacity__in=LETTERED) | ~models.Q(letter_number=""), name="grant_in_place_has_letter",
            ),
            models.CheckConstraint(
                condition=~models.Q(capacity__in=("deputy", "plh")) | models.Q(valid_to__isnull=False),
                name="grant_in_place_has_end",
            ),
            models.CheckConstraint(
                condition=models.Q(waits=False) | models.Q(given_by__isnull=False, approved_at=None),
                name="grant_waits_for_another",
            ),
            models.CheckConstraint(
                condition=models.Q(approved_by=None) | ~models.Q(approved_by=models.F("given_by")), name="grant_two_people",
            ),
            models.UniqueConstraint(
                fields=["user", "role", "office", "region", "valid_from"], name="grant_once", nulls_distinct=False,
                condition=models.Q(ended_at=None),
            ),
            models.CheckConstraint(
                condition=models.Q(valid_to=None) | models.Q(valid_to__gte=models.F("valid_from")),
                name="grant_ends_after_start",
            ),
        ]


class RoleChange(models.Model):
    """A role as somebody wants it to be; it becomes so when a second person agrees. `before` is what it was then."""

    role_code = models.SlugField(max_length=40)
    wanted = models.JSONField()
    before = models.JSONField(null=True, help_text="None when it is a new role.")
    reason = models.CharField(max_length=300)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    is_agreed = models.BooleanField(null=True)
    answer = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["role_code"], condition=models.Q(decided_at=None), name="role_change_one_at_a_time"),
            models.CheckConstraint(
                condition=models.Q(decided_by=None) | ~models.Q(decided_by=models.F("proposed_by")), name="role_change_two_people"
            ),
        ]


class Review(models.Model):
    """A look at who holds what in an office (with those below; None = all): each grant is kept or ended, then signed off."""

    office = models.ForeignKey("organisations.Office", null=True, blank=True, on_delete=models.PROTECT)
    title = models.CharField(max_length=120)
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    due_on = models.DateField()
    signed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    signed_at = models.DateTimeField(null=True, blank=True)
    remark = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["office"], condition=models.Q(signed_at=None), nulls_distinct=False, name="review_one_at_a_time"
            )
        ]


class ReviewItem(models.Model):
    """One grant in a review, and what was decided of it, by whom; nobody decides of their own."""

    class Decision(models.TextChoices):
        """What was decided."""

        KEEP = "keep", _("keep")
        END = "end", _("end")

    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="items")
    grant = models.ForeignKey(Grant, on_delete=models.PROTECT, related_name="+")
    decision = models.CharField(max_length=4, choices=Decision.choices, blank=True)
    remark = models.CharField(max_length=200, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["review", "grant"], name="review_grant_once")]


class StaffFile(models.Model):
    """A list of staff that was brought in, what follows from it line by line, and when it was carried out."""

    name = models.CharField(max_length=120)
    digest = models.CharField(max_length=64, unique=True, help_text="Of its bytes (SHA-256): no file is carried out twice.")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    read_at = models.DateTimeField()
    as_of = models.DateField(help_text="The day of which it tells.")
    lines = models.JSONField()
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    outcome = models.JSONField(null=True)
