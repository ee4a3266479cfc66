"""The counter: a clerk enters an application for somebody who came in person, and prints the receipt."""

from __future__ import annotations

import io

import segno
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from dgs.core.accounts import api as accounts
from dgs.core.audit import api as audit
from dgs.core.cases import queries
from dgs.core.cases.actions import drafts, transitions
from dgs.core.cases.errors import OutsideCounter
from dgs.core.cases.models import Case, Channel
from dgs.core.cases.permissions import Permission
from dgs.core.cases.views.case import seen_case
from dgs.core.parties import api as parties
from dgs.core.regions import api as regions
from dgs.core.services import api as services
from dgs.kernel.errors import InvalidInput, NotFound, RuleBroken
from dgs.kernel.guards import needs


@needs(Permission.ENTER_COUNTER)
@never_cache
@require_http_methods(["GET", "POST"])
def counter(request: HttpRequest) -> HttpResponse:
    """Find or enter the person by NIK, choose the service, and begin filling in for them.

    The NIK only ever travels in a POST: an address with it would stay in logs and histories.
    """
    now = timezone.now()
    unsaved = accounts.unsaved_answers(request, now=now)
    typed = unsaved.raw if unsaved else request.POST
    nik = transitions.plain(typed.get("nik", ""))[:20]
    is_begun = request.method == "POST" and "_find" not in request.POST
    errors: dict[str, list[str]] = {}
    person = None
    status = 200
    if nik:
        try:
            parties.check_nik(nik)
            person = parties.person_by_nik(nik)
            if person is not None:
                # Recorded also when the person lives elsewhere: the refusal says that the NIK is known, and where it is not.
                audit.record_reading(
                    by=request.user, subject="cases.counter", person=person.party_id, purpose="counter", now=now
                )
                if not _serves(request, person.party.region):
                    person, errors, status = None, {"nik": [str(OutsideCounter.sentence)]}, OutsideCounter.status
        except InvalidInput as refusal:
            errors, status = refusal.errors or {"nik": [str(refusal)]}, 422
    if is_begun and nik and not errors:
        try:
            draft = _begin(request, nik, person, now=now)
        except InvalidInput as refusal:
            errors, status = refusal.errors or {"form": [str(refusal)]}, 422
        except NotFound:
            errors, status = {"service": [_("Choose a service.")]}, 422
        except RuleBroken as refusal:
            errors, status = {"form": [str(refusal)]}, refusal.status
        else:
            first = services.definition_of(draft.version_id).form.steps[0].id
            return redirect("cases:step", draft_id=draft.pk, step_id=first)
    elif request.method == "POST" and not nik:
        errors, status = {"nik": [_("Type the NIK of the applicant.")]}, 422
    return render(
        request,
        "cases/counter.html",
        {
            "nik": nik,
            "person": person,
            "errors": errors,
            "typed": typed,
            "unsaved": unsaved,
            "asked": bool(nik) and not errors.get("nik"),
            "businesses": parties.businesses_of(person, timezone.localdate()) if person else [],
            "services": [(s, d) for s, d in services.open_services() if "counter" in d.channels],
            "drafts": list(queries.drafts_of(request.user).filter(channel=Channel.COUNTER)[:10]),
        },
        status=status,
    )


@transaction.atomic
def _begin(request: HttpRequest, nik: str, person, *, now):
    """The draft of somebody at the counter, who is entered into the register when not known: both or nothing."""
    region = person.party.region if person else regions.by_code(request.POST.get("region", ""))
    if not _serves(request, region):
        raise OutsideCounter
    given = {key: transitions.plain(value) for key, value in request.POST.items()}
    if person is None:
        person = parties.register_person(
            nik=nik,
            name=given.get("name", ""),
            now=now,
            by=request.user,
            address=given.get("address", ""),
            phone=given.get("phone", ""),
            email=given.get("email", ""),
            birth_place=given.get("birth_place", ""),
            region=regions.by_code(given.get("region", "")),
            origin=parties.Origin(source=parties.Source.COUNTER),
        )
    business = None
    if given.get("business"):
        represented = parties.businesses_of(person, timezone.localdate())
        business = next((b.party for b in represented if str(b.pk) == given["business"]), None)
    return drafts.start_draft(
        slug=given.get("service", ""),
        by=request.user,
        now=now,
        applicant=person.party,
        business=business,
        channel=Channel.COUNTER,
    )


def _serves(request: HttpRequest, region) -> bool:
    """Whether the person's grants for the counter reach those who live in the region, in which their case will lie."""
    reaches = request.access.reaches(Permission.ENTER_COUNTER)
    return any(reach.takes_region(region.code if region else None) for reach in reaches)


@needs(Permission.ENTER_COUNTER, Permission.VIEW_DESK)
@never_cache
def receipt(request: HttpRequest, reference: str) -> HttpResponse:
    """The printable receipt of a case with its QR, for the person at the counter."""
    case = _entered_case(request, reference)
    definition = services.definition_of(case.version_id)
    return render(request, "cases/receipt.html", {"case": case, "definition": definition, "track_at": _track_at()})


def _track_at() -> str:
    """The tracking page's address as one reads it out and types it."""
    return f"{settings.BASE_URL}{reverse('cases:track')}".partition("://")[2]


def _entered_case(request: HttpRequest, reference: str) -> Case:
    """A case the clerk entered (also for another office), or one they may see on the desk."""
    own = Case.objects.select_related("office", "applicant", "service").filter(
        reference=queries.known_reference(reference), submitted_by=request.user, channel=Channel.COUNTER
    )
    return own.first() or seen_case(request, reference)[0]


@needs(Permission.ENTER_COUNTER, Permission.VIEW_DESK)
@never_cache
def receipt_qr(request: HttpRequest, reference: str) -> HttpResponse:
    """The receipt's QR code as SVG: the address of the tracking page with the reference filled in."""
    case = _entered_case(request, reference)
    picture = io.BytesIO()
    segno.make(f"{settings.BASE_URL}/lacak?reference={case.reference}", error="m").save(
        picture, kind="svg", scale=4, border=2
    )
    return HttpResponse(picture.getvalue(), content_type="image/svg+xml")
