"""What all programs that talk to providers share: how a hand-over ends, what receipts and inbound SMS are, calls over HTTP."""

from __future__ import annotations

import http.client
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol
from urllib.error import HTTPError, URLError
from urllib.request import Request, build_opener

from django.conf import settings
from django.http import HttpRequest

from dgs.core.messaging.models import Attempt, Message, Receipt
from dgs.kernel.manifest import Text
from dgs.kernel.outgoing import StayHere

Outcome, Said = Attempt.Outcome, Receipt.Said
LONG_NUMBER = re.compile(r"\d{6,}")
SECONDS = 20


@dataclass(frozen=True)
class Ended:
    """How a hand-over ended: what the provider said, without personal data, and what it calls the message."""

    outcome: str
    detail: str = ""
    gateway_id: str = ""


@dataclass(frozen=True)
class Told:
    """A receipt: what a provider says of an attempt, which it names by our number or by its own."""

    said: str
    attempt_id: int | None = None
    gateway_id: str = ""
    detail: str = ""


@dataclass(frozen=True)
class Came:
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


class Kind(Protocol):
    """A program that talks to one kind of provider; made anew whenever its sender's parameters change, and used by many threads.

    `hand` waits at most half a minute and answers "later" only when it is certain that the message was not taken. What a
    provider calls by itself comes to `read` (a request that was let in by the sender's key), what must be fetched is fetched by
    `collect`, which every worker calls every few seconds.
    """

    code: str
    title: Text
    channel: str
    parameters: tuple[Parameter, ...]

    def __init__(self, name: str, parameters: Mapping[str, str]) -> None: ...

    def hand(self, message: Message, attempt_id: int) -> Ended:
        """Hand the message over."""

    def read(self, request: HttpRequest) -> Iterable[Told | Came]:
        """What a call of the provider says; ValueError when it is none."""

    def collect(self) -> Iterable[Told | Came]:
        """What waits at the provider."""


class Talker:
    """The parts of a `Kind` that most do without."""

    parameters: tuple[Parameter, ...] = ()

    def __init__(self, name: str, parameters: Mapping[str, str]) -> None:
        self.name = name
        self.known = {one.name: one.default for one in self.parameters} | {k: v for k, v in parameters.items() if v}

    def read(self, request: HttpRequest) -> Iterable[Told | Came]:
        """Nobody calls."""
        raise ValueError("this provider does not call")

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
        with build_opener(StayHere).open(request, timeout=SECONDS) as reply:
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


def base_url(known: Mapping[str, str]) -> str:
    """Where a provider reaches us: its sender's own parameter, or the address people use."""
    return (known.get("callback") or settings.BASE_URL).rstrip("/")
