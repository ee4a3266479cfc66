"""The desk of staff: queue, case page, acts, claims, notes, bulk work."""

from __future__ import annotations

from functools import lru_cache

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.safestring import mark_safe
from django.utils.translation import get_language, ngettext
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
from dgs.core.documents import api as documents
from dgs.core.messaging import api as messaging
from dgs.core.services import api as services
from dgs.kernel.errors import InvalidInput, NotFound, RuleBroken
from dgs.kernel.guards import needs
from dgs.kernel.keeping import TOKEN, Kept


class CountLimited(Paginator):
    """Pages over a queue whose counting stops at a limit, so that a page costs the same at any number of cases."""

    known: int | None = None

    @cached_property
    def count(self) -> int:
        return queries.counted(self.object_list) if self.known is None else self.known


BOXES = ("office", "mine", "overdue", "waiting", "all", "closed")


@needs(Permission.VIEW_DESK)
@never_cache
def desk(request: HttpRequest) -> HttpResponse:
    """The one queue of staff: what one's role holds, what one has in hand, what is late, what waits.

    A page is kept as rendered until any case changes, so that a hundred officers who look cost little.
    """
    is_part = bool(request.htmx and not request.htmx.boosted)
    template = "cases/_queue.html" if is_part else "cases/desk.html"
    now = timezone.now()
    wanted = queries.Filter.from_query(request.GET)
    if not is_part and len(messages.get_messages(request)):
        return render(request, template, _queue_context(request, wanted, now))
    moment = (queries.latest_event(), clock.day_of(now), int(now.timestamp()) // 30)
    key = (template, _viewer(request), moment, wanted, request.GET.urlencode())
    text = QUEUES.get(
        key, lambda: render_to_string(template, _queue_context(request, wanted, now) | {"csrf_token": TOKEN}, request)
    )
    return HttpResponse(text.replace(TOKEN, get_token(request)))


# The keys hold the person, what they may see, the question, the language, the day and a mark of the latest change.
QUEUES = Kept(most=300, seconds=30)
ROWS = Kept(most=5000, seconds=30)
CASES = Kept(most=300, seconds=10)


def _queue_context(request: HttpRequest, wanted: queries.Filter, now) -> dict:
    query = request.GET.copy()
    query.pop("page", None)
    is_filtered = any(v for k, v in query.items() if k != "box")
    counts = queries.box_counts(request.access, request.user, now=now)
    paginator = CountLimited(queries.queue(request.access, request.user, wanted, now=now), 25)
    paginator.known = None if is_filtered else counts.get(wanted.box)
    page = paginator.get_page(request.GET.get("page"))
    cases = queries.rows(page.object_list, now=now)
    page.object_list = cases
    markable = wanted.box in ("office", "mine")
    titles, states = _choices(wanted.service, get_language(), int(now.timestamp()) // 30)
    return {
        "wanted": wanted,
        "page_obj": page,
        "cases": cases,
        "boxes": [(box, _box_title(box), counts.get(box)) for box in BOXES],
        "limit": queries.COUNT_LIMIT,
        "markable": markable,
        "rows": [_row(case, markable) for case in cases],
        "channels": Channel.choices,
        "clear_url": f"?box={wanted.box}",
        "services": titles,
        "states": states,
        "total": paginator.count,
        "is_filtered": is_filtered,
        "bulk_acts": _bulk_acts(cases, request) if markable else [],
    }


@lru_cache(maxsize=64)
def _choices(chosen: str, language: str, _half_minute: int) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Services and states for the filter, kept for half a minute."""
    states: dict[str, str] = {}
    titles = []
    for service, definition in services.open_services():
        titles.append((service.slug, str(definition.title)))
        if chosen in ("", service.slug):
            states |= {s.id: str(s.title) for s in definition.workflow.states.values()}
    return titles, sorted(states.items(), key=lambda item: item[1])


def _row(case: queries.Row, markable: bool) -> str:
    key = (
        case.reference, case.seq, case.days_left, case.state, case.claimed_name, case.deemed_at, case.paused_since,
        case.holder_name, get_language(), markable,
    )  # fmt: skip
    text = ROWS.get(key, lambda: render_to_string("cases/_row.html", {"case": case, "markable": markable}))
    return mark_safe(text)  # noqa: S308 - rendered by a template just now, escaped there


def _box_title(box: str) -> str:
    return {
        "office": _("To do"),
        "mine": _("In my hands"),
        "overdue": _("Overdue"),
        "waiting": _("Waiting"),
        "all": _("All"),
        "closed": _("Closed"),
    }[box]


def _bulk_acts(cases, request) -> list:
    """Acts that the definition allows for many cases at once, offered when all services on the page agree on them."""
    found = {}
    for case in cases:
        for action in transitions.offered(case, case.definition, user=request.user, access=request.access):
            if action.bulk:
                found.setdefault(action.id, action)
    return list(found.values())


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

    The page is kept as rendered until the case's next event and ten seconds at most; money is asked for each time.
    """
    now = timezone.now()
    case, names, record = seen = seen_case(request, reference)
    audit.record_reading(
        by=request.user, subject=transitions.about(case), person=case.applicant_id, purpose="desk", now=now
    )
    money = _money(case, record)
    if len(messages.get_messages(request)):
        return render(request, "cases/case.html", _case_context(request, *seen, money))
    moment = (case.seq, names, len(record.others), money, clock.day_of(now), int(now.timestamp()) // 10)
    text = CASES.get(
        (case.reference, moment, _viewer(request)),
        lambda: render_to_string("cases/case.html", _case_context(request, *seen, money) | {"csrf_token": TOKEN}, request),
    )
    return HttpResponse(text.replace(TOKEN, get_token(request)))


def _money(case: Case, record: Record) -> tuple:
    """The case's bill and its standing, or nothing twice; asked only when the case has been where bills are made."""
    states = services.definition_of(case.version_id).workflow.states
    if any(states[state].auto == "issue_bill" for state, _at in record.entries):
        return billing.money_of(transitions.about(case))
    return None, None


def _viewer(request: HttpRequest) -> tuple:
    """Who looks, what they may see and do, and how they want it shown: what a kept page of staff depends on."""
    theme = request.COOKIES.get("dgs_theme", "")[:10]
    return request.user.pk, request.user.name, tuple(request.access.grants), get_language(), theme


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
                    seq=_number(raw.get("seq")),
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


def _number(text) -> int | None:
    try:
        return int(text)
    except (TypeError, ValueError):
        return None


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


@needs(Permission.CLAIM)
@require_POST
def bulk(request: HttpRequest) -> HttpResponse:
    """Claim many cases, or carry out one bulk act on many; each case for itself, and every refusal is named."""
    references = request.POST.getlist("case")[:200]
    act_id = request.POST.get("act", "claim")
    if not references:
        messages.error(request, _("Mark at least one case first."))
        return redirect("cases:desk")
    if act_id == "claim":
        done, refused = claims.claim_many(
            references=references, by=request.user, access=request.access, now=timezone.now()
        )
    else:
        done, refused = _act_many(request, references, act_id)
    if done:
        messages.success(
            request, ngettext("%(count)s case done.", "%(count)s cases done.", len(done)) % {"count": len(done)}
        )
    for reference, why in list(refused.items())[:10]:
        messages.error(request, f"{reference}: {why}")
    return redirect(f"{_desk_url()}?box=mine" if act_id == "claim" else _desk_url())


def _desk_url() -> str:
    return reverse("cases:desk")


def _act_many(request, references: list[str], act_id: str) -> tuple[list[str], dict[str, str]]:
    done, refused = [], {}
    for reference in sorted(set(references)):
        try:
            case = Case.objects.filter(reference=queries.known_reference(reference)).first()
            if case is None or not transitions.may_see(case, request.access):
                raise NotFound
            definition = services.definition_of(case.version_id)
            action = definition.workflow.states[case.state].action(act_id)
            if action is not None and not action.bulk:
                raise transitions.NotOffered
            transitions.act(
                reference=reference,
                action_id=act_id,
                by=request.user,
                access=request.access,
                seq=_number(request.POST.get(f"seq-{reference}")),
                now=timezone.now(),
            )
            done.append(reference)
        except RuleBroken as refusal:
            refused[reference] = str(refusal) or _("Not found.")
    return done, refused


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
