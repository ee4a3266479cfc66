"""Tables of roles and grants; a role is data over permission codes that manifests declare."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import get_language


class Role(models.Model):
    """A named set of permissions; `title` is Indonesian, `title_en` English."""

    code = models.SlugField(max_length=40, primary_key=True)
    title = models.CharField(max_length=80)
    title_en = models.CharField(max_length=80, blank=True)
    about = models.CharField(max_length=300, blank=True)
    about_en = models.CharField(max_length=300, blank=True)
    permissions = ArrayField(models.CharField(max_length=80), default=list)
    is_staff = models.BooleanField(default=True)
    order = models.SmallIntegerField(default=50)

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

    It is in force from `valid_from` to `valid_to` (both included) unless it was ended at `ended_at`.
    """

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

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "role", "office", "region", "valid_from"], name="grant_once", nulls_distinct=False,
                condition=models.Q(ended_at=None),
            ),
            models.CheckConstraint(
                condition=models.Q(valid_to=None) | models.Q(valid_to__gte=models.F("valid_from")),
                name="grant_ends_after_start",
            ),
        ]
