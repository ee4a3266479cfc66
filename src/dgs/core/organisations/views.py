"""The pages of positions: who holds them, appointing, ending; which offices is the question of the viewer's grants."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from dgs.core.organisations import actions, queries
from dgs.core.organisations.forms import AppointForm
from dgs.core.organisations.models import Position
from dgs.core.organisations.permissions import Permission
from dgs.kernel.errors import NotFound, RuleBroken
from dgs.kernel.guards import needs


@needs(Permission.APPOINT)
def positions(request: HttpRequest) -> HttpResponse:
    """The signatory positions of the viewer's offices with who holds them today."""
    text = request.GET.get("q", "").strip()[:100]
    rows = queries.signatory_positions(request.access.offices_everywhere(Permission.APPOINT), timezone.localdate(), text)
    return render(
        request, "organisations/positions.html",
        {"positions": Paginator(rows, 50).get_page(request.GET.get("page")), "text": text},
    )


@needs(Permission.APPOINT)
def position(request: HttpRequest, pk: int) -> HttpResponse:
    """One position: everybody who holds or held it, and the form to appoint."""
    found = _position(request, pk)
    form = AppointForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            actions.appoint(
                position=found, user=form.user, capacity=given["capacity"], valid_from=given["valid_from"],
                valid_to=given["valid_to"], letter_number=given["letter_number"], by=request.user, now=timezone.now(),
            )
        except RuleBroken as refusal:
            for name, sentences in (getattr(refusal, "errors", None) or {None: [str(refusal)]}).items():
                form.add_error(name, sentences)
        else:
            messages.success(request, _("%(name)s is appointed.") % {"name": form.user.name})
            return redirect("organisations:position", pk=found.pk)
    held = found.appointments.select_related("user").order_by("-valid_from", "-id")
    return render(
        request, "organisations/position.html",
        {"position": found, "held": held, "form": form, "today": timezone.localdate()},
        status=422 if form.errors else 200,
    )


@needs(Permission.APPOINT)
def end(request: HttpRequest, pk: int, appointment_id: int) -> HttpResponse:
    """Let an appointment end today; only looked at, it leads to the position."""
    found = _position(request, pk)
    appointment = found.appointments.filter(pk=appointment_id).first()
    if appointment is None:
        raise NotFound
    if request.method == "POST":
        actions.end_appointment(
            appointment=appointment, last_day=timezone.localdate(), by=request.user, now=timezone.now()
        )
        messages.success(request, _("The appointment ends today."))
    return redirect("organisations:position", pk=found.pk)


def _position(request: HttpRequest, pk: int) -> Position:
    found = Position.objects.filter(pk=pk).select_related("office").first()
    if found is None or not request.access.allows_at(Permission.APPOINT, office_id=found.office_id, region_code=None):
        raise NotFound
    return found
