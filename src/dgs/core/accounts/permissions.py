"""What may be done with accounts of staff."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Permission(TextChoices):
    """Codes that roles hold."""

    INVITE_STAFF = "accounts.invite_staff", _("invite staff")
    VIEW_STAFF = "accounts.view_staff", _("see the list of staff")
