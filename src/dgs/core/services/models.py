"""Tables of the catalogue: services and their immutable published versions (a trigger forbids changing one)."""

from django.db import models


class Service(models.Model):
    """An entry of the catalogue; what it says is in its current version."""

    slug = models.SlugField(max_length=60, unique=True)
    subsystem = models.CharField(max_length=40)
    office = models.ForeignKey("organisations.Office", on_delete=models.PROTECT)
    current = models.ForeignKey("ServiceVersion", null=True, on_delete=models.PROTECT, related_name="+")
    is_open = models.BooleanField(default=True)

    def __str__(self):
        return self.slug


class ServiceVersion(models.Model):
    """A whole definition as published: form, rules, fees, workflow, clock, letter and messages together."""

    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
    sources = models.JSONField(help_text="File name to text, exactly as published.")
    published_at = models.DateTimeField()
    published_by = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["service", "number"], name="version_number_once"),
            models.UniqueConstraint(fields=["service", "digest"], name="version_digest_once"),
        ]
