"""One case on the desk: its page, acts, claims and notes; the queue stands in desk.py."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from dgs.core.accounts import api as accounts
from dgs.core.audit import api as audit
from dgs.core.billing import api as billing
from dgs.core.cases import clock, queries
from dgs.core.cases.actions import claims, drafts, transitions
from dgs.core.cases.models import Case, Channel
from dgs.core.cases.permissions import Permission
from dgs.core.cases.record import Names, Record, opened
from dgs.core.cases.timeline import timeline
from dgs.core.cases.trouble import waiting_trouble
from dgs.core.cases.views.citizen import answers
from dgs.core.cases.views.desk import viewer
from dgs.core.cases.views.posted import number
from dgs.core.documents import api as documents
from dgs.core.messaging import api as messaging
from dgs.core.services import api as services
from dgs.kernel.errors import InvalidInput, NotFound, RuleBroken
from dgs.kernel.guards import needs
from dgs.kernel.keeping import TOKEN, Kept
from dgs.ui.shell import on_desk

# As in desk.py: the key holds all that the page depends on.
CASES = Kept(most=300, seconds=10)


def seen_case(request: HttpRequest, reference: str) -> tuple[Case, Names, Record]:
    """A case that the person's offices own, hold or have handled, with its names and record; else it does not exist."""
    found = opened(queries.known_reference(reference))
    if found is None or not transitions.may_see(found[0], request.access):
        raise NotFound
    return found


