"""The desk of staff: the queue and bulk work on it; a single case stands in case.py."""

from __future__ import annotations

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
from django.views.decorators.http import require_POST

from dgs.core.cases import clock, queries
from dgs.core.cases.actions import claims, transitions
from dgs.core.cases.models import Case, Channel
from dgs.core.cases.permissions import Permission
from dgs.core.cases.views.posted import number
from dgs.core.services import api as services
from dgs.kernel.errors import NotFound, RuleBroken
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
    key = (template, viewer(request), moment, wanted, request.GET.urlencode())
    text = QUEUES.get(
        key, lambda: render_to_string(template, _queue_context(request, wanted, now) | {"csrf_token": TOKEN}, request)
    )
    return HttpResponse(text.replace(TOKEN, get_token(request)))


# The keys hold the person, what they may see, the question, the language, the day and a mark of the latest change.
QUEUES = Kept(most=300, seconds=30)
ROWS = Kept(most=5000, seconds=30)
CHOICES = Kept(most=64, seconds=30)


def _queue_context(request: HttpRequest, wanted: queries.Filter, now) -> dict:
    query = request.GET.copy()
    query.pop("page", None)
    is_filtered = any(v for k, v in query.items() if k != "box")
    counts = queries.box_counts(request.access, request.user, now=now)
    found, known = queries.queue(request.access, request.user, wanted, now=now), None
    if wanted.q:
        found, known = queries.cut(found)
    elif not is_filtered:
        known = counts.get(wanted.box)
    paginator = CountLimited(found, 25)
    paginator.known = known
    page = paginator.get_page(request.GET.get("page"))
    cases = queries.rows(page.object_list, now=now)
    page.object_list = cases
    markable = wanted.box in ("office", "mine")
    titles, states = CHOICES.get((wanted.service, get_language()), lambda: _choices(wanted.service))
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


def _choices(chosen: str) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Services and states for the filter."""
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


def viewer(request: HttpRequest) -> tuple:
    """Who looks, what they may see and do, and how they want it shown: what a kept page of staff depends on."""
    theme = request.COOKIES.get("dgs_theme", "")[:10]
    return request.user.pk, request.user.name, tuple(request.access.grants), get_language(), theme


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
                seq=number(request.POST.get(f"seq-{reference}")),
                now=timezone.now(),
            )
            done.append(reference)
        except RuleBroken as refusal:
            refused[reference] = str(refusal) or _("Not found.")
    return done, refused
