"""The permissions of the services room; who holds them is data of the access room."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Permission(TextChoices):
    """What a person may see of the services beside what everybody sees."""

    VIEW_WORDING = "services.view_wording", _("See what services say to people")
