"""What may be done in the stewardship room."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Permission(TextChoices):
    """Codes that roles hold."""

    DECIDE_CORRECTION = "stewardship.decide_correction", _("decide corrections of the register that the own office answers for")
    RECORD_END = "stewardship.record_end", _("write down that a person died or moved away")