@needs(Permission.VIEW_DESK)
@never_cache
def case_page(request: HttpRequest, reference: str) -> HttpResponse:
    """Everything about one case and exactly the acts that are possible now; the reading is audited.

    What it says of the case is kept as rendered until the case's next event and ten seconds at most; money is asked for
    each time.
    """
    now = timezone.now()
    case, names, record = seen = seen_case(request, reference)
    audit.record_reading(
        by=request.user, subject=transitions.about(case), person=case.applicant_id, purpose="desk", now=now
    )
    money = _money(case, record)
    moment = (case.seq, names, len(record.others), money, clock.day_of(now), int(now.timestamp()) // 10)
    looks = viewer(request)
    parts = CASES.get((case.reference, moment, looks), lambda: _parts(_case_context(request, *seen, money)))
    return HttpResponse(on_desk(request, looks=looks, title=f"{case.title} · {case.reference}", **parts))


def _parts(context: dict) -> dict[str, SafeString]:
    """The parts of the page that tell of the case, with places for the token."""
    context |= {"csrf_token": TOKEN}
    return {
        "crumbs": render_to_string("cases/_crumbs.html"),
        "main": render_to_string("cases/case.html", context),
        "acts": render_to_string("cases/_acts.html", context),
    }


def _money(case: Case, record: Record) -> tuple:
    """The case's bill and its standing, or nothing twice; asked only when the case has been where bills are made."""
    states = services.definition_of(case.version_id).workflow.states
    if any(states[state].auto == "issue_bill" for state, _at in record.entries):
        return billing.money_of(transitions.about(case))
    return None, None


def _case_context(request, case: Case, names: Names, record: Record, money: tuple) -> dict:
    now = timezone.now()
    definition = services.definition_of(case.version_id)
    state = definition.workflow.states[case.state]
    about = transitions.about(case)
    bill, standing = money
    acts = transitions.offered(case, definition, user=request.user, access=request.access)
    heads = request.access.offices_as("head")
    context = transitions.context(case, definition, now)
    officer_fields = {f.id: f for s in definition.workflow.states.values() for a in s.actions for f in a.fields}
    return {
        "case": case,
        "names": names,
        "holder_name": names.holder,
        "channel": Channel(case.channel).label,
        "definition": definition,
        "state": state,
        "clock": clock.read(case, record, definition.workflow.working_days, state.working_days, now),
        "sections": answers(definition, context),
        "findings": [
            {"field": officer_fields[key], "text": services.display(officer_fields[key], value), "value": value}
            for key, value in case.findings.items()
            if key in officer_fields
        ],
        "timeline": timeline(record, definition, public=False),
        "pauses": [(p, definition.workflow.pauses.get(p.reason)) for p in record.pauses],
        "notes": record.notes,
        "related": [(other, services.definition_of(other.version_id)) for other in record.others],
        "bill": bill,
        "standing": standing,
        "is_bill_shut": bill is not None and not billing.is_staff_for(bill, request.access),
        "document": documents.document_for(about) if case.closed_at else None,
        "messages_sent": messaging.messages_about(about),
        "trouble": waiting_trouble(case, record),
        "acts": [a for a in acts if a.kind != "withdraw"],
        "may_claim": transitions.may_hold(case, request.access)
        and case.claimed_by_id is None
        and request.access.allows(Permission.CLAIM),
        "is_mine": case.claimed_by_id == request.user.pk,
        "is_head": heads is None or case.holder_office_id in heads,
    }


@needs(Permission.ACT)
@never_cache
@require_http_methods(["GET", "POST"])
def act(request: HttpRequest, reference: str, action_id: str) -> HttpResponse:
    """One act: its own page with the officer's questions, marks or reason; POST carries it out."""
    case, names, record = seen = seen_case(request, reference)
    now = timezone.now()
    definition = services.definition_of(case.version_id)
    offered = transitions.offered(case, definition, user=request.user, access=request.access)
    action = next((a for a in offered if a.id == action_id), None)
    context = transitions.context(case, definition, now)
    errors: dict[str, list[str]] = {}
    raw = None
    typed: dict = {}
    marks: dict[str, str] = {}
    refusal_text = ""
    status = 200
    unsaved = accounts.unsaved_answers(request, now=now)
    if unsaved and action is not None:
        raw = unsaved.raw
        typed = services.entered([f for f in action.fields if f.type != "file"], raw)
        typed |= {f.id: _kept_files(raw, f.id, case) for f in action.fields if f.type == "file"}
        marks = {f.id: raw.get(f"why-{f.id}", "") for f in definition.form.fields() if raw.get(f"mark-{f.id}")}
    if request.method == "POST":
        raw = request.POST
        marks = {
            f.id: raw.get(f"why-{f.id}", "")[:500] or _("Please check this again.")
            for f in definition.form.fields()
            if raw.get(f"mark-{f.id}")
        }
        reshaping = "_add" in raw or "_remove" in raw or "_drop" in raw
        files, refused = {}, {}
        if action is not None and action.fields:
            uploads = {name: request.FILES.getlist(name) for name in request.FILES}
            kept = {f.id: _kept_files(raw, f.id, case) for f in action.fields if f.type == "file"}
            files, refused = drafts.keep_uploads(
                action.fields, kept, raw, uploads, owner=request.user, about=transitions.about(case), now=now
            )
            typed = services.entered([f for f in action.fields if f.type != "file"], raw) | files
        if not reshaping and not refused:
            try:
                transitions.act(
                    reference=reference,
                    action_id=action_id,
                    by=request.user,
                    access=request.access,
                    seq=number(raw.get("seq")),
                    now=now,
                    note=raw.get("note", "")[:4000],
                    raw=raw,
                    files=files,
                    marks=marks,
                )
            except InvalidInput as refusal:
                errors, status = refusal.errors or {"note": [str(refusal)]}, 422
            except RuleBroken as refusal:
                refusal_text, status = str(refusal), refusal.status
            else:
                messages.success(
                    request, _("%(act)s: done for %(reference)s.") % {"act": action.title, "reference": reference}
                )
                following = raw.get("next") == "queue"
                return redirect("cases:desk") if following else redirect("cases:case", reference=reference)
        if refused:
            errors, status = refused, 422
    if action is None:
        if request.method == "POST":
            messages.error(request, refusal_text or _("This act is not possible in the present state of the case."))
        return redirect("cases:case", reference=reference)
    return render(
        request,
        "cases/act.html",
        _case_context(request, *seen, _money(case, record))
        | {
            "action": action,
            "unsaved": unsaved,
            "errors": errors,
            "refusal_text": refusal_text,
            "marks": marks,
            "note": raw.get("note", "") if raw else "",
            "seq": case.seq,
            "fields": services.bound_fields(action.fields, case.findings | typed, errors, context),
            "has_files": any(f.type == "file" for f in action.fields),
        },
        status=status,
    )


def _kept_files(raw, field_id: str, case: Case) -> list[dict]:
    """Files uploaded with an earlier try of the same act, named by hidden inputs; only files of this very case count."""
    return documents.described(raw.getlist(f"{field_id}-kept"), about=transitions.about(case))


@needs(Permission.CLAIM)
@require_POST
def claim(request: HttpRequest, reference: str) -> HttpResponse:
    """Take a case in hand, or with `release` put it back."""
    doing = claims.release if request.POST.get("release") else claims.claim
    try:
        doing(reference=reference, by=request.user, access=request.access, now=timezone.now())
    except NotFound:
        raise
    except RuleBroken as refusal:
        messages.error(request, str(refusal))
    return redirect(_back(request, reference))


def _back(request, reference: str) -> str:
    if request.POST.get("next") == "queue":
        return reverse("cases:desk")
    return reverse("cases:case", kwargs={"reference": reference})


@needs(Permission.VIEW_DESK)
@require_POST
def note(request: HttpRequest, reference: str) -> HttpResponse:
    """Leave a note for colleagues."""
    try:
        claims.add_note(
            reference=reference,
            text=request.POST.get("text", ""),
            by=request.user,
            access=request.access,
            now=timezone.now(),
        )
    except InvalidInput:
        messages.error(request, _("Write a note of at most 2,000 characters."))
    return redirect("cases:case", reference=reference)
