"""The desk of corrections: what waits for the own office, by when; one of them side by side, and the decision."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from dgs.core.audit import api as audit
from dgs.core.documents import api as documents
from dgs.core.stewardship import queries
from dgs.core.stewardship.actions import decide_correction
from dgs.core.stewardship.permissions import Permission
from dgs.kernel.errors import InvalidInput, NotFound, RuleBroken
from dgs.kernel.guards import needs
from dgs.kernel.protection import decrypt

PAGE = 50


@needs(Permission.DECIDE_CORRECTION)
@never_cache
def listed(request: HttpRequest) -> HttpResponse:
    """What waits, those due first; or what was decided, the newest first."""
    is_done = request.GET.get("tampil") == "selesai"
    rows = queries.visible_to(request.access)
    done = rows.exclude(outcome="").order_by("-decided_at", "-pk")
    rows = done if is_done else rows.filter(outcome="").order_by("due_at", "pk")
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    labels = {kind: queries.attributes_of(kind) for kind in ("person", "business")}
    for one in page:
        one.label = labels[one.party.kind].get(one.attribute, one.attribute)
    return render(request, "stewardship/corrections.html", {"rows": page, "is_done": is_done, "now": timezone.now()})


@needs(Permission.DECIDE_CORRECTION)
@never_cache
def one(request: HttpRequest, correction_id: int) -> HttpResponse:
    """One request: what the register says and what is wanted, the evidence; accept or refuse. Looking is a reading."""
    found = queries.visible_to(request.access).filter(pk=correction_id).first()
    if found is None:
        raise NotFound
    answer, errors, now = request.POST.get("answer", "").replace("\x00", "")[:500], [], timezone.now()
    if request.method == "POST":
        is_accepted = request.POST.get("act") == "accept"
        try:
            decide_correction(correction_id=found.pk, is_accepted=is_accepted, answer=answer, by=request.user, now=now)
        except InvalidInput as refusal:
            errors = [sentence for sentences in refusal.errors.values() for sentence in sentences]
        except NotFound:
            raise
        except RuleBroken as refusal:
            errors = [refusal.in_words()]
        else:
            said = _("The register is corrected; the person is told.") if is_accepted else _("Refused; the person is told.")
            messages.success(request, said)
            return redirect("stewardship:corrections")
    # The rest of the record helps to decide, and is nobody's to look at once that is done.
    known = [] if found.outcome else [one for one in queries.known_of(found.party) if one.name != "nik"]
    audit.record_reading(
        by=request.user, subject=f"stewardship.correction:{found.pk}", person=found.party_id, purpose="decide a correction",
        now=now, facts={"attributes": sorted({found.attribute, *(one.name for one in known if one.shown)})},
    )
    return render(request, "stewardship/correction.html", {
        "one": found, "label": queries.attributes_of(found.party.kind).get(found.attribute, found.attribute),
        "before": queries.in_words(found.attribute, decrypt(found.before)),
        "wanted": queries.in_words(found.attribute, decrypt(found.wanted)),
        "present": queries.in_words(found.attribute, queries.text_of(found.party, found.attribute)),
        "files": documents.described(found.file_ids, about=f"stewardship.correction:{found.pk}"),
        "known": known, "answer": answer, "errors": errors, "now": now,
        "is_own": found.asked_by == request.user or queries.may_correct(request.user, found.party, now=now),
    }, status=422 if errors else 200)
