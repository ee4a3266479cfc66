"""What may be done with the record of acts and readings."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Permission(TextChoices):
    """Permission codes of this room."""

    VIEW_LOG = "audit.view_log", _("read the record of acts and readings")
    VERIFY = "audit.verify", _("check whether the record was touched")
