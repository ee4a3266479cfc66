"""Standing in for somebody: a deputy, a Plt. or a Plh. gets the roles of the absent, for days and by a letter, in one act."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from dgs.core.access.actions.grants import GrantInvalid, grant
from dgs.core.access.models import Grant
from dgs.core.access.queries import in_force
from dgs.kernel.errors import RuleBroken


class NothingToStandFor(RuleBroken):
    """None of the roles is there to be taken over."""

    code = "nothing-to-stand-for"
    sentence = _("%(name)s holds none of these roles on that day.")


@transaction.atomic
def stand_in(
    *, absent, deputy, grants: Collection[int], capacity: str, letter_number: str, letter_on: date, valid_from: date,
    valid_to: date | None, by, now: datetime, reason: str = "",
) -> list[Grant]:
    """Give the deputy those grants of the absent person (by number) that are theirs on the first day, where they count.

    Each ends at the latest when the absent person's own does. What the deputy holds already is left as it is. Refuses as `grant`
    does, for any of them: then none is given. A sensitive role waits for a second person here too.
    """
    if absent.pk == deputy.pk:
        raise GrantInvalid({"deputy": [str(_("Nobody stands in for themselves."))]})
    if capacity == Grant.Capacity.OWN:
        raise GrantInvalid({"capacity": [str(_("Choose one from the list."))]})
    held = list(
        Grant.objects.select_for_update(of=("self",)).filter(in_force(valid_from), user=absent, pk__in=list(grants))
        .select_related("role", "office", "region").order_by("pk")
    )
    if not held:
        raise NothingToStandFor(name=absent.name)
    own = set(
        Grant.objects.filter(in_force(valid_from), user=deputy).values_list("role_id", "office_id", "region_id")
    )
    made = []
    for one in held:
        if (one.role_id, one.office_id, one.region_id) in own:
            continue
        last = min((day for day in (one.valid_to, valid_to) if day is not None), default=None)
        made.append(
            grant(
                user=deputy, role=one.role_id, office=one.office, region=one.region, valid_from=valid_from, valid_to=last,
                capacity=capacity, letter_number=letter_number, letter_on=letter_on,
                # Who is Plt. has nobody beside them: the roles of the former holder may end.
                stands_for=None if capacity == Grant.Capacity.PLT else one, by=by, now=now, reason=reason,
            )
        )
    if not made:
        raise RuleBroken(_("%(name)s holds all of these roles already."), name=deputy.name)
    return made
