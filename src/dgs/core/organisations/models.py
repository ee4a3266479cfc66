"""Tables of offices (OPD), their positions, and who holds a position and may sign."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Office(models.Model):
    """An office of the region; `kind` says what it does (civil-registration, transport …), the same in every region."""

    slug = models.SlugField(max_length=60, unique=True)
    kind = models.SlugField(max_length=60)
    name = models.CharField(max_length=200)
    short_name = models.CharField(max_length=40)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")
    region = models.ForeignKey("regions.Region", on_delete=models.PROTECT)
    address = models.CharField(max_length=300, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    email = models.EmailField(blank=True)
    is_active = models.BooleanField(default=True)

    class Meta:
        indexes = [models.Index(fields=["kind"], name="office_kind")]

    def __str__(self):
        return self.name


class Position(models.Model):
    """A position in an office; a signatory position may sign the office's products."""

    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="positions")
    title = models.CharField(max_length=200)
    is_signatory = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["office", "title"], name="position_once")]

    def __str__(self):
        return self.title


class Appointment(models.Model):
    """Who holds a position, from when to when: definitive, acting (Plt) or substituting for days (Plh)."""

    position = models.ForeignKey(Position, on_delete=models.PROTECT, related_name="appointments")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="appointments")
    capacity = models.CharField(
        max_length=10, default="definitive",
        choices=[("definitive", _("definitive")), ("plt", "Plt."), ("plh", "Plh.")],
    )
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    letter_number = models.CharField(max_length=80, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(valid_to=None) | models.Q(valid_to__gte=models.F("valid_from")),
                name="appointment_ends_after_start",
            ),
            models.CheckConstraint(
                condition=~models.Q(capacity="plh") | models.Q(valid_to__isnull=False), name="appointment_plh_has_end"
            ),
        ]
