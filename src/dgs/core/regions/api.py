"""The door of the regions room: regions by code and by name, the home region, and its working calendar."""

from dgs.core.regions.actions import add_local_holiday, remove_local_holiday
from dgs.core.regions.loading import load_holidays, load_regions
from dgs.core.regions.queries import by_code, ids_within, label_of, search
from dgs.core.regions.workdays import (
    add_working_days,
    home_code,
    home_region,
    is_working_day,
    working_days_between,
    years_without_holidays,
)

__all__ = [
    "add_local_holiday", "add_working_days", "by_code", "home_code", "home_region",
    "ids_within", "is_working_day", "label_of", "load_holidays",
    "load_regions", "remove_local_holiday", "search", "working_days_between", "years_without_holidays",
]
