"""Pages of reminders: the calendar and a day of it for staff, making one by hand, and what a person will be reminded of."""

from __future__ import annotations

import uuid
from calendar import Calendar
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import islice
from urllib.parse import urlencode

from django.contrib import messages as notes
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from dgs.core.audit import api as audit
from dgs.core.messaging import agenda
from dgs.core.messaging.actions import reminders
from dgs.core.messaging.addresses import mask_address
from dgs.core.messaging.forms.reminders import STEPS, ReminderForm
from dgs.core.messaging.models import Message, Reminder
from dgs.core.messaging.permissions import Permission
from dgs.core.messaging.plain import number_of
from dgs.core.parties import api as parties
from dgs.kernel import registry
from dgs.kernel.errors import NotFound, RuleBroken
from dgs.kernel.guards import needs, signed_in
from dgs.kernel.spreadsheets import download
from dgs.ui import formats

PAGE = 25
FIRST_YEAR, LAST_YEAR = 2020, 2100


@needs(Permission.MANAGE_REMINDERS)
@never_cache
@require_GET
def month(request: HttpRequest) -> HttpResponse:
    """A month with how many of each kind each day sends (?bulan=2026-12, ?jenis=, ?kantor=)."""
    today = timezone.localdate()
    first = _month(request.GET.get("bulan", ""), today)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    asked, scope = _asked(request)
    counts = agenda.month(first, last, today=today, scope=scope)
    titles = {kind.code: kind.title for kind in scope.kinds}
    weeks = [
        [
            {"day": day, "is_here": day.month == first.month, "is_today": day == today, "is_over": day < today,
             "total": sum(counts[day].values()) if day in counts else 0,
             "kinds": [(titles[code], n) for code, n in sorted(counts.get(day, {}).items())]}
            for day in week
        ]
        for week in Calendar().monthdatescalendar(first.year, first.month)
    ]
    context = {
        "weeks": weeks, "first": first, "heading": formats.day(first, "long").split("\u00a0", 1)[1], "today": today,
        "before": _shown(first - timedelta(days=1)), "after": _shown(last + timedelta(days=1)),
        "total": sum(sum(one.values()) for one in counts.values()),
        "weekdays": [formats.day(one["day"], "full").partition(",")[0] for one in weeks[0]],
        **_filters(request, asked), "query": _query(asked),
    }
    return render(request, "messaging/reminders.html", context)


@needs(Permission.MANAGE_REMINDERS)
@never_cache
@require_GET
def day(request: HttpRequest, day: str) -> HttpResponse:
    """What a day sends or sent, to whom (shortened) and in which words; looking at it is written down as one reading."""
    on, today = _day(day), timezone.localdate()
    asked, scope = _asked(request)
    page = _number(request.GET.get("page", ""))
    start = (page - 1) * PAGE
    context = {"on": on, "is_over": on < today, "is_today": on == today, "asked": asked, "query": _query(asked), "page": page}
    if on >= today:
        those = agenda.parts(on, today=today, scope=scope)
        context["lines"] = list(agenda.lines(those, on, start=start, stop=start + PAGE))
        context["total"] = sum(part.count for part in those)
        context["counts"] = _by_kind(those)
    if on <= today:
        taken = agenda.taken_between(on, on, scope)
        context["taken_total"] = taken.count()
        context["taken"] = _with_messages(list(taken[start:start + PAGE]))
    most = max(context.get("total", 0), context.get("taken_total", 0))
    context["older"] = page - 1 if page > 1 else None
    context["newer"] = page + 1 if most > start + PAGE else None
    context["before"], context["after"] = on - timedelta(days=1), on + timedelta(days=1)
    if most:
        audit.record_reading(
            by=request.user, subject=f"messaging.reminders:{on}", person=None, purpose="reminders of a day", now=timezone.now(),
            facts={"page": page, "kind": asked["jenis"], "office": asked["kantor"]},
        )
    return render(request, "messaging/reminders_day.html", context | _filters(request, asked))


@needs(Permission.MANAGE_REMINDERS)
@never_cache
@require_GET
def export(request: HttpRequest, day: str) -> HttpResponseBase:
    """A day as a CSV file; written down as a reading."""
    on, today = _day(day), timezone.localdate()
    asked, scope = _asked(request)
    audit.record_reading(
        by=request.user, subject=f"messaging.reminders:{on}", person=None, purpose="export of reminders", now=timezone.now(),
        facts={"kind": asked["jenis"], "office": asked["kantor"]},
    )
    header = [_("Day"), _("Kind"), _("Due on"), _("Office"), _("Sent to"), _("SMS")]
    return download(f"pengingat-{on}", "csv", header, _cells(on, today, scope))


