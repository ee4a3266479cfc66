"""A visitor over plain HTTP: cookies, pages, forms filled in and sent as a browser without JavaScript does; no asserts."""

from __future__ import annotations

import http.cookiejar
import urllib.error
import urllib.parse
import urllib.request
import uuid
from dataclasses import dataclass, field
from html.parser import HTMLParser


class WalkFailed(Exception):
    """A page was not what it had to be; the text says what was expected and what came."""


@dataclass
class Form:
    """A form of a page with the values it would send."""

    action: str
    method: str
    values: list[tuple[str, str]] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.text: list[str] = []
        self.links: list[str] = []
        self._form: Form | None = None
        self._select: tuple[str, list[tuple[str, bool]]] | None = None
        self._area: str | None = None
        self._hidden = 0

    def handle_starttag(self, tag, attrs):
        a = {name: value or "" for name, value in attrs}
        if tag in ("script", "style"):
            self._hidden += 1
        if tag == "a":
            self.links.append(a.get("href", ""))
        if tag == "form":
            self._form = Form(a.get("action", ""), a.get("method", "get").lower())
            self.forms.append(self._form)
        form = self._form
        if form is None:
            return
        name = a.get("name", "")
        if tag == "input" and name:
            kind = a.get("type", "text")
            form.names[name] = kind
            if kind in ("checkbox", "radio"):
                if "checked" in a:
                    form.values.append((name, a.get("value", "on")))
            elif kind in ("submit", "image", "button"):
                form.buttons.append((name, a.get("value", "")))
            elif kind != "file":
                form.values.append((name, a.get("value", "")))
        elif tag == "button" and a.get("type", "submit") == "submit":
            form.buttons.append((name, a.get("value", "")))
        elif tag == "select" and name:
            form.names[name] = "select"
            self._select = (name, [])
        elif tag == "option" and self._select:
            self._select[1].append((a.get("value", ""), "selected" in a))
        elif tag == "textarea" and name:
            form.names[name] = "textarea"
            self._area = name
            form.values.append((name, ""))

    def handle_endtag(self, tag):
        if tag in ("script", "style") and self._hidden:
            self._hidden -= 1
        if tag == "form":
            self._form = None
        elif tag == "select" and self._select and self._form:
            name, options = self._select
            chosen = next((v for v, on in options if on), options[0][0] if options else "")
            self._form.values.append((name, chosen))
            self._select = None
        elif tag == "textarea":
            self._area = None

    def handle_data(self, data):
        if self._area and self._form:
            name, value = self._form.values[-1]
            self._form.values[-1] = (name, value + data)
        elif not self._hidden and data.strip():
            self.text.append(" ".join(data.split()))


@dataclass
class Page:
    """An answer: where it ended after redirects, its status, text as people read it, and its forms."""

    url: str
    status: int
    body: bytes
    kind: str
    forms: list[Form]
    text: str
    links: list[str]

    @property
    def path(self) -> str:
        """The path of the address it ended at."""
        return urllib.parse.urlsplit(self.url).path

    def form_with(self, name: str) -> Form:
        """The form that has a field or button of this name."""
        for form in self.forms:
            if name in form.names or any(b == name for b, _value in form.buttons):
                return form
        raise WalkFailed(f"{self.url} has no form with {name!r} (status {self.status}): {self.text[:300]}")


class Visitor:
    """One person with one browser."""

    def __init__(self, base: str) -> None:
        self.base = base.rstrip("/")
        self.opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        )

    def get(self, path: str, expected: int | None = 200, headers: dict[str, str] | None = None) -> Page:
        """Open an address; WalkFailed when the status is another than expected."""
        url = urllib.parse.urljoin(self.base, path)
        return self._ask(urllib.request.Request(url, headers=headers or {}), expected)  # noqa: S310 - checked in _ask

    def send(
        self,
        page: Page,
        form: Form,
        values: list[tuple[str, str]] | dict[str, str],
        *,
        files: list[tuple[str, str, bytes, str]] | None = None,
        button: tuple[str, str] | None = None,
        expected: int | None = 200,
    ) -> Page:
        """Send a form: its own values, replaced by `values` where the names are the same; `files` are (name, file name,
        bytes, type)."""
        given = list(values.items()) if isinstance(values, dict) else list(values)
        replaced = {name for name, _value in given}
        pairs = [(n, v) for n, v in form.values if n not in replaced] + given
        if button:
            pairs.append(button)
        url = urllib.parse.urljoin(page.url, form.action or page.url)
        headers = {"Referer": page.url, "Origin": self.base}
        if form.method == "get":
            return self.get(f"{url.split('?')[0]}?{urllib.parse.urlencode(pairs)}", expected)
        if files:
            boundary = uuid.uuid4().hex
            body = b"".join(
                f'--{boundary}\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n{v}\r\n'.encode() for n, v in pairs
            )
            for name, file_name, content, kind in files:
                head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="{file_name}"\r\n'
                head += f"Content-Type: {kind}\r\n\r\n"
                body += head.encode() + content + b"\r\n"
            body += f"--{boundary}--\r\n".encode()
            headers["Content-Type"] = f"multipart/form-data; boundary={boundary}"
        else:
            body = urllib.parse.urlencode(pairs).encode()
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        return self._ask(urllib.request.Request(url, data=body, headers=headers), expected)  # noqa: S310 - checked in _ask

    def _ask(self, request: urllib.request.Request, expected: int | None) -> Page:
        if not request.full_url.startswith(("http://", "https://")):
            raise WalkFailed(f"{request.full_url} is not a web address")
        try:
            answer = self.opener.open(request, timeout=60)
        except urllib.error.HTTPError as error:
            answer = error
        except (urllib.error.URLError, OSError) as error:
            raise WalkFailed(f"{request.full_url} does not answer: {error}") from error
        body = answer.read()
        kind = answer.headers.get("Content-Type", "")
        reader = _Reader()
        if "html" in kind:
            reader.feed(body.decode("utf-8", "replace"))
        page = Page(answer.url, answer.status, body, kind, reader.forms, " ".join(reader.text), reader.links)
        if expected is not None and page.status != expected:
            raise WalkFailed(
                f"{request.get_method()} {page.url} answered {page.status}, not {expected}: {page.text[:400]}"
            )
        return page
