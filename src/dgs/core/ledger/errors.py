"""The refusals of the ledger room."""

from django.utils.translation import gettext_lazy as _

from dgs.kernel.errors import RuleBroken


class CannotClose(RuleBroken):
    """The period is closed already, has not ended, or is not a whole year."""

    code = "cannot-close"
    sentence = _("The period up to %(through)s cannot be closed: it is closed already, or it has not come to its end.")


class YearFirst(RuleBroken):
    """The days to be closed reach the end of a year that is not closed."""

    code = "year-first"
    sentence = _("The year %(year)s must be closed as a year first: its last day, 31 December, cannot be closed as a day.")
