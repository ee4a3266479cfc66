"""Sends the simulated bank's calls over HTTP, rightly or hanging up before the answer; only to this very machine."""

from __future__ import annotations

import http.client
import json
import select
import socket
import struct
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from dgs.core.banking.simulator import Sent

LOOPBACK = {"127.0.0.1", "localhost", "::1"}
SECONDS = 60
# What becomes of a call when whoever answered it is no more.
BROKEN = (OSError, http.client.HTTPException)


class NotHere(ValueError):
    """The address is not one of this machine: a simulated bank never calls another."""


@dataclass(frozen=True)
class Answer:
    """What was answered: HTTP status, the seven digits, and the whole of it."""

    status: int
    code: str
    body: dict[str, Any] = field(repr=False)


class Wire:
    """One connection for each call, as many banks do it; counts the calls that were not proven, for few a minute are heard."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme != "http" or parts.hostname not in LOOPBACK or parts.path.strip("/") or parts.username:
            raise NotHere(url)
        self.host, self.port = parts.hostname, parts.port or 80
        self.unproven: deque[float] = deque()
        self.lock = threading.Lock()

    def ask(self, sent: Sent) -> Answer:
        """Send a call and read the answer."""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=SECONDS)
        try:
            connection.request(sent.method, sent.path, sent.body, _headers(sent))
            answer = connection.getresponse()
            data = answer.read()
        finally:
            connection.close()
        try:
            body = json.loads(data)
        except ValueError:
            body = {}
        code = str(body.get("responseCode", "")) if isinstance(body, dict) else ""
        if code.startswith(("401", "429")):
            with self.lock:
                self.unproven.append(time.monotonic())
        return Answer(answer.status, code, body if isinstance(body, dict) else {})

    def hang_up(self, sent: Sent, *, after_answer: bool) -> None:
        """Send a call and hang up without reading: when the answer has begun to come (it is decided), or at once."""
        lines = [f"{sent.method} {sent.path} HTTP/1.1", f"Host: {self.host}:{self.port}"]
        lines += [f"{name}: {value}" for name, value in {**_headers(sent), "Content-Length": len(sent.body)}.items()]
        raw = ("\r\n".join(lines) + "\r\n\r\n").encode() + sent.body
        with socket.create_connection((self.host, self.port), timeout=SECONDS) as line:
            line.sendall(raw)
            if after_answer:
                select.select([line], [], [], SECONDS)
            # No polite end: what has come is thrown away, as when a network breaks.
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def is_crowded(self, most: int) -> bool:
        """Whether so many calls could not be proven within the last minute that the next may be answered 429."""
        with self.lock:
            while self.unproven and self.unproven[0] < time.monotonic() - 120:
                self.unproven.popleft()
            return len(self.unproven) >= most


def _headers(sent: Sent) -> dict[str, str]:
    return {**sent.headers, "Content-Type": "application/json", "Connection": "close"}
