"""What changes offices and appointments: appointing, ending, closing; who may do so is not decided here."""

from __future__ import annotations

from datetime import date, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dgs.core.accounts import api as accounts
from dgs.core.audit import api as audit
from dgs.core.organisations.models import Appointment, Office, Position
from dgs.core.organisations.queries import office_of_kind
from dgs.kernel.errors import InvalidInput, NotAllowed, RuleBroken
from dgs.kernel.freshness import announce_change


class AppointmentOverlaps(RuleBroken):
    """Somebody already holds the position in that capacity on some of the days."""

    code = "appointment-overlaps"
    sentence = _("%(name)s already holds this position on some of these days. End that appointment first.")


class AppointmentDates(InvalidInput):
    """The dates cannot stand."""

    code = "appointment-dates"


class AppointmentEnded(RuleBroken):
    """It ended before; who held a position then is history and gives nobody a right back."""

    code = "appointment-ended"
    sentence = _("This appointment has already ended. Enter a new one if the person holds the position again.")


class SelfAppointment(NotAllowed):
    """Nobody gives themselves the right to sign."""

    code = "self-appointment"
    sentence = _("You cannot appoint yourself. Ask another administrator.")


@transaction.atomic
def appoint(
    *, position: Position, user, valid_from: date, by, now, capacity: str = "definitive",
    valid_to: date | None = None, letter_number: str = "",
) -> Appointment:
    """Give a position to a person for a time.

    `capacity` is definitive, plt (acting, no definitive holder) or plh (substitute for days, so it must have an end).
    Refuses an end before the start, a plh without end, a second holder in the same capacity on the same days, and
    oneself.
    """
    if by is not None and by.pk == user.pk:
        raise SelfAppointment
    if valid_to is not None and valid_to < valid_from:
        raise AppointmentDates({"valid_to": [str(_("The last day lies before the first day."))]})
    if capacity == "plh" and valid_to is None:
        raise AppointmentDates({"valid_to": [str(_("A substitute for days (Plh.) needs a last day."))]})
    Position.objects.select_for_update().get(pk=position.pk)
    overlapping = Appointment.objects.filter(position=position, capacity=capacity).filter(
        Q(valid_to=None) | Q(valid_to__gte=valid_from)
    )
    if valid_to is not None:
        overlapping = overlapping.filter(valid_from__lte=valid_to)
    holder = overlapping.select_related("user").first()
    if holder is not None:
        raise AppointmentOverlaps(name=holder.user.name)
    made = Appointment.objects.create(
        position=position, user=user, capacity=capacity, valid_from=valid_from, valid_to=valid_to,
        letter_number=letter_number,
    )
    audit.record(
        action="organisations.appoint", by=by, subject=f"organisations.appointment:{made.pk}", now=now,
        office=position.office.slug,
        facts={"user": user.pk, "position": position.title, "capacity": capacity, "from": valid_from.isoformat(),
               "to": valid_to.isoformat() if valid_to else None, "letter": letter_number},
    )
    return made


@transaction.atomic
def end_appointment(*, appointment: Appointment, last_day: date, by, now) -> Appointment:
    """Let an appointment end with a day; refuses a day before its first one, and to draw out one that ends earlier."""
    held = Appointment.objects.select_for_update().select_related("position__office").get(pk=appointment.pk)
    if last_day < held.valid_from:
        raise AppointmentDates({"valid_to": [str(_("The last day lies before the first day."))]})
    if held.valid_to is not None and last_day > held.valid_to:
        raise AppointmentEnded
    held.valid_to = last_day
    held.save(update_fields=["valid_to"])
    audit.record(
        action="organisations.end_appointment", by=by, subject=f"organisations.appointment:{held.pk}", now=now,
        office=held.position.office.slug, facts={"user": held.user_id, "to": last_day.isoformat()},
    )
    return held


@transaction.atomic
def take_back_appointment(*, appointment: Appointment, by, now) -> None:
    """Undo an appointment that has not begun; one that has can only end."""
    held = Appointment.objects.select_for_update().select_related("position__office").get(pk=appointment.pk)
    if held.valid_from <= timezone.localdate(now):
        raise AppointmentEnded
    audit.record(
        action="organisations.take_back_appointment", by=by, subject=f"organisations.appointment:{held.pk}", now=now,
        office=held.position.office.slug, facts={"user": held.user_id, "from": held.valid_from.isoformat()},
    )
    held.delete()


def on_account_closed(event: accounts.AccountClosed) -> None:
    """Nobody signs whose account is closed: positions held end with that day, those that had not begun are taken back."""
    by = accounts.user_by_id(event.by) if event.by else None
    today = timezone.localdate(event.now)
    held = Appointment.objects.filter(Q(valid_to=None) | Q(valid_to__gt=today), user_id=event.user_id).order_by("pk")
    for one in held:
        if one.valid_from <= today:
            end_appointment(appointment=one, last_day=today, by=by, now=event.now)
        else:
            take_back_appointment(appointment=one, by=by, now=event.now)


def on_demo_staff_made(event: accounts.DemoStaffMade) -> None:
    """Gives an invented member of staff their position where they work, if it is free."""
    if not event.position:
        return
    today = timezone.localdate(event.now)
    position = (
        office_of_kind(event.works_at).positions.filter(title__startswith=event.position)
        .order_by("-is_signatory", "id").first()
    )
    if position and not position.appointments.filter(Q(valid_to=None) | Q(valid_to__gte=today)).exists():
        appoint(
            position=position, user=accounts.user_by_id(event.user_id), by=None, now=event.now,
            valid_from=today - timedelta(days=365), letter_number="800/001/CONTOH",
        )


def close_office(*, office: Office, by, now) -> Office:
    """Mark an office as no longer open; its rows and past products stay."""
    with transaction.atomic():
        found = Office.objects.select_for_update().get(pk=office.pk)
        found.is_active = False
        found.save(update_fields=["is_active"])
        audit.record(
            action="organisations.close_office", by=by, subject=f"organisations.office:{found.pk}", now=now,
            office=found.slug,
        )
        announce_change()
    return found
