"""The door of the organisations room: offices, who signs for them, loading a region's tree."""

from dgs.core.organisations.actions import (
    AppointmentDates,
    AppointmentEnded,
    AppointmentOverlaps,
    SelfAppointment,
    appoint,
    close_office,
    end_appointment,
)
from dgs.core.organisations.loading import OfficeFileInvalid, load_region_offices
from dgs.core.organisations.queries import (
    NoSignatory,
    NoSuchOffice,
    Signatory,
    office_by_slug,
    office_of_kind,
    office_tree,
    offices,
    offices_below,
    signatory_of,
    top_offices,
)

__all__ = [
    "AppointmentDates",
    "AppointmentEnded",
    "AppointmentOverlaps",
    "NoSignatory",
    "NoSuchOffice",
    "OfficeFileInvalid",
    "SelfAppointment",
    "Signatory",
    "appoint",
    "close_office",
    "end_appointment",
    "load_region_offices",
    "office_by_slug",
    "office_of_kind",
    "office_tree",
    "offices",
    "offices_below",
    "signatory_of",
    "top_offices",
]
