"""The look-up of regions while typing, and the page of the working calendar; rules are in actions.py."""

from __future__ import annotations

import calendar as months
import re
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.dates import MONTHS
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from dgs.core.regions import actions, queries, workdays
from dgs.core.regions.forms import HolidayForm
from dgs.core.regions.models import Holiday, Level
from dgs.core.regions.permissions import Permission
from dgs.kernel.errors import InvalidInput, NotAllowed, NotFound
from dgs.kernel.guards import needs, public, signed_in

LEVELS = {level.name.lower(): level.value for level in Level} | {str(level.value): level.value for level in Level}
MOST_OPTIONS = 12
FIRST_YEAR, LAST_YEAR = 2000, 2100


@public
@require_GET
def search(request: HttpRequest) -> HttpResponse:
    """At most 12 regions for what was typed: JSON when it is asked for, else list items for a combobox.

    `q` what was typed, `level` a number or name, `within` a code, `field` the id that the items' ids begin with.
    """
    level, within = request.GET.get("level", ""), request.GET.get("within", "")
    field_id = request.GET.get("field", "region")
    is_sound = (not level or level in LEVELS) and re.fullmatch(r"[0-9.]{0,13}", within)
    found = []
    if is_sound:
        found = queries.search(
            request.GET.get("q", ""), level=LEVELS.get(level), within=within or None, limit=MOST_OPTIONS
        )
    if request.accepts("application/json") and not request.accepts("text/html"):
        response: HttpResponse = JsonResponse(
            {"results": [{"code": r.code, "name": r.name, "label": r.path_label, "level": r.level} for r in found]}
        )
    else:
        clean = field_id if re.fullmatch(r"[\w-]{1,80}", field_id, re.ASCII) else "region"
        response = render(request, "regions/options.html", {"found": found, "field": clean})
    patch_cache_control(response, public=True, max_age=300)
    patch_vary_headers(response, ["Accept"])
    return response


@dataclass
class Day:
    """A square of the calendar. `state` is worked, weekend or off."""

    on: date
    state: str
    is_today: bool
    is_outside: bool
    holidays: list[Holiday] = field(default_factory=list)


@dataclass
class Month:
    """A month as weeks of seven days from Monday, and its number of working days."""

    first: date
    name: str
    weeks: list[list[Day]]
    worked: int
    url: str


@signed_in
@require_GET
def calendar(request: HttpRequest) -> HttpResponse:
    """The working calendar of a year (?year=), or of one month (&month=); administrators change local holidays here."""
    return _page(request, HolidayForm(), status=200)


@needs(Permission.CHANGE_CALENDAR)
@require_POST
def add_holiday(request: HttpRequest) -> HttpResponse:
    """Add a local holiday of the home region; a refusal shows the page again with what was written."""
    _check_whole(request)
    form = HolidayForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    try:
        holiday = actions.add_local_holiday(
            **form.cleaned_data, region=workdays.home_region(), by=request.user, now=timezone.now()
        )
    except InvalidInput as refusal:
        for name, sentences in refusal.errors.items():
            for sentence in sentences:
                form.add_error(name, sentence)
        return _page(request, form, status=422)
    except actions.HolidayThere as refusal:
        form.add_error("on", str(refusal))
        return _page(request, form, status=409)
    messages.success(request, _("%(name)s on %(on)s is now a day off.") % {
        "name": holiday.name, "on": date_format(holiday.on, "j F Y")})
    return redirect(f"{reverse('regions:calendar')}?year={holiday.on.year}")


@needs(Permission.CHANGE_CALENDAR)
@require_POST
def remove_holiday(request: HttpRequest, holiday_id: int) -> HttpResponse:
    """Remove a local holiday of the home region."""
    _check_whole(request)
    holiday = Holiday.objects.filter(pk=holiday_id).first()
    if holiday is None:
        raise NotFound
    actions.remove_local_holiday(holiday=holiday, by=request.user, now=timezone.now())
    messages.success(request, _("%(on)s is a working day again, unless it is a weekend.") % {
        "on": date_format(holiday.on, "j F Y")})
    return redirect(f"{reverse('regions:calendar')}?year={holiday.on.year}")


def _is_whole(request: HttpRequest) -> bool:
    return request.access.offices_everywhere(Permission.CHANGE_CALENDAR) is None


def _check_whole(request: HttpRequest) -> None:
    """Every office works by the calendar: who was given a part of them does not change it."""
    if not _is_whole(request):
        raise NotAllowed


def _page(request: HttpRequest, form: HolidayForm, *, status: int) -> HttpResponse:
    today = timezone.localdate()
    year = _number(request.GET.get("year"), FIRST_YEAR, LAST_YEAR) or today.year
    month = _number(request.GET.get("month"), 1, 12)
    holidays = workdays.holidays_of(date(year, 1, 1), date(year, 12, 31))
    shown = [_month(year, number, holidays, today) for number in ([month] if month else range(1, 13))]
    home = workdays.home_region()
    # Each month of a year's page lists its own days; here they stand once, as a table.
    listed = [day for day in holidays if not month or day.on.month == month]
    return render(
        request, "regions/calendar.html",
        {
            "form": form,
            "home": home,
            "year": year,
            "month": month,
            "months": shown,
            "weekdays": [date_format(date(2024, 1, day), "D") for day in range(1, 8)],
            "holidays": listed,
            "sources": list(dict.fromkeys(day.source for day in listed if day.region_id is None)),
            "worked": sum(each.worked for each in shown),
            "may_change": _is_whole(request),
            "missing": workdays.years_without_holidays(today),
            "is_unverified": any(not day.is_verified for day in holidays),
            "has_none": not any(day.region_id is None for day in holidays),
            "before": year - 1 if year > FIRST_YEAR else None,
            "after": year + 1 if year < LAST_YEAR else None,
        },
        status=status,
    )


def _month(year: int, number: int, holidays: list[Holiday], today: date) -> Month:
    by_day: dict[date, list[Holiday]] = {}
    for holiday in holidays:
        by_day.setdefault(holiday.on, []).append(holiday)
    first = date(year, number, 1)
    start = first - timedelta(days=first.weekday())
    count = -(-(first.weekday() + months.monthrange(year, number)[1]) // 7)
    days = [
        Day(
            on=day,
            state="off" if day in by_day else "weekend" if day.weekday() > 4 else "worked",
            is_today=day == today,
            is_outside=day.month != number,
            holidays=by_day.get(day, []),
        )
        for day in (start + timedelta(days=step) for step in range(count * 7))
    ]
    return Month(
        first=first,
        name=str(MONTHS[number]),
        weeks=[days[place : place + 7] for place in range(0, len(days), 7)],
        worked=sum(day.state == "worked" and not day.is_outside for day in days),
        url=f"{reverse('regions:calendar')}?year={year}&month={number}",
    )


def _number(text: str | None, least: int, most: int) -> int | None:
    if text and re.fullmatch(r"[0-9]{1,4}", text) and least <= int(text) <= most:
        return int(text)
    return None
