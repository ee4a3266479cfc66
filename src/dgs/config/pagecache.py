"""Serves public pages to visitors without a session from memory, in front of Django; never a page of a signed-in person.

A view opts in with `anonymous_page`. A copy is kept for a minute at most and is dropped at once in every process when
`kernel.freshness.announce_change` says so; while the database cannot be heard nothing is served from memory. What differs
between visitors (host, language, theme, accepted encoding) is part of the key.
"""

from __future__ import annotations

import gzip
import threading
import time
from collections import OrderedDict

from django.conf import settings
from django.http import parse_cookie

from dgs.kernel.freshness import Listener
from dgs.kernel.pages import MARK

SECONDS = 60
MOST_PAGES = 500
LONGEST_QUERY = 200


class PageCache:
    """WSGI layer around the application."""

    def __init__(self, application) -> None:
        self.application = application
        self.pages: OrderedDict[tuple, tuple[float, str, list, bytes]] = OrderedDict()
        self.lock = threading.Lock()
        self.generation = 0
        self.listener: Listener | None = None

    def clear(self) -> None:
        """Forget every page."""
        with self.lock:
            self.generation += 1
            self.pages.clear()

    def __call__(self, environ, start_response):
        key = self._key(environ)
        if key is None:
            return self.application(environ, start_response)
        listener = self._listener()
        kept = self.pages.get(key) if listener.is_listening else None
        if kept and kept[0] > time.monotonic():
            start_response(kept[1], kept[2])
            return [kept[3]]
        return self._ask(environ, start_response, key, listener)

    def _listener(self) -> Listener:
        # Started by the first request, so that each worker process has a thread of its own after the fork.
        if self.listener is None or not self.listener.is_alive():
            with self.lock:
                if self.listener is None or not self.listener.is_alive():
                    self.listener = Listener(self.clear)
                    self.listener.start()
        return self.listener

    def _key(self, environ) -> tuple | None:
        if (
            environ["REQUEST_METHOD"] != "GET"
            or environ.get("HTTP_HX_REQUEST")
            or environ["PATH_INFO"].startswith("/static/")
        ):
            return None
        query = environ.get("QUERY_STRING", "")
        if len(query) > LONGEST_QUERY:
            return None
        raw = environ.get("HTTP_COOKIE", "")
        cookies = {}
        if raw:
            # Read as Django reads it: else a crafted header is one visitor here and another behind, and stays for all. Django
            # reads it as UTF-8 and cuts off that alphabet's blanks; no cookie of ours needs more than ASCII.
            if not raw.isascii():
                return None
            cookies = parse_cookie(raw)
            if settings.SESSION_COOKIE_NAME in cookies or "messages" in cookies:
                return None
        language = cookies.get(settings.LANGUAGE_COOKIE_NAME, "")
        packed = "gzip" in environ.get("HTTP_ACCEPT_ENCODING", "")
        return (
            environ.get("HTTP_HOST", ""),
            environ.get("PATH_INFO", ""),
            query,
            language[:10],
            cookies.get("dgs_theme", "")[:10],
            packed,
            environ.get("wsgi.url_scheme"),
            environ.get("HTTP_X_FORWARDED_PROTO", ""),
        )

    def _ask(self, environ, start_response, key, listener):
        seen: dict = {}
        generation = self.generation

        def note(status, headers, exc_info=None):
            seen["status"], seen["headers"] = status, headers
            return lambda data: None

        body = self.application(environ, note)
        try:
            content = b"".join(body)
        finally:
            if hasattr(body, "close"):
                body.close()
        status, headers = seen["status"], seen["headers"]
        names = {name.lower(): value for name, value in headers}
        headers = [(name, value) for name, value in headers if name != MARK]
        if MARK.lower() in names and status.startswith("200") and "set-cookie" not in names:
            if key[5] and "content-encoding" not in names:
                content = gzip.compress(content, 6)
                headers = [(n, v) for n, v in headers if n.lower() != "content-length"]
                headers += [("Content-Encoding", "gzip"), ("Content-Length", str(len(content)))]
            if listener.is_listening:
                with self.lock:
                    if generation == self.generation:
                        self.pages[key] = (time.monotonic() + SECONDS, status, headers, content)
                        while len(self.pages) > MOST_PAGES:
                            self.pages.popitem(last=False)
        start_response(status, headers)
        return [content]
