"""What staff may do with the applications that sign in through DGS; who holds it is data of the access room."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Permission(TextChoices):
    """Permission codes of the signon room."""

    MANAGE_APPLICATIONS = "signon.manage_applications", _("Register the offices' applications and what they may read")
