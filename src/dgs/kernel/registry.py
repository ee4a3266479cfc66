"""Collects the manifests of all installed rooms and subsystems at start-up; reads them, never the database.

In an `apps.py` import this *module* (`from dgs.kernel import registry`) and subclass
`registry.RoomConfig`: importing the class by name would make Django take it for the app itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from django.apps import AppConfig, apps
from django.core.exceptions import ImproperlyConfigured

from dgs.kernel.events import Event
from dgs.kernel.manifest import (
    Audience,
    MenuItem,
    PaymentChannel,
    Reachable,
    ReminderKind,
    Room,
    SmsCommand,
    Subsystem,
)


class RoomConfig(AppConfig):
    """App configuration of a room: loads `manifest.py` and keeps its value; stops start-up when it is broken."""

    default_auto_field = "django.db.models.BigAutoField"
    manifest: Room

    def ready(self) -> None:
        module = import_module(f"{self.name}.manifest")
        found = getattr(module, "ROOM", None) or getattr(module, "SUBSYSTEM", None)
        if not isinstance(found, Room):
            raise ImproperlyConfigured(f"{self.name}/manifest.py must hold ROOM or SUBSYSTEM")
        problems = found.problems()
        if found.slug != self.label:
            problems.append(f"its slug {found.slug!r} must equal its folder {self.label!r}")
        if isinstance(found, Subsystem):
            problems += [
                f"its service folder services/{name} is missing"
                for name in found.services
                if not (Path(self.path) / "services" / name / "service.yaml").is_file()
            ]
        if problems:
            raise ImproperlyConfigured(f"Subsystem {found.slug!r} is broken: " + "; ".join(problems))
        self.manifest = found


def rooms() -> list[Room]:
    """All manifests, in the order of INSTALLED_APPS."""
    return [config.manifest for config in apps.get_app_configs() if isinstance(config, RoomConfig)]


def subsystems() -> list[Subsystem]:
    """The manifests of the offices' subsystems."""
    return [room for room in rooms() if isinstance(room, Subsystem)]


def service_folders() -> Iterator[tuple[Subsystem, Path]]:
    """Each declared service definition with the subsystem that declares it."""
    for subsystem in subsystems():
        base = Path(apps.get_app_config(subsystem.slug).path) / "services"
        for name in subsystem.services:
            yield subsystem, base / name


def permissions() -> dict[str, Any]:
    """Every permission code with its label."""
    return {p.value: p.label for room in rooms() for p in room.permissions or ()}


def menu(area: str) -> list[MenuItem]:
    """The items of one menu area by their order; who may see which is the caller's question."""
    return sorted((item for room in rooms() for item in room.menu if item.area == area), key=lambda i: i.order)


def abouts_of(text: str) -> list[str]:
    """What a number that somebody reads from a paper of any room is about; each room reads its own."""
    return [about for room in rooms() if room.about_of and (about := room.about_of(text)) is not None]


def page_of(about: str) -> tuple[str, str] | None:
    """The name and address of the page of staff on which a thing is seen; None when no room shows it."""
    return next((page for room in rooms() if room.page_of and (page := room.page_of(about)) is not None), None)


def whose(address: str) -> Reachable | None:
    """The open account that confirmed this telephone number or e-mail address; None when nobody has."""
    return next((who for room in rooms() if room.whose and (who := room.whose(address)) is not None), None)


def reachable(user_ids: Iterable[int] = (), party_ids: Iterable[int] = ()) -> list[Reachable]:
    """Where the open accounts with these numbers, or of these persons, are told things; one query."""
    return [one for room in rooms() if room.reachable for one in room.reachable(user_ids, party_ids)]


@cache
def sms_commands() -> dict[str, SmsCommand]:
    """Every word with which an SMS can begin, by order of the commands; a word that two rooms claim stops the start."""
    found: dict[str, SmsCommand] = {}
    for command in sorted((one for room in rooms() for one in room.sms_commands), key=lambda one: (one.order, one.word)):
        for word in (command.word, *command.aliases, *command.english):
            if found.setdefault(word, command) is not command:
                raise ImproperlyConfigured(f"the SMS word {word} is claimed by {found[word].word} and {command.word}")
    return found


@cache
def audiences() -> dict[str, Audience]:
    """Everybody whom a broadcast can be sent to, by code."""
    return {one.code: one for room in rooms() for one in room.audiences}


@cache
def reminder_kinds() -> dict[str, ReminderKind]:
    """Every kind of date people are reminded of, by its code."""
    found: dict[str, ReminderKind] = {}
    for kind in (one for room in rooms() for one in room.reminders):
        if found.setdefault(kind.code, kind) is not kind:
            raise ImproperlyConfigured(f"the reminder {kind.code} is declared twice")
    return found


def payment_channels() -> list[PaymentChannel]:
    """Every channel through which bills are paid, by order; which of them are open for a bill, each says itself."""
    return sorted((channel for room in rooms() for channel in room.payment_channels), key=lambda one: (one.order, one.code))


@cache
def handlers(event: type[Event]) -> Iterable[Callable[[Any], None]]:
    """What listens to an event, in the order of INSTALLED_APPS; asked for once, for a statement publishes thousands."""
    return [room.listens_to[event] for room in rooms() if event in room.listens_to]
