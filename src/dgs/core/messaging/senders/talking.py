"""What all programs that talk to providers share: how a hand-over ends, what receipts and inbound SMS are, calls over HTTP."""

from __future__ import annotations

import hashlib
import http.client
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from dgs.core.messaging.keys import key_of
from dgs.core.messaging.models import Attempt, Message, Receipt
from dgs.core.messaging.plain import plain
from dgs.kernel.manifest import Text
from dgs.kernel.outgoing import opener

Outcome, Said = Attempt.Outcome, Receipt.Said
LONG_NUMBER = re.compile(r"\d{6,}")
SECONDS = 20


def short(text: object, most: int) -> str:
    """A text from outside, of an id; of one that is too long the end is hashed, so that two that begin alike stay two."""
    whole = plain(text, 10_000)
    return whole if len(whole) <= most else whole[: most - 33] + "~" + hashlib.sha256(whole.encode()).hexdigest()[:32]


class _Plain:
    """A record of texts that came from a provider, each cut to what there is room for."""

    MOST: ClassVar[dict[str, int]] = {"detail": 300, "gateway_id": 100, "number": 32, "to": 32, "text": 10_000}

    def __post_init__(self):
        for name, most in self.MOST.items():
            if hasattr(self, name):
                object.__setattr__(self, name, (short if name == "gateway_id" else plain)(getattr(self, name), most))


@dataclass(frozen=True)
class Ended(_Plain):
    """How a hand-over ended: what the provider said, without personal data, and what it calls the message.

    `is_theirs`: trouble lay with a service that the addressee chose, and says nothing of ours. `has_arrived`: what was taken is
    with the addressee by that, and no receipt will say so.
    """

    outcome: str
    detail: str = ""
    gateway_id: str = ""
    is_theirs: bool = False
    has_arrived: bool = False


@dataclass(frozen=True)
class Told(_Plain):
    """A receipt: what a provider says of an attempt, which it names by our number or by its own."""

    said: str
    attempt_id: int | None = None
    gateway_id: str = ""
    detail: str = ""


@dataclass(frozen=True)
class Came(_Plain):
    """An SMS from outside, under the gateway's own number."""

    gateway_id: str
    number: str
    text: str
    to: str = ""


@dataclass(frozen=True)
class Parameter:
    """One thing that a program needs to know, for the page on which a sender is set up."""

    name: str
    label: Text
    default: str = ""
    is_secret: bool = False
    help: Text = ""
    is_needed: bool = False
    choices: tuple[tuple[str, Text], ...] = ()
    is_long: bool = False


class Kind(Protocol):
    """A program that talks to one kind of provider; made anew whenever its sender's parameters change, and used by many threads.

    `hand` waits at most half a minute and answers "later" only when it is certain that the message was not taken. What a
    provider calls by itself comes to `read` (a request that was let in by the sender's key), what must be fetched is fetched by
    `collect`, which every worker calls every few seconds. A `collect` that is a generator is asked for the next thing only after
    the one before was taken in, so that what stands behind its `yield` may tell the provider so. `greet` answers a request by
    which a provider only asks whether the address is ours; None for any other. `problems` is asked before parameters are kept.
    `given` is what is typed at the provider so that it reaches us: label and value.
    """

    code: str
    title: Text
    channel: str
    parameters: tuple[Parameter, ...]

    def __init__(self, name: str, parameters: Mapping[str, str]) -> None: ...

    @classmethod
    def problems(cls, parameters: Mapping[str, str]) -> list[str]:
        """Why nothing could be sent with these parameters, as sentences; empty when it can be tried."""

    def hand(self, message: Message, attempt_id: int) -> Ended:
        """Hand the message over."""

    def read(self, request: HttpRequest) -> Iterable[Told | Came]:
        """What a call of the provider says; ValueError when it is none."""

    def greet(self, request: HttpRequest) -> str | None:
        """What to answer to a provider that asks whether this is ours."""

    def collect(self) -> Iterable[Told | Came]:
        """What waits at the provider."""

    def given(self) -> list[tuple[Text, str]]:
        """What the provider is given."""


