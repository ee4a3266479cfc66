"""Filling in and sending an application, one topic a page; for citizens and, at the counter, for clerks."""

from __future__ import annotations

from dataclasses import replace

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from dgs.core.accounts import api as accounts
from dgs.core.cases import queries
from dgs.core.cases.actions import drafts, submission
from dgs.core.cases.errors import AlreadyClosed, NoPerson, StepNotAsked, StepOutdated
from dgs.core.cases.models import Channel
from dgs.core.cases.views.posted import number
from dgs.core.parties import api as parties
from dgs.core.services import api as services
from dgs.kernel.errors import InvalidInput, NotFound
from dgs.kernel.guards import signed_in


@signed_in
@never_cache
@require_http_methods(["GET", "POST"])
def start(request: HttpRequest, slug: str) -> HttpResponse:
    """Who applies (oneself or a business), and drafts that can be gone on with; POST begins."""
    version = services.current_version(slug)
    if version is None:
        raise NotFound
    definition = services.definition_of(version.pk)
    person = request.user.party
    if person is None:
        raise NoPerson
    businesses = (
        parties.businesses_of(person.person, timezone.localdate()) if "business" in definition.applicants else []
    )
    error = ""
    if request.method == "POST":
        chosen = request.POST.get("applicant", "")
        business = next((b.party for b in businesses if str(b.pk) == chosen), None)
        if chosen == "person" and "person" in definition.applicants or business:
            draft = submission.start_online(slug=slug, by=request.user, now=timezone.now(), business=business)
            return redirect("cases:step", draft_id=draft.pk, step_id=_first_step(draft, request))
        error = _("Choose for whom you apply.")
    return render(
        request,
        "cases/start.html",
        {
            "service": version.service,
            "definition": definition,
            "businesses": businesses,
            "error": error,
            "drafts": [d for d in queries.drafts_of(request.user)[:20] if d.version.service_id == version.service_id],
            "only_person": definition.applicants == ("person",),
        },
        status=422 if error else 200,
    )


def _first_step(draft, request) -> str:
    steps = _steps(draft, request)[0]
    return next((s.id for s in steps if not draft.saved_steps.get(s.id)), steps[0].id)


def _steps(draft, request):
    definition = services.definition_of(draft.version_id)
    values = drafts.values_of(draft)
    attributes = drafts.attributes_of(draft, by=request.user, now=timezone.now())
    context = services.Context(values=values, attributes=attributes, findings={}, today=timezone.localdate())
    return services.visible_steps(definition.form, context), definition, values, context


def _progress(steps, draft, current: str | None) -> list[dict]:
    """Where one is in the form: the pages in order and, last, checking."""

    def state(s) -> str:
        if s.id == current:
            return "current"
        return "done" if draft.saved_steps.get(s.id) else "next"

    found = [
        {
            "title": s.title,
            "state": state(s),
            "url": reverse("cases:step", args=[draft.pk, s.id]) if draft.saved_steps.get(s.id) else "",
        }
        for s in steps
    ]
    return found + [{"title": _("Check and send"), "state": "next" if current else "current", "url": ""}]


@signed_in
@never_cache
@require_http_methods(["GET", "POST"])
def step(request: HttpRequest, draft_id, step_id: str) -> HttpResponse:
    """One page of the form. POST saves it; `_later` saves and leaves, `_add`/`_remove` change the rows of a list."""
    if request.method == "POST" and "_peek" not in request.POST:
        return _save(request, draft_id, step_id)
    draft = drafts.draft_of(draft_id, by=request.user)
    if draft.case_id:
        return redirect(_after(draft))
    steps, definition, values, context = _steps(draft, request)
    here = next((s for s in steps if s.id == step_id), None)
    if here is None:
        if definition.form.step(step_id) is None:
            raise NotFound
        return redirect("cases:check", draft_id=draft.pk)
    typed: dict = {}
    unsaved = accounts.unsaved_answers(request, now=timezone.now())
    if unsaved or request.method == "POST":
        # Answers came back after the session had ended; or one was changed on which other questions may depend: show
        # them with what they ask for, save nothing.
        raw = unsaved.raw if unsaved else request.POST
        typed = services.entered([f for f in here.fields if f.type != "file"], raw)
        clean, _errors = services.clean_step(here, raw, {}, context)
        own = {f.id for f in here.fields}
        context = context.given({k: v for k, v in values.items() if k not in own} | clean)
    return _page(request, draft, here, steps, context, values | typed, unsaved=unsaved)


def _saved(raw) -> int | None:
    """How often the step had been saved when the page was shown; what no page of ours says counts as out of date."""
    if "saved" not in raw:
        return None
    found = number(raw["saved"])
    return -1 if found is None else found