def _cells(on: date, today: date, scope: agenda.Scope) -> Iterator[list]:
    """What was sent on a day, then what is still to come; some hundred at a time, for a day may have half a million."""
    if on <= today:
        taken = agenda.taken_between(on, on, scope).iterator(chunk_size=agenda.CHUNK)
        while steps := list(islice(taken, agenda.CHUNK)):
            for step in _with_messages(steps):
                to = ", ".join(sent.masked for sent in step.sent)
                sms = next((sent.body for sent in step.sent if sent.channel == "sms"), "")
                yield [on, str(step.title), step.due_on, step.reminder.office_id, to, sms]
    if on >= today:
        for line in agenda.lines(agenda.parts(on, today=today, scope=scope), on):
            to = ", ".join(to for told in line.told for to in told.to)
            sms = line.told[0].words.sms if line.told else ""
            yield [on, str(line.kind.title), line.reminder.due_on, line.reminder.office_id, to, sms]


@needs(Permission.MANAGE_REMINDERS)
@never_cache
@require_http_methods(["GET", "POST"])
def make(request: HttpRequest) -> HttpResponse:
    """An officer has somebody reminded: a person of an account, a colleague, or themselves."""
    offices = _offices(request)
    initial = {"key": uuid.uuid4(), "kind": "appointment", "steps": [7, 1]}
    form = ReminderForm(request.POST if request.method == "POST" else None, offices=offices, initial=initial)
    if form.is_bound and form.is_valid():
        key = f"hand:{form.cleaned_data['key']}"
        before = Reminder.objects.filter(key=key).first()
        if before is not None and before.by_id != request.user.pk:
            raise NotFound
        if _set(request, form, key):
            notes.success(request, _("The reminder is written down."))
            return redirect("messaging:reminders_by_hand")
    return render(request, "messaging/reminder_form.html", {"form": form}, status=422 if form.errors else 200)


@needs(Permission.MANAGE_REMINDERS)
@never_cache
@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, reminder_id: int) -> HttpResponse:
    """Change or move a reminder that was made by hand."""
    row = _by_hand(request).filter(pk=reminder_id).first()
    if row is None:
        raise NotFound
    offices = _offices(request)
    initial = {
        "key": row.key.removeprefix("hand:"), "kind": row.kind, "text": row.text, "due_on": row.due_on, "at": row.at,
        "steps": [days for days in row.steps if days in STEPS], "office": row.office_id,
    }
    told = _shortened(row, request.user) or _("yourself")
    form = ReminderForm(request.POST if request.method == "POST" else None, offices=offices, initial=initial, told=told)
    if form.is_bound and form.is_valid() and _set(request, form, row.key, row):
        notes.success(request, _("The reminder is changed."))
        return redirect("messaging:reminders_by_hand")
    return render(request, "messaging/reminder_form.html", {"form": form, "reminder": row}, status=422 if form.errors else 200)


@needs(Permission.MANAGE_REMINDERS)
@require_POST
def cancel(request: HttpRequest, reminder_id: int) -> HttpResponse:
    """Take a reminder back that was made by hand."""
    if not _by_hand(request).filter(pk=reminder_id).exists():
        raise NotFound
    reminders.take_back(reminder_id=reminder_id, by=request.user, now=timezone.now())
    notes.success(request, _("The reminder is taken back."))
    return redirect("messaging:reminders_by_hand")


@needs(Permission.MANAGE_REMINDERS)
@never_cache
@require_GET
def by_hand(request: HttpRequest) -> HttpResponse:
    """The reminders that officers made and that still speak, by the day of the next step."""
    page = _number(request.GET.get("page", ""))
    start = (page - 1) * PAGE
    found = _by_hand(request).select_related("user", "office", "by").order_by("next_on", "pk")
    rows = list(found.filter(next_on__isnull=False)[start:start + PAGE + 1])
    for row in rows:
        row.title, row.who = _title(row.kind), _shortened(row, request.user)
    context = {"rows": rows[:PAGE], "older": page - 1 if page > 1 else None, "newer": page + 1 if len(rows) > PAGE else None}
    return render(request, "messaging/reminders_by_hand.html", context)


