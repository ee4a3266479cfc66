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
WORD = re.compile(r"^[A-Z][A-Z0-9]{1,11}$")


@dataclass(frozen=True, kw_only=True)
class MenuItem:
    """One entry of the one menu mechanism.

    `area` is the menu it stands in: "site" (public header), "account" (the citizen's own pages) or
    "desk" (staff). `needs` is a permission, or None for anybody who may see that area. `count(user)`: how many new things wait
    behind it for a citizen who is signed in; asked once in half a minute at most, so that it may be that old.
    """

    label: Text
    url_name: str
    area: str = "desk"
    needs: str | None = None
    icon: str = "circle"
    order: int = 50
    count: Callable[[Any], int] | None = None


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
class SmsCommand:
    """What people can do by SMS: `TAGIHAN <number>`.

    `word` and `aliases` are what the text begins with, `english` those of them that are answered in English. `answer(sms)` is
    called in the transaction in which the answer is queued, with messaging's `Sms`; it answers a text, or messaging's `Answer`
    with what is to be remembered when it asks something back. The next text of that number then goes to `go_on(sms, known)`.
    A `RuleBroken` it raises is told as its sentence. `usage` is how it is written, `help` what it does, in a few words.
    `is_secret`: what follows the word holds a PIN or a code, which is never kept; `may_hold(rest)` says of a word that is not so
    whether this text does all the same. By `order` in the help, unless it
    is not `is_listed`, for it answers a message of ours that says how. `leads`: words of other commands that people put before
    the answer to its secret questions, as "KODE 123456".
    """

    word: str
    usage: Text
    help: Text
    answer: Callable[[Any], Any]
    go_on: Callable[[Any, dict], Any] | None = None
    aliases: tuple[str, ...] = ()
    english: tuple[str, ...] = ()
    is_secret: bool = False
    may_hold: Callable[[str], bool] | None = None
    is_listed: bool = True
    leads: tuple[str, ...] = ()
    order: int = 50


@dataclass(frozen=True, kw_only=True)
class Reachable:
    """An account and where it is told things: `email` and `phone` (62…) were confirmed by their holder and may be empty.

    `party_id` is the person's or business's record, if there is one.
    """

    user_id: int
    party_id: int | None
    name: str
    language: str
    email: str
    phone: str


@dataclass(frozen=True, kw_only=True)
class ReminderKind:
    """A kind of date that people are reminded of, such as the end of a permit.

    `steps` are days before that date, such as (60, 30, 7); a negative one is after it. `matters(reminders, on)` says of several
    reminders of this kind at once whose matter goes on, by the reminder's key: messaging's `Matter` with the words and, when it
    is not the account the reminder names, with whom it may reach. A key that is missing has ended, and nothing is said.

    Most kinds are told of each date by `remind` and `end_reminder`. Where the dates of a mass are columns of a table already,
    `dates()` answers querysets instead, annotated with `of_key`, `of_about`, `of_day` (the date), `of_known` (the day it became
    known), `of_party` and `of_office` (slug): then nothing is written until the day of a step is near, and nothing can disagree.
    `by_hand`: officers make such reminders on a page; their steps are chosen there.
    """

    code: str
    title: Text
    steps: tuple[int, ...]
    matters: Callable[[Any, Any], Mapping[str, Any]]
    dates: Callable[[], Iterable[Any]] | None = None
    channels: tuple[str, ...] = ("sms", "email")
    by_hand: bool = False


@dataclass(frozen=True, kw_only=True)
class Audience:
    """People whom a broadcast can be sent to, such as the applicants of an office.

    `choices()` answers what can be chosen as (value, label), `select(value)` an SQL SELECT of this room's own tables and those
    above it, with its parameters; its columns: channel, address, language, party_id, region_id. Only confirmed addresses.
    `is_anywhere`: those of no known region belong to every region, as who subscribes to warnings and names no place.
    """

    code: str
    title: Text
    choices: Callable[[], Iterable[tuple[str, Text]]]
    select: Callable[[str], tuple[str, list[Any]]]
    is_anywhere: bool = False


@dataclass(frozen=True, kw_only=True)
class Room:
    """What a room of the core plugs in. `slug` is also its folder, app label and permission prefix.

    `about_of(text)`: what a number that this room prints is about, such as "cases.case:123", or None when it is none of its
    own; others find by it what they keep about that thing. It decides nothing about who may see it.
    `whose(address)`: the open account that confirmed this telephone number (62…) or e-mail address; one room knows. The same room
    answers `reachable(user_ids, party_ids)`: where the open accounts with these numbers, or of these persons, are told things.
    `page_of(about)`: the name and the address of the page on which staff see a thing of this room, such as ("K7P2-…", "/meja/…"),
    or None when it is none of its own; the page itself decides who may see it.
    """

    slug: str
    title: Text
    permissions: type[TextChoices] | None = None
    menu: tuple[MenuItem, ...] = ()
    listens_to: Mapping[type[Event], Callable[[Any], None]] = field(default_factory=dict)
    payment_channels: tuple[PaymentChannel, ...] = ()
    about_of: Callable[[str], str | None] | None = None
    page_of: Callable[[str], tuple[str, str] | None] | None = None
    whose: Callable[[str], Reachable | None] | None = None
    reachable: Callable[[Iterable[int], Iterable[int]], Iterable[Reachable]] | None = None
    sms_commands: tuple[SmsCommand, ...] = ()
    reminders: tuple[ReminderKind, ...] = ()
    audiences: tuple[Audience, ...] = ()

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
        words = [word for command in self.sms_commands for word in (command.word, *command.aliases, *command.english)]
        found += [f"its SMS command {word!r} must be 2 to 12 capital letters or digits" for word in words if not WORD.match(word)]
        if len(set(words)) != len(words):
            found.append("it names a word of an SMS command twice")
        for kind in self.reminders:
            if not SLUG.match(kind.code):
                found.append(f"its reminder {kind.code!r} must be lower-case words joined by underscores")
            if len(set(kind.steps)) != len(kind.steps) or list(kind.steps) != sorted(kind.steps, reverse=True):
                found.append(f"the steps of its reminder {kind.code!r} must go from the farthest day to the nearest")
            if not set(kind.channels) <= {"sms", "email"}:
                found.append(f"its reminder {kind.code!r} goes by SMS and e-mail only")
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
