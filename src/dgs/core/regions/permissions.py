"""What may be done with regions and the working calendar."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Permission(TextChoices):
    """Permission codes of this room."""

    CHANGE_CALENDAR = "regions.change_calendar", _("change the local holidays")
