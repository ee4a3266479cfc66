"""What the public pages show: services by occasion, offices, the three public figures; it changes nothing."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from dgs.core.organisations import api as organisations
from dgs.core.services import api as services

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


def open_services() -> list[ServiceLink]:
    """Every service one can apply for now, in the catalogue's order."""
    found = []
    for service, definition in services.open_services():
        try:
            url = reverse("services:detail", args=[service.slug])
        except NoReverseMatch:
            url = ""
        icon = OCCASIONS.get(_occasion(definition), OTHER)[1]
        found.append(ServiceLink(
            definition.title, definition.summary, definition.standard.time, definition.standard.cost, url, icon,
        ))
    return found


def occasions() -> list[Occasion]:
    """The open services by occasion, in the order of OCCASIONS; occasions without a service are left out."""
    groups: dict[str, list[ServiceLink]] = {}
    for (_service, definition), link in zip(services.open_services(), open_services(), strict=True):
        groups.setdefault(_occasion(definition), []).append(link)
    return [
        Occasion(*OCCASIONS.get(key, OTHER), services=groups[key]) for key in (*OCCASIONS, "") if key in groups
    ]


def offices() -> list:
    """The open offices of the region by name, with what the public needs to reach them."""
    return list(organisations.offices())


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
    return kept["password"], [
        DemoAccount(one["name"], one["username"], one["role"], one["office"]) for one in kept["accounts"]
    ]
