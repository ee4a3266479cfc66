"""The permissions of the documents room; who holds them is data of the access room."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Permission(TextChoices):
    """What a person may do with issued documents."""

    VIEW_ISSUED = "documents.view_issued", _("See documents issued by the office")
    REVOKE = "documents.revoke", _("Withdraw an issued document")
