"""Who may see the leaders' figures; who holds it is data of the access room."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Permission(TextChoices):
    """Permission codes of the indicators room."""

    VIEW_EXECUTIVE = "indicators.view_executive", _("See how services and offices perform")
