"""What may be done in the organisations room."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Permission(TextChoices):
    """Codes that roles hold."""

    APPOINT = "organisations.appoint", _("enter who holds a position and may sign")
