"""What may be done with the register of persons and businesses."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Permission(TextChoices):
    """Permission codes of this room."""

    FIND_PERSON = "parties.find_person", _("find a person at the counter (identifiers masked)")
