"""What an applicant sees of a case: list, detail, mending, stepping back, and public tracking without sign-in."""

from __future__ import annotations

import dataclasses

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from dgs.core.accounts import api as accounts
from dgs.core.billing import api as billing
from dgs.core.cases import clock, queries, tracking
from dgs.core.cases.actions import drafts, transitions
from dgs.core.cases.actions.old_drafts import kept_until
from dgs.core.cases.applicants import applications_of
from dgs.core.cases.errors import NotOffered
from dgs.core.cases.models import Case
from dgs.core.cases.record import record_of
from dgs.core.cases.timeline import timeline
from dgs.core.cases.views.posted import number
from dgs.core.documents import api as documents
from dgs.core.messaging import api as messaging
from dgs.core.services import api as services
from dgs.core.services.api import Step
from dgs.kernel.errors import NotFound
from dgs.kernel.guards import public, signed_in


def own_case(request: HttpRequest, reference: str) -> Case:
    """The person's own case; anybody else's does not exist for them."""
    case = (
        applications_of(request.user, timezone.localdate())
        .select_related("applicant", "business", "claimed_by")
        .filter(reference=queries.known_reference(reference))
        .first()
    )
    if case is None:
        raise NotFound
    return case


@signed_in
@never_cache
def mine(request: HttpRequest) -> HttpResponse:
    """The person's drafts and cases."""
    page = Paginator(applications_of(request.user, timezone.localdate()), 20).get_page(request.GET.get("page"))
    queries.definitions(page.object_list)
    open_drafts = list(queries.drafts_of(request.user)[:20])
    for draft in open_drafts:
        draft.kept_until = kept_until(draft)
        draft.definition = services.definition_of(draft.version_id)
    return render(request, "cases/mine.html", {"page_obj": page, "drafts": open_drafts})


@signed_in
@never_cache
def mine_detail(request: HttpRequest, reference: str) -> HttpResponse:
    """One case as its applicant sees it: where it is, what is next, what happened, bill, letter, messages."""
    case = own_case(request, reference)
    now = timezone.now()
    definition = services.definition_of(case.version_id)
    state = definition.workflow.states[case.state]
    bill, standing = billing.money_of(transitions.about(case))
    context = transitions.context(case, definition, now)
    record = record_of(case)
    return render(
        request,
        "cases/mine_detail.html",
        {
            "case": case,
            "definition": definition,
            "state": state,
            "holder_name": case.holder_office.name if case.holder_office_id else "",
            "clock": clock.read(case, record, definition.workflow.working_days, state.working_days, now),
            "timeline": timeline(record, definition, public=True),
            "pauses": [(p, definition.workflow.pauses.get(p.reason)) for p in record.pauses],
            "bill": bill,
            "standing": standing,
            "document": documents.document_for(transitions.about(case)),
            "messages_sent": messaging.messages_about(transitions.about(case)),
            "sections": answers(definition, context),
            "acts": [
                a
                for a in transitions.offered(case, definition, user=request.user, access=request.access)
                if a.kind == "withdraw"
            ],
            "correction": next((notice for notice in record.notices if not notice.answered_at), None),
            "is_new": "baru" in request.GET,
        },
    )


def answers(definition, context) -> list[dict]:
    """The answers by step, for reading."""
    sections = []
    for step, fields in services.visible(definition.form, context):
        rows = [
            {"field": f, "text": services.display(f, context.values.get(f.id)), "value": context.values.get(f.id)}
            for f in fields
        ]
        sections.append({"step": step, "rows": rows})
    return sections