@signed_in
@never_cache
@require_GET
def own(request: HttpRequest) -> HttpResponse:
    """What we will remind the signed-in person of."""
    today, party = timezone.localdate(), request.user.party_id
    acting = {party} | parties.represented_by(party, today) if party else set()
    has_contact = bool(registry.reachable([request.user.pk]) and (request.user.email or request.user.phone))
    rows = agenda.own(request.user, acting, today=today)
    return render(request, "messaging/own_reminders.html", {"rows": rows, "has_contact": has_contact})


def _set(request: HttpRequest, form: ReminderForm, key: str, row: Reminder | None = None) -> bool:
    """Write down what was given; without an address it is the one told until now, or the officer."""
    given = form.cleaned_data
    user_id, party_id = (row.user_id, row.party_id) if row else (request.user.pk, request.user.party_id)
    if form.who:
        user_id, party_id = form.who.user_id, form.who.party_id
    try:
        reminders.set_by_hand(
            key=key, kind=given["kind"], user_id=user_id, party_id=party_id, office=given["office"], due_on=given["due_on"],
            at=given["at"], text=given["text"], steps=given["steps"], by=request.user, now=timezone.now(),
        )
    except RuleBroken as refusal:
        form.add_error("steps" if isinstance(refusal, reminders.NoStepLeft) else None, str(refusal))
        return False
    return True


def _offices(request: HttpRequest) -> list[tuple[str, str]]:
    reach = request.access.offices_everywhere(Permission.MANAGE_REMINDERS)
    if reach == set():
        raise NotFound
    return request.access.office_choices(Permission.MANAGE_REMINDERS)


def _by_hand(request: HttpRequest):
    """What officers made, of the offices granted."""
    kinds = [code for code, kind in registry.reminder_kinds().items() if kind.by_hand]
    return agenda.scope_of(request.access).of(Reminder.objects.filter(kind__in=kinds, ended_at=None), "office")


def _shortened(row: Reminder, me) -> str:
    """An address of the account told, shortened; empty when it is the officer's own."""
    return "" if row.user_id == me.pk else mask_address(row.user.phone or row.user.email or "")


def _title(code: str):
    kind = registry.reminder_kinds().get(code)
    return kind.title if kind else code


def _asked(request: HttpRequest) -> tuple[dict[str, str], agenda.Scope]:
    asked = {name: request.GET.get(name, "")[:60].replace("\x00", "") for name in ("jenis", "kantor")}
    if asked["jenis"] not in registry.reminder_kinds():
        asked["jenis"] = ""
    return asked, agenda.scope_of(request.access, office=asked["kantor"], kind=asked["jenis"])


def _filters(request: HttpRequest, asked: dict[str, str]) -> dict:
    kinds = [(code, kind.title) for code, kind in sorted(registry.reminder_kinds().items())]
    return {"asked": asked, "kinds": kinds, "offices": request.access.office_choices(Permission.MANAGE_REMINDERS)}


def _query(asked: dict[str, str]) -> str:
    return urlencode({name: value for name, value in asked.items() if value})


def _by_kind(those: list[agenda.Part]) -> list[tuple]:
    counts: dict[str, int] = {}
    for part in those:
        counts[part.kind.code] = counts.get(part.kind.code, 0) + part.count
    return [(_title(code), n) for code, n in counts.items()]


def _with_messages(steps: list) -> list:
    """Steps taken, each with its title and the messages that went into the outbox for it; one query."""
    begins = {f"reminder:{step.reminder_id}:{step.due_on}:{step.days}:": step for step in steps}
    for step in steps:
        step.title, step.sent = _title(step.reminder.kind), []
    keys = Q()
    for begin in begins:
        keys |= Q(key__startswith=begin)
    for sent in Message.objects.filter(keys).order_by("pk") if begins else ():
        step = begins.get(sent.key[: sent.key.index(f":{sent.channel}") + 1])
        if step is not None:
            sent.masked = mask_address(sent.to)
            step.sent.append(sent)
    return steps


def _month(text: str, today: date) -> date:
    try:
        first = date.fromisoformat(f"{text}-01")
    except ValueError:
        return today.replace(day=1)
    return first if FIRST_YEAR <= first.year <= LAST_YEAR else today.replace(day=1)


def _shown(day: date) -> str:
    return f"{day:%Y-%m}" if FIRST_YEAR <= day.year <= LAST_YEAR else ""


def _day(text: str) -> date:
    try:
        on = date.fromisoformat(text)
    except ValueError:
        raise NotFound
    if not FIRST_YEAR <= on.year <= LAST_YEAR:
        raise NotFound
    return on


def _number(text: str) -> int:
    return max(1, number_of(text, 5) or 1)
