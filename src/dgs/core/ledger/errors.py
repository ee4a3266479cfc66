"""The refusals of the ledger room."""

from django.utils.translation import gettext_lazy as _

from dgs.kernel.errors import RuleBroken


class CannotClose(RuleBroken):
    """The period is closed already, has not ended, or is not a whole year."""

    code = "cannot-close"
    sentence = _("The period up to %(through)s cannot be closed: it is closed already, or it has not come to its end.")
