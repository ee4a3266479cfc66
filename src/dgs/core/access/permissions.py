"""What may be done in the access room."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Permission(TextChoices):
    """Codes that roles hold."""

    GRANT = "access.grant", _("give and end roles")
    VIEW_GRANTS = "access.view_grants", _("see who holds which role")
