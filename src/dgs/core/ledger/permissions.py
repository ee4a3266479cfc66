"""What staff may do in the books; who holds it is data of the access room."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Permission(TextChoices):
    """Permission codes of the ledger room."""

    VIEW = "ledger.view", _("See the ledger and its reports")
    CLOSE = "ledger.close", _("Close a day or a year")
