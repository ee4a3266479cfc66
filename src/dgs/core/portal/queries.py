"""What the public pages show: services by occasion, offices, the three public figures; it changes nothing."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from dgs.core.cases import api as cases
from dgs.core.indicators import api as indicators
from dgs.core.organisations import api as organisations
from dgs.core.services import api as services
from dgs.ui import formats

OCCASIONS = {
    "birth": (_("A child is born"), "baby"),
    "family": (_("Family and marriage"), "ring"),
    "identity": (_("Identity and residence"), "card"),
    "business": (_("Running a business"), "business"),
    "transport": (_("Transport and roads"), "bus"),
    "advertising": (_("Billboards and advertising"), "billboard"),
    "building": (_("Building and land"), "house"),
    "school": (_("School and learning"), "school"),
    "health": (_("Health"), "health"),
    "work": (_("Work"), "user"),
    "environment": (_("Environment"), "leaf"),
    "death": (_("Losing a relative"), "flag"),
}
OTHER = (_("Other services"), "document")


@dataclass(frozen=True)
class ServiceLink:
    """A service as a link on the home page."""

    title: Any
    summary: Any
    time: Any
    cost: Any
    url: str
    icon: str


@dataclass(frozen=True)
class Occasion:
    """Services that belong to one occasion of life or one field."""

    label: Any
    icon: str
    services: list[ServiceLink]


def _occasion(definition) -> str:
    found = [key for key in (*definition.life_events, definition.sector) if key in OCCASIONS]
    return found[0] if found else ""


def _link(service, definition) -> ServiceLink:
    try:
        url = reverse("services:detail", args=[service.slug])
    except NoReverseMatch:
        url = ""
    icon = OCCASIONS.get(_occasion(definition), OTHER)[1]
    days = formats.number(definition.workflow.working_days)
    time = ngettext("%(count)s working day", "%(count)s working days", definition.workflow.working_days) % {"count": days}
    cost = _("There is a fee") if definition.fees.rules else _("Free of charge")
    return ServiceLink(definition.title, definition.summary, time, cost, url, icon)


def open_services() -> list[ServiceLink]:
    """Every service one can apply for now, by title."""
    return [_link(service, definition) for service, definition in services.open_services()]


def occasions() -> list[Occasion]:
    """The open services by occasion, in the order of OCCASIONS; occasions without a service are left out."""
    groups: dict[str, list[ServiceLink]] = {}
    for service, definition in services.open_services():
        groups.setdefault(_occasion(definition), []).append(_link(service, definition))
    return [Occasion(*OCCASIONS.get(key, OTHER), services=groups[key]) for key in (*OCCASIONS, "") if key in groups]


def offices() -> list:
    """The open offices of the region by name, with what the public needs to reach them."""
    return list(organisations.offices())


def office(slug: str):
    """The open office of that slug, or None."""
    return organisations.office_by_slug(slug)


def services_of(office) -> list[ServiceLink]:
    """The open services an office gives."""
    return [_link(service, d) for service, d in services.open_services() if service.office_id == office.pk]


def offices_with_services() -> list:
    """The offices that give an open service, by name."""
    found = {service.office_id: service.office for service, _definition in services.open_services()}
    return sorted(found.values(), key=lambda one: one.name)


def contact():
    """The office people turn to first: the one-stop office, else none."""
    return organisations.offices().filter(kind="one-stop").first()


@dataclass(frozen=True, kw_only=True)
class Figures:
    """Of the applications decided this month: how many, median working days, per cent on time; and twelve months of each."""

    month: str
    done: int
    days: int
    on_time: int
    done_line: list[int]
    days_line: list[int | None]
    on_time_line: list[int | None]
    not_asked: int


def public_figures(now: datetime) -> Figures | None:
    """The three figures of the home page, or None while no application was decided this month."""
    found = indicators.public_figures(now)
    if not found.done:
        return None
    return Figures(
        month=formats.day(found.month, "long").split(formats.NO_BREAK, 1)[1],
        done=found.done,
        days=found.median,
        on_time=found.on_time,
        done_line=found.done_line,
        days_line=found.median_line,
        on_time_line=found.on_time_line,
        not_asked=cases.questions_not_asked(),
    )


@dataclass(frozen=True)
class DemoAccount:
    """An account of the demo as the page shows it."""

    name: str
    username: str
    role: str
    office: str


def demo_accounts() -> tuple[str, list[DemoAccount]]:
    """The password all demo accounts share, and the accounts; empty when the demo has not been filled."""
    path = settings.DATA_DIR / "demo-accounts.json"
    if not path.is_file():
        return "", []
    kept = json.loads(path.read_text(encoding="utf-8"))
    return kept["password"], [DemoAccount(one["name"], one["username"], one["role"], one["office"]) for one in kept["accounts"]]
