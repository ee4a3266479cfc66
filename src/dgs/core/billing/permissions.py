"""What staff may do with money; who holds it is data of the access room."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Permission(TextChoices):
    """Permission codes of the billing room."""

    VIEW_DESK = "billing.view_desk", _("See the treasurer's desk, bills and payments of one's offices")
    TAKE_STATEMENT = "billing.take_statement", _("Upload bank statements")
    RESOLVE_LINE = "billing.resolve_line", _("Decide on bank lines that match no bill")
    PROPOSE_CHANGE = "billing.propose_change", _("Propose decisions on bills: reductions, instalments, answers, refunds")
    APPROVE = "billing.approve", _("Approve what others propose about money")
    TAKE_CASH = "billing.take_cash", _("Take cash at the counter")
