"""Holds the last second step of an account in place while a role asks for one; which roles do is in access."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from dgs.core.access import api as access
from dgs.core.accounts import api as accounts
from dgs.kernel.errors import RuleBroken


class SecondStepNeeded(RuleBroken):
    """A role that the person holds asks for a second step, and this was the last one."""

    code = "second-step-needed"
    sentence = _("Your role asks for a second step. Set up another one first, then you can remove this one.")


def on_second_step_ending(event: accounts.SecondStepEnding) -> None:
    """Refuse when nothing is left; what was removed is then still there."""
    if access.is_second_step_missing(access.Access(accounts.user_by_id(event.user_id))):
        raise SecondStepNeeded
