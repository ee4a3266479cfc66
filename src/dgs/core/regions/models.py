"""Tables of regions, their codes in several schemes, and holidays; boundaries are not here."""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.utils.translation import gettext_lazy as _


class Level(models.IntegerChoices):
    """The four levels of government by area."""

    PROVINCE = 1, _("province")
    REGENCY = 2, _("regency or city")
    DISTRICT = 3, _("district")
    VILLAGE = 4, _("village")


class Scheme(models.TextChoices):
    """Who gave a code: Ministry of Home Affairs (dotted), Statistics Indonesia, or the land tax (PBB)."""

    KEMENDAGRI = "kemendagri", _("Ministry of Home Affairs")
    BPS = "bps", _("Statistics Indonesia")
    PBB = "pbb", _("land and building tax")


class Region(models.Model):
    """An area of government; `code` is its present Kemendagri code with dots, such as 16.07.01.2001."""

    code = models.CharField(max_length=13, unique=True)
    level = models.SmallIntegerField(choices=Level.choices)
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="children")
    name = models.CharField(max_length=120)
    path_label = models.CharField(max_length=300, help_text="Name and the names above it, for people.")
    sort_name = models.CharField(max_length=120, help_text="The name in plain lower-case words, without its kind.")
    search = SearchVectorField(null=True, help_text="Words of the name (weight A) and of the names above it (D).")

    class Meta:
        indexes = [
            GinIndex(fields=["search"], name="region_search"),
            models.Index(OpClass("sort_name", "text_pattern_ops"), "code", name="region_sort_name"),
        ]

    def __str__(self):
        return self.name


class RegionCode(models.Model):
    """A region's code in one scheme for a time; `valid_from` None = from the beginning, `valid_to` None = still."""

    region = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="codes")
    scheme = models.CharField(max_length=20, choices=Scheme.choices)
    code = models.CharField(max_length=20)
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["scheme", "code", "valid_from"], name="regioncode_once", nulls_distinct=False
            )
        ]


class Holiday(models.Model):
    """A day that is not worked: national, collective leave (cuti bersama), or local to a region and those below it."""

    region = models.ForeignKey(Region, null=True, blank=True, on_delete=models.PROTECT)
    on = models.DateField()
    name = models.CharField(max_length=120)
    kind = models.CharField(
        max_length=12,
        choices=[("national", _("national holiday")), ("collective", _("collective leave")), ("local", _("local"))],
    )
    source = models.CharField(max_length=200)
    is_verified = models.BooleanField(default=True, help_text="The legal source itself was seen.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["region", "on"], name="holiday_once", nulls_distinct=False),
            models.CheckConstraint(
                condition=models.Q(kind="local", region__isnull=False) | ~models.Q(kind="local"),
                name="holiday_local_has_region",
            ),
        ]


class ReferenceData(models.Model):
    """Which content of a data set is loaded: `digest` changes with the content. The row "calendar" changes with every
    change of a holiday, so that each process knows when what it remembers is old."""

    name = models.CharField(max_length=40, primary_key=True)
    digest = models.CharField(max_length=64)
    rows = models.PositiveIntegerField(default=0)
    loaded_at = models.DateTimeField()