def _save(request: HttpRequest, draft_id, step_id: str) -> HttpResponse:
    """Save a page of the form and lead on, or show the page again with what is wrong."""
    raw = request.POST
    is_reshaped = bool({"_add", "_remove", "_drop"} & set(raw))
    try:
        saved = drafts.save_step(
            draft_id=draft_id,
            step_id=step_id,
            raw=raw,
            uploads={name: request.FILES.getlist(name) for name in request.FILES},
            saved=_saved(raw),
            by=request.user,
            now=timezone.now(),
            later=is_reshaped or "_later" in raw,
        )
    except AlreadyClosed:
        return redirect(_after(drafts.draft_of(draft_id, by=request.user)))
    except StepNotAsked as refusal:
        messages.warning(request, str(refusal))
        return redirect("cases:check", draft_id=draft_id)
    except StepOutdated as refusal:
        draft = drafts.draft_of(draft_id, by=request.user)
        steps, definition, values, context = _steps(draft, request)
        here = definition.form.step(step_id)
        typed = services.entered([f for f in here.fields if f.type != "file"], raw)
        return _page(request, draft, here, steps, context, values | typed, notice=str(refusal), status=409)
    draft = saved.draft
    if "_later" in raw:
        messages.success(request, _("Your answers are saved. You can go on from any device."))
        return redirect("cases:counter" if draft.channel == Channel.COUNTER else "cases:mine")
    form = services.definition_of(draft.version_id).form
    steps = services.visible_steps(form, saved.context)
    if saved.errors or is_reshaped:
        status = 422 if saved.errors else 200
        values = saved.context.values
        return _page(request, draft, form.step(step_id), steps, saved.context, values, errors=saved.errors, status=status)
    ids = [s.id for s in steps]
    following = ids[ids.index(step_id) + 1 :] if step_id in ids else []
    if request.GET.get("from") == "check" or not following:
        return redirect("cases:check", draft_id=draft.pk)
    return redirect("cases:step", draft_id=draft.pk, step_id=following[0])


def _page(
    request, draft, here, steps, context, values, *, errors=None, notice="", unsaved=None, status=200
) -> HttpResponse:
    """A page of the form with the values as stored or typed."""
    step_id, errors = here.id, errors or {}
    fields = services.bound_fields(services.visible_fields(here, context), values, errors, context)
    ids = [s.id for s in steps]
    position = ids.index(step_id) if step_id in ids else 0
    return render(
        request,
        "cases/step.html",
        {
            "draft": draft,
            "definition": services.definition_of(draft.version_id),
            "step": here,
            "fields": fields,
            "errors": errors,
            "notice": notice,
            "unsaved": unsaved,
            "progress": _progress(steps, draft, step_id),
            "position": position + 1,
            "count": len(steps),
            "previous": ids[position - 1] if position else None,
            # Kept answers were typed on the page of then: what was saved since, they overwrite only when one has read that.
            "saved": unsaved.raw.get("saved", "0") if unsaved else draft.saved_steps.get(step_id, 0),
            "has_files": any(f.type == "file" for f in here.fields),
            # Only answers on which other questions of the page depend ask the server at once; typing is never disturbed.
            "asks_on": " ".join(sorted(services.deciding_fields(here))),
        },
        status=status,
    )


@signed_in
@never_cache
@require_http_methods(["GET", "POST"])
def check(request: HttpRequest, draft_id) -> HttpResponse:
    """Everything answered on one page that reads like a letter; POST sends it, once."""
    draft = drafts.draft_of(draft_id, by=request.user)
    if draft.case_id:
        return redirect(_after(draft))
    steps, definition, values, context = _steps(draft, request)
    errors: dict[str, list[str]] = {}
    status = 200
    if request.method == "POST":
        try:
            case = submission.submit_draft(
                draft_id=draft.pk, consent=request.POST.get("consent") == "yes", by=request.user, now=timezone.now()
            )
        except InvalidInput as refusal:
            errors, status = refusal.errors or {"form": [str(refusal)]}, 422
        else:
            draft.case = case
            return redirect(_after(draft) + "?baru=1")
    else:
        _clean, errors = services.clean_all(definition.form, values, context)
    # What will be sent: answers that are asked, and what the register knows under the very conditions of the form.
    counted = services.settle(definition.form, context)
    sections = [
        {
            "step": s,
            "rows": [
                {
                    "field": f,
                    "text": services.display(f, counted.get(f.id)),
                    "value": counted.get(f.id),
                    "errors": _errors_of(f.id, errors),
                }
                for f in services.visible_fields(s, context)
            ],
        }
        for s in steps
    ]
    lines = []
    fee_sentence = ""
    if not errors:
        try:
            lines = services.fee_lines(definition.fees, replace(context, values=counted))
        except services.FeeUncertain as refusal:
            fee_sentence = str(refusal)
    return render(
        request,
        "cases/check.html",
        {
            "draft": draft,
            "definition": definition,
            "sections": sections,
            "errors": errors,
            "open_errors": {k: v for k, v in errors.items() if k not in ("consent",)} if errors else {},
            "progress": _progress(steps, draft, None),
            "lines": lines,
            "total": sum(line.amount for line in lines),
            "fee_sentence": fee_sentence,
            "was_sent": request.method == "POST",
        },
        status=status,
    )


def _errors_of(field_id: str, errors: dict[str, list[str]]) -> list[str]:
    return [s for path, found in errors.items() if path == field_id or path.startswith(f"{field_id}.") for s in found]


def _after(draft) -> str:
    name = "cases:receipt" if draft.channel == Channel.COUNTER else "cases:mine_detail"
    return reverse(name, kwargs={"reference": draft.case.reference})


@signed_in
@require_POST
def discard(request: HttpRequest, draft_id) -> HttpResponse:
    """Throw a draft away."""
    drafts.discard_draft(draft_id=draft_id, by=request.user, now=timezone.now())
    messages.success(request, _("The draft was thrown away."))
    return redirect("cases:mine")
