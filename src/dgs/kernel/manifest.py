"""The extension surface: frozen dataclasses in which a room or subsystem declares what it contributes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import TextChoices
from django.utils.functional import Promise

from dgs.kernel.events import Event

Text = str | Promise
SLUG = re.compile(r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$")


@dataclass(frozen=True, kw_only=True)
class MenuItem:
    """One entry of the one menu mechanism.

    `area` is the menu it stands in: "site" (public header), "account" (the citizen's own pages) or
    "desk" (staff). `needs` is a permission, or None for anybody who may see that area.
    """

    label: Text
    url_name: str
    area: str = "desk"
    needs: str | None = None
    icon: str = "circle"
    order: int = 50


@dataclass(frozen=True, kw_only=True)
class Way:
    """One way in which one bill can be paid now, for its page: what to copy, what to do, and a picture to scan.

    Each of `copies` is (label, as it is shown, as it is copied), such as ("Payment code", "1234 5678 9012", "123456789012").
    `picture` is a whole SVG element or empty; whoever makes it vouches that nothing from outside stands in it unescaped.
    """

    title: Text
    copies: tuple[tuple[Text, str, str], ...] = ()
    steps: tuple[Text, ...] = ()
    picture: str = ""
    note: Text = ""


@dataclass(frozen=True, kw_only=True)
class PaymentChannel:
    """A channel through which bills are paid, such as virtual accounts or QRIS.

    `ways(bill, owed, now)` answers the ways in which this bill can be paid through it now: none when the region has no
    partner for it or nothing is left to pay. `owed` is what billing's `owed_by_code` says of the bill. With `until` (an
    instant) what it shows must be good that long, for it is printed. `is_issuing`: showing a way may write, for a code to
    scan is issued when it is first shown; then it is asked for the payer and for a print only. Channels are shown by `order`.
    `simulate(bill, owed, now)`: in the demo, its bank reports that what is asked was paid through it.
    """

    code: str
    title: Text
    icon: str
    ways: Callable[..., Iterable[Way]]
    order: int = 50
    is_issuing: bool = False
    simulate: Callable[[Any, Any, Any], None] | None = None


@dataclass(frozen=True, kw_only=True)
class Room:
    """What a room of the core plugs in. `slug` is also its folder, app label and permission prefix.

    `about_of(text)`: what a number that this room prints is about, such as "cases.case:123", or None when it is none of its
    own; others find by it what they keep about that thing. It decides nothing about who may see it.
    """

    slug: str
    title: Text
    permissions: type[TextChoices] | None = None
    menu: tuple[MenuItem, ...] = ()
    listens_to: Mapping[type[Event], Callable[[Any], None]] = field(default_factory=dict)
    payment_channels: tuple[PaymentChannel, ...] = ()
    about_of: Callable[[str], str | None] | None = None

    def problems(self) -> list[str]:
        """Everything wrong with this manifest, as sentences; empty when it is sound."""
        found = []
        if not SLUG.match(self.slug):
            found.append(f"its slug {self.slug!r} must be lower-case words joined by underscores")
        for permission in self.permissions or ():
            if not permission.value.startswith(f"{self.slug}."):
                found.append(f"its permission {permission.value!r} must start with '{self.slug}.'")
        for item in self.menu:
            if item.area not in {"site", "account", "desk"}:
                found.append(f"its menu item {item.url_name!r} names the unknown area {item.area!r}")
        for event in self.listens_to:
            if not (isinstance(event, type) and issubclass(event, Event)):
                found.append(f"it listens to {event!r}, which is not an Event")
        codes = [channel.code for channel in self.payment_channels]
        for channel in self.payment_channels:
            if not SLUG.match(channel.code):
                found.append(f"its payment channel {channel.code!r} must be lower-case words joined by underscores")
            if not callable(channel.ways):
                found.append(f"its payment channel {channel.code!r} has no function that answers the ways")
        if len(set(codes)) != len(codes):
            found.append("it names a payment channel twice")
        return found


@dataclass(frozen=True, kw_only=True)
class Subsystem(Room):
    """What an office's subsystem plugs in.

    `office_kind` is the kind of office that owns its services (see core/organisations);
    `services` names the folders below its `services/`, each a definition of a service as data.
    """

    office_kind: str
    services: tuple[str, ...] = ()

    def problems(self) -> list[str]:
        """As for a room; and each service folder is named once."""
        found = super().problems()
        if len(set(self.services)) != len(self.services):
            found.append("it names a service twice")
        return found
