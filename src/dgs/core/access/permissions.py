"""What may be done in the access room."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Permission(TextChoices):
    """Codes that roles hold."""

    GRANT = "access.grant", _("give and end roles")
    APPROVE = "access.approve", _("agree as the second person to roles and their changes")
    VIEW_GRANTS = "access.view_grants", _("see who holds which role")
    MANAGE_ROLES = "access.manage_roles", _("make and change roles")
    REVIEW = "access.review", _("review who holds which role, and sign off")
    LOAD_STAFF = "access.load_staff", _("bring in lists of staff")
    EXPORT = "access.export", _("take who holds which role as a file")
