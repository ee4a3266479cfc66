"""What staff may do with cases; who holds it is data of the access room."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Permission(TextChoices):
    """Permission codes of the cases room."""

    VIEW_DESK = "cases.view_desk", _("See the desk and the cases of one's offices")
    ACT = "cases.act", _("Act on cases that one's role holds")
    CLAIM = "cases.claim", _("Claim and release cases")
    ENTER_COUNTER = "cases.enter_counter", _("Enter applications at the counter")
