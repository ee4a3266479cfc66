"""Changes of the calendar by people: adding and removing local holidays; loading data is in loading.py."""

from __future__ import annotations

from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from dgs.core.audit import api as audit
from dgs.core.regions import workdays
from dgs.core.regions.models import Holiday, Region
from dgs.kernel.errors import InvalidInput, RuleBroken


class HolidayThere(RuleBroken):
    """The region has a local holiday on that day already."""

    code = "holiday-there"
    sentence = _("%(on)s is already a local holiday: %(name)s.")


class HolidayNotLocal(RuleBroken):
    """National holidays come from the joint decree and are loaded, not edited."""

    code = "holiday-not-local"
    sentence = _("Only local holidays of this region can be removed here.")


def add_local_holiday(*, on: date, name: str, source: str, region: Region, by, now: datetime) -> Holiday:
    """Make `on` a day off in the region and those below it; `source` names the decree.

    Refuses an empty or too long name or source, and a day that the region has already.
    """
    name, source = " ".join(name.split()), " ".join(source.split())
    errors = {
        field: [_("Write between 3 and %(most)s characters.") % {"most": most}]
        for field, text, most in (("name", name, 120), ("source", source, 200))
        if not 3 <= len(text) <= most or not text.isprintable()
    }
    if not 1990 <= on.year <= 2100:
        errors["on"] = [_("Choose a day between 1990 and 2100.")]
    if errors:
        raise InvalidInput(errors, _("The holiday was not added."))
    with transaction.atomic():
        try:
            with transaction.atomic():
                holiday = Holiday.objects.create(region=region, on=on, name=name, source=source, kind="local")
        except IntegrityError:
            there = Holiday.objects.filter(region=region, on=on).first()
            raise HolidayThere(on=on.isoformat(), name=there.name if there else name)
        audit.record(
            action="regions.holiday_added", by=by, subject=f"regions.holiday:{holiday.pk}", now=now,
            facts={"on": on, "name": name, "source": source, "region": region.code},
        )
        workdays.change()
    return holiday


def remove_local_holiday(*, holiday: Holiday, by, now: datetime) -> None:
    """Make the day an ordinary one again. Refuses national holidays and collective leave, and other regions' days."""
    with transaction.atomic():
        found = Holiday.objects.select_for_update().filter(pk=holiday.pk).first()
        if found is None:
            return
        if found.kind != "local" or found.region_id != workdays.home_region().pk:
            raise HolidayNotLocal
        found.delete()
        audit.record(
            action="regions.holiday_removed", by=by, subject=f"regions.holiday:{holiday.pk}", now=now,
            facts={"on": found.on, "name": found.name, "source": found.source},
        )
        workdays.change()
