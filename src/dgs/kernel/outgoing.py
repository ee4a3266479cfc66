"""What all calls to other systems share: they go to the address that was entered or nowhere, and end; whom to call: the rooms."""

from __future__ import annotations

import http.client
import io
import time
from typing import Any
from urllib.request import HTTPHandler, HTTPRedirectHandler, HTTPSHandler, OpenerDirector, build_opener

MOST_BYTES = 10_000_000


class StayHere(HTTPRedirectHandler):
    """For urllib's openers: a redirect is not followed but answered as it is, for it may lead into the inner network."""

    def redirect_request(self, *args, **kwargs):
        """None: the answer with the redirect is the answer."""
        return


class InTime(io.RawIOBase):
    """Reads a socket up to a moment and an amount: the time-out of a socket alone begins anew with each byte."""

    def __init__(self, raw: Any, *, until: float) -> None:
        self.raw, self.until, self.left = raw, until, MOST_BYTES

    def readable(self) -> bool:
        """As its kind demands."""
        return True

    def readinto(self, buffer) -> int:
        """TimeoutError when the moment is over or it was too much."""
        seconds = self.until - time.monotonic()
        if seconds <= 0 or self.left <= 0:
            raise TimeoutError("no end of the answer")
        self.raw._sock.settimeout(seconds)
        count = self.raw.readinto(buffer) or 0
        self.left -= count
        return count

    def close(self) -> None:
        """What it reads from too."""
        self.raw.close()
        super().close()


def in_time(file: Any, *, until: float) -> io.BufferedReader:
    """What `makefile` of a socket gives, read in time."""
    return io.BufferedReader(InTime(file.detach(), until=until))


class Response(http.client.HTTPResponse):
    """An answer that is whole within its connection's time-out, however slowly it comes."""

    def __init__(self, sock, *args, **kwargs) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp = in_time(self.fp, until=time.monotonic() + (sock.gettimeout() or 60))


class Connection(http.client.HTTPConnection):
    """A connection whose answers come in time."""

    response_class = Response


class SecureConnection(http.client.HTTPSConnection):
    """The same by TLS."""

    response_class = Response


class _Plain(HTTPHandler):
    def http_open(self, req):
        return self.do_open(Connection, req)


class _Secure(HTTPSHandler):
    def https_open(self, req):
        return self.do_open(SecureConnection, req, context=self._context)


def opener() -> OpenerDirector:
    """For calls to what was entered: no redirect is followed, and no answer is waited for without end."""
    return build_opener(StayHere, _Plain, _Secure)
