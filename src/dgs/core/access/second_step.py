"""Whose role asks for a second step when signing in, and who has not set it up yet; the step itself is in accounts."""

from __future__ import annotations

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from dgs.core.access.models import Role
from dgs.core.access.scope import Access
from dgs.core.accounts import api as accounts
from dgs.kernel.errors import RuleBroken

ALL_STAFF = "staff"


class SecondStepNeeded(RuleBroken):
    """A role that the person holds asks for a second step, and this was the last one."""

    code = "second-step-needed"
    sentence = _("Your role asks for a second step. Set up another one first, then you can remove this one.")


def asks_for_second_step(access: Access) -> bool:
    """Whether a role that the person holds today asks for it: as the region set it, or by DGS_SECOND_STEP."""
    wanted = set(settings.DGS_SECOND_STEP)
    return any(
        held.asks_second_step or held.role in wanted or (held.is_staff and ALL_STAFF in wanted) for held in access.grants
    )


def unknown_second_step_roles() -> list[str]:
    """What DGS_SECOND_STEP names and is no role of staff: a typing mistake would leave a role unprotected."""
    known = Role.objects.filter(is_staff=True).values_list("code", flat=True)
    return sorted(set(settings.DGS_SECOND_STEP) - {ALL_STAFF} - set(known))


def is_second_step_missing(access: Access) -> bool:
    """Whether the person has to set up the second step before anything else, tokens of the API included."""
    return asks_for_second_step(access) and not accounts.has_second_step(access.user)


def on_second_step_ending(event: accounts.SecondStepEnding) -> None:
    """Refuse when nothing is left; what was removed is then still there."""
    if is_second_step_missing(Access(accounts.user_by_id(event.user_id))):
        raise SecondStepNeeded