class Talker:
    """The parts of a `Kind` that most do without."""

    parameters: tuple[Parameter, ...] = ()

    def __init__(self, name: str, parameters: Mapping[str, str]) -> None:
        self.name = name
        self.known = self.whole(parameters)

    @classmethod
    def whole(cls, parameters: Mapping[str, str]) -> dict[str, str]:
        """The parameters with what stands for those that are left empty."""
        return {one.name: one.default for one in cls.parameters} | {name: value for name, value in parameters.items() if value}

    @classmethod
    def problems(cls, parameters: Mapping[str, str]) -> list[str]:
        """What is needed and missing, and what is none of the choices; a kind adds what only it knows by `wrong`."""
        known, found = cls.whole(parameters), []
        for one in cls.parameters:
            value = known[one.name]
            if one.is_needed and not value.strip():
                found.append(_("%(what)s is missing.") % {"what": one.label})
            elif value and one.choices and value not in dict(one.choices):
                found.append(_("%(what)s is none of the choices.") % {"what": one.label})
        return found or cls.wrong(known)

    @classmethod
    def wrong(cls, known: dict[str, str]) -> list[str]:
        """Nothing more is checked."""
        return []

    def told_url(self) -> str:
        """The address at which the provider reaches us, with the key that lets it in."""
        return f"{base_url(self.known)}{reverse('messaging:told', args=[self.name])}?kunci={key_of(self.name)}"

    def given(self) -> list[tuple[Text, str]]:
        """Nothing, for nobody calls."""
        return []

    def read(self, request: HttpRequest) -> Iterable[Told | Came]:
        """Nobody calls."""
        raise ValueError("this provider does not call")

    def greet(self, request: HttpRequest) -> str | None:
        """Nobody asks."""
        return None

    def collect(self) -> Iterable[Told | Came]:
        """Nothing waits."""
        return ()


@dataclass(frozen=True)
class Reply:
    """What an HTTP server answered; `status` 0 is none at all, and then `ended` says what to make of it."""

    status: int
    text: str = ""
    ended: Ended | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


def call(
    url: str, *, data: bytes | None = None, headers: Mapping[str, str] | None = None, method: str = ""
) -> Reply:
    """Call a provider over HTTP. Without an answer it is "later" when nothing can have been taken, else "unsure"."""
    request = Request(url, data=data, headers={"User-Agent": "DGS", **(headers or {})}, method=method or None)  # noqa: S310
    if request.type not in {"http", "https"}:
        return Reply(0, ended=Ended(Outcome.LATER, "not an address of the web"))
    try:
        with opener().open(request, timeout=SECONDS) as reply:
            return Reply(reply.status, reply.read(20_000).decode("utf-8", "replace"), headers=dict(reply.headers))
    except HTTPError as error:
        with error:
            try:
                text = error.read(20_000).decode("utf-8", "replace")
            except (OSError, http.client.HTTPException):
                text = ""
        return Reply(error.code, text, headers=dict(error.headers or {}))
    except URLError as error:
        return Reply(0, ended=Ended(Outcome.LATER, type(error.reason).__name__))
    except (OSError, http.client.HTTPException) as error:
        return Reply(0, ended=Ended(Outcome.UNSURE, type(error).__name__))


def by_status(status: int, text: str = "") -> Ended:
    """By an HTTP status: 2xx was taken; 5xx, 408, 429, wrong credentials and redirects are tried again; the rest is final."""
    detail = f"HTTP {status} {LONG_NUMBER.sub('…', text[:200])}".strip()
    if 200 <= status < 300:
        return Ended(Outcome.HANDED, detail)
    again = status >= 500 or status in {401, 403, 408, 429} or status < 400
    return Ended(Outcome.LATER if again else Outcome.REFUSED, f"HTTP {status}")


def json_of(body: bytes) -> Any:
    """What stands in a body of JSON; ValueError for whatever is none, nested without end or too long."""
    if len(body) > 500_000:
        raise ValueError("too long")
    try:
        return json.loads(body)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def dig(data: Any, path: str) -> str:
    """The text or number at a path such as `messages.0.id`; empty when there is none."""
    if not path:
        return ""
    if isinstance(data, Mapping) and path in data:
        found = data[path]
    else:
        found = data
        for step in path.split("."):
            if isinstance(found, Mapping):
                found = found.get(step)
            elif isinstance(found, list) and step.isascii() and step.isdigit() and len(step) < 6:
                found = found[int(step)] if int(step) < len(found) else None
            else:
                return ""
    if isinstance(found, bool) or not isinstance(found, str | int | float):
        return ""
    return str(found)


def not_an_address(label: Text, value: str) -> list[str]:
    """A sentence when this is no address of the web, or one with a name and password in it, which would get into logs."""
    try:
        parts = urlsplit(value)
        is_good = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0 and not parts.username
    except ValueError:
        is_good = False
    if is_good and value.isascii() and value.isprintable() and " " not in value:
        return []
    return [_("%(what)s is not an address that begins with http:// or https://.") % {"what": label}]


def base_url(known: Mapping[str, str]) -> str:
    """Where a provider reaches us: its sender's own parameter, or the address people use."""
    return (known.get("callback") or settings.BASE_URL).rstrip("/")
