"""Tables of roles and grants; a role is data over permission codes that manifests declare."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models


class Role(models.Model):
    """A named set of permissions."""

    code = models.SlugField(max_length=40, primary_key=True)
    title = models.CharField(max_length=80)
    permissions = ArrayField(models.CharField(max_length=80), default=list)
    is_staff = models.BooleanField(default=True)

    def __str__(self):
        return self.title


class Grant(models.Model):
    """A role given to a person for an office (and those below; None = all) and a region (and below; None = all)."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="grants")
    role = models.ForeignKey(Role, on_delete=models.PROTECT, related_name="grants")
    office = models.ForeignKey("organisations.Office", null=True, blank=True, on_delete=models.PROTECT)
    region = models.ForeignKey("regions.Region", null=True, blank=True, on_delete=models.PROTECT)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    given_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "role", "office", "region", "valid_from"], name="grant_once", nulls_distinct=False
            )
        ]
