"""What staff may do with the connections to banks; who holds it is data of the access room."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Permission(TextChoices):
    """Permission codes of the banking room."""

    VIEW_PARTNERS = "banking.view_partners", _("See the connections to banks and the calls that came and went")
    MANAGE_PARTNERS = "banking.manage_partners", _("Set up connections to banks and change their keys")