@signed_in
@never_cache
@require_http_methods(["GET", "POST"])
def correct(request: HttpRequest, reference: str) -> HttpResponse:
    """Mending: only the answers and files that the officer marked, each with what is wrong; sends them back."""
    case = own_case(request, reference)
    now = timezone.now()
    definition = services.definition_of(case.version_id)
    state = definition.workflow.states[case.state]
    correction = case.corrections.filter(answered_at=None).order_by("-asked_at").first()
    action = next((a for a in state.actions if a.kind == "resubmit"), None)
    if correction is None or action is None:
        return redirect("cases:mine_detail", reference=case.reference)
    said = {item["field"]: item["message"] for item in correction.items}
    fields = [f for f in definition.form.fields() if f.id in said]
    context = transitions.context(case, definition, now)
    page = Step(id="correction", title=action.title, fields=tuple(fields))
    errors: dict[str, list[str]] = {}
    shown = dict(context.values)
    status = 200
    unsaved = accounts.unsaved_answers(request, now=now)
    if unsaved:
        clean, _errors = services.clean_step(page, unsaved.raw, _kept(unsaved.raw, fields, case), context)
        further = transitions.also_asked(case, definition, clean, said, now=now)
        said |= _why(further)
        fields += further
        shown |= services.entered([f for f in fields if f.type != "file"], unsaved.raw)
        shown |= _kept(unsaved.raw, fields, case)
    if request.method == "POST":
        raw = request.POST
        uploads = {name: request.FILES.getlist(name) for name in request.FILES}
        about = transitions.about(case)
        kept = _kept(raw, fields, case) if "sent" in raw else context.values
        files, refused = drafts.keep_uploads(fields, kept, raw, uploads, owner=request.user, about=about, now=now)
        clean, errors = services.clean_step(page, raw, files, context)
        further = transitions.also_asked(case, definition, clean, said, now=now)
        if further:
            said |= _why(further)
            fields += further
            more, refused_too = drafts.keep_uploads(
                further, _kept(raw, further, case), raw, uploads, owner=request.user, about=about, now=now
            )
            files |= more
            refused |= refused_too
            page = dataclasses.replace(page, fields=tuple(fields))
            clean, errors = services.clean_step(page, raw, files, context)
        for path, sentences in refused.items():
            errors.setdefault(path, []).extend(sentences)
        if not errors:
            whole = dataclasses.replace(context, values={**context.values, **clean})
            _values, found = services.clean_all(definition.form, whole.values, whole)
            errors = {path: sentences for path, sentences in found.items() if path.split("-")[0] in said}
        is_reshaping = bool({"_add", "_remove", "_drop"} & raw.keys())
        if not errors and not is_reshaping:
            transitions.act(
                reference=case.reference,
                action_id=action.id,
                by=request.user,
                access=request.access,
                seq=number(raw.get("seq")),
                now=now,
                values=clean,
                note=raw.get("note", "")[:1000],
            )
            messages.success(request, _("Thank you. What you mended was sent back to the office."))
            return redirect("cases:mine_detail", reference=case.reference)
        errors = refused if is_reshaping else errors
        status = 422 if errors else 200
        shown |= services.entered([f for f in fields if f.type != "file"], raw) | files
    views = services.bound_fields(fields, shown, errors, context)
    return render(
        request,
        "cases/correct.html",
        {
            "case": case,
            "definition": definition,
            "errors": errors,
            "unsaved": unsaved,
            "fields": views,
            "items": [(view, said.get(view.id, "")) for view in views],
            "action": action,
            "correction": correction,
        },
        status=status,
    )


def _why(further) -> dict[str, str]:
    """What stands above questions that no officer marked."""
    return {field.id: _("This is asked because of what you changed above.") for field in further}


def _kept(raw, fields, case: Case) -> dict[str, list[dict]]:
    """Files that stay, named by hidden inputs; only files of this very case count."""
    return {
        field.id: documents.described(raw.getlist(f"{field.id}-kept"), about=transitions.about(case))
        for field in fields
        if field.type == "file"
    }


@signed_in
@require_POST
def applicant_act(request: HttpRequest, reference: str, action_id: str) -> HttpResponse:
    """An act of the applicant without answers, such as stepping back."""
    case = own_case(request, reference)
    state = services.definition_of(case.version_id).workflow.states[case.state]
    action = state.action(action_id)
    if action is not None and action.kind != "withdraw":
        raise NotOffered  # mended answers come by their own page, where they are checked
    transitions.act(
        reference=case.reference,
        action_id=action_id,
        by=request.user,
        access=request.access,
        seq=number(request.POST.get("seq")),
        now=timezone.now(),
        note=request.POST.get("note", "")[:1000],
    )
    messages.success(request, _("Done. The office has been told."))
    return redirect("cases:mine_detail", reference=case.reference)


@public
@never_cache
@require_http_methods(["GET", "POST"])
def track(request: HttpRequest) -> HttpResponse:
    """Where a case is, for who knows its reference and the last four digits of the applicant's NIK; throttled."""
    data = request.POST if request.method == "POST" else request.GET
    # The four digits only ever travel in a POST: an address with them would stay in logs and histories.
    typed, four = data.get("reference", "")[:40], request.POST.get("four", "")[:10].strip()
    found = None
    error = ""
    status = 200
    if typed and four:
        now, where = timezone.now(), accounts.client_address(request)
        reference = queries.read_reference(typed)
        found = tracking.track(reference=reference, four=four, where=where, now=now)
        if found is None:
            error, status = _("No application has this reference together with these four digits. Check both."), 404
        if reference is None:
            error = _(
                "This is not a reference number: a letter or digit is wrong. It has 12 signs, such as 7K3F-92MX-4ACD."
            )
    elif request.method == "POST":
        error, status = _("Fill in the reference number and the last four digits of the NIK."), 422
    result = None
    if found:
        definition = services.definition_of(found.version_id)
        state = definition.workflow.states[found.state]
        record = record_of(found)
        result = {
            "case": found,
            "definition": definition,
            "state": state,
            "holder_name": found.holder_office.name if found.holder_office_id else "",
            "clock": clock.read(found, record, definition.workflow.working_days, state.working_days, timezone.now()),
            "timeline": timeline(record, definition, public=True, anonymous=True),
        }
    return render(
        request, "cases/track.html", {"typed": typed, "four": four, "error": error, "result": result}, status=status
    )
