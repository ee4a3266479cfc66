"""SMS through an aggregator over HTTP: what is asked, which answer is good and where the ids stand are parameters, not code.

Templates are filled in one pass and after they were taken apart, so that nothing in a message's words becomes part of the
request: in JSON the strings are filled, in forms and addresses the values.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dgs.core.messaging.models import Message
from dgs.core.messaging.plain import number_of
from dgs.core.messaging.senders.talking import (
    LONG_NUMBER,
    Came,
    Ended,
    Outcome,
    Parameter,
    Said,
    Talker,
    Told,
    by_status,
    call,
    dig,
    json_of,
    not_an_address,
)
from dgs.kernel.manifest import Text

PLACE = re.compile(r"\{([a-z_]+)\}")
PLACES = {"to", "plus", "local", "text", "id", "from", "callback"}
STATUSES = re.compile(r"(?:[1-5](?:\d\d|xx))(?:\s*,\s*[1-5](?:\d\d|xx))*\Z", re.ASCII)
HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}\Z", re.ASCII)
SAID = {"delivered", "failed", "expired", "accepted", "read"}
PATTERN = "re:"
MOST_AT_ONCE = 1000
WORDS = '{"DELIVRD": "delivered", "DELIVERED": "delivered", "UNDELIV": "failed", "FAILED": "failed", "EXPIRED": "expired"}'
FORMATS = (("json", "JSON"), ("form", gettext_lazy("form")), ("query", gettext_lazy("in the address")))
METHODS = (("POST", "POST"), ("GET", "GET"), ("PUT", "PUT"))
PATH = gettext_lazy("a name, or a path such as results.0.id")


class Aggregator(Talker):
    """An SMS provider with an interface of its own over HTTP."""

    code, title, channel = "http", gettext_lazy("SMS aggregator over HTTP"), "sms"
    parameters = (
        Parameter("url", gettext_lazy("Address"), is_needed=True),
        Parameter("method", gettext_lazy("Method"), "POST", choices=METHODS),
        Parameter("format", gettext_lazy("What is sent as"), "json", choices=FORMATS),
        Parameter(
            "body", gettext_lazy("What is sent"), '{"to": "{to}", "text": "{text}", "ref": "{id}"}', is_needed=True, is_long=True,
            help=gettext_lazy(
                "JSON, or a line for each value such as to={to}. Filled in: {to} 62…, {plus} +62…, {local} 0…, {text}, {id} our "
                "number of the attempt, {from}, {callback} our address for receipts."
            ),
        ),
        Parameter("from", gettext_lazy("Sender's number or name"), "DGS"),
        Parameter(
            "auth", gettext_lazy("Signing in"),
            choices=(("", gettext_lazy("none")), ("bearer", gettext_lazy("token (Bearer)")),
                     ("basic", gettext_lazy("account and password (Basic)"))),
        ),
        Parameter("username", gettext_lazy("Account")),
        Parameter("password", gettext_lazy("Password or token"), is_secret=True),
        Parameter("headers", gettext_lazy("More headers"), is_secret=True, is_long=True, help='{"X-Api-Key": "…"}'),
        Parameter("success", gettext_lazy("Statuses of success"), "2xx", help=gettext_lazy("such as 200, 202 or 2xx")),
        Parameter(
            "taken", gettext_lazy("What an answer of success must contain"),
            help=gettext_lazy("a regular expression; empty: anything"),
        ),
        Parameter(
            "again", gettext_lazy("What an answer contains after which it is to be tried again"),
            help=gettext_lazy("a regular expression, such as one for a balance that is used up"),
        ),
        Parameter(
            "gateway_id", gettext_lazy("Where the provider's number stands in its answer"),
            help=gettext_lazy("a path such as messages.0.id, or re: and a regular expression with one group"),
        ),
        Parameter("callback", gettext_lazy("Where the provider reaches DGS"), help=gettext_lazy("empty: the address people use")),
        Parameter("each", gettext_lazy("List in what the provider tells"), help=gettext_lazy("a path; empty: one at a time")),
        Parameter("receipt_id", gettext_lazy("Receipt: the provider's number"), help=PATH),
        Parameter("receipt_ref", gettext_lazy("Receipt: our number ({id})"), "kirim", help=PATH),
        Parameter("receipt_status", gettext_lazy("Receipt: status"), help=PATH),
        Parameter(
            "receipt_words", gettext_lazy("Receipt: what its statuses mean"), WORDS, is_long=True,
            help=gettext_lazy("delivered, failed, expired, accepted or read; others change nothing"),
        ),
        Parameter("sms_number", gettext_lazy("SMS from outside: number"), help=PATH),
        Parameter("sms_text", gettext_lazy("SMS from outside: text"), help=PATH),
        Parameter("sms_id", gettext_lazy("SMS from outside: the provider's number of it"), help=PATH),
        Parameter("sms_to", gettext_lazy("SMS from outside: to which number"), help=PATH),
    )

    @classmethod
    def wrong(cls, known: dict[str, str]) -> list[str]:
        """Templates that cannot be filled, patterns and tables that cannot be read."""
        label = {one.name: one.label for one in cls.parameters}
        found = not_an_address(label["url"], known["url"])
        found += not_an_address(label["callback"], known["callback"]) if known["callback"] else []
        found += _wrong_body(known)
        found += _wrong_table(label["headers"], known["headers"], lambda name, value: HEADER.match(name) and _is_header(value))
        found += _wrong_table(label["receipt_words"], known["receipt_words"], lambda _name, value: value in SAID)
        if not STATUSES.match(known["success"].strip()):
            found.append(_("%(what)s: write statuses such as 200, 202 or 2xx.") % {"what": label["success"]})
        for name in ("taken", "again", "gateway_id"):
            pattern = known[name].removeprefix(PATTERN) if name == "gateway_id" else known[name]
            is_pattern = name != "gateway_id" or known[name].startswith(PATTERN)
            if is_pattern and (groups := _groups(pattern)) != 1 and (groups is None or name == "gateway_id"):
                found.append(_("%(what)s: this regular expression cannot be used.") % {"what": label[name]})
        if known["auth"] and not (known["password"] and _is_header(known["password"] + known["username"])):
            found.append(_("To sign in, a password or token is needed."))
        if any(known[name] for name in ("sms_number", "sms_text", "sms_id")) and not all(
            known[name] for name in ("sms_number", "sms_text", "sms_id")
        ):
            found.append(_("For SMS from outside, number, text and the provider's number are all needed."))
        return found

    def hand(self, message: Message, attempt_id: int) -> Ended:
        """What the provider answers decides, by the parameters; without an answer it is later or unsure, as for all of HTTP."""
        body = filled(self.known, {
            "to": message.to, "plus": f"+{message.to}", "local": "0" + message.to.removeprefix("62"), "text": message.body,
            "id": str(attempt_id), "from": self.known["from"], "callback": f"{self.told_url()}&kirim={attempt_id}",
        })
        url, headers, data = self.known["url"], self._headers(), None
        if self.known["format"] == "json":
            data, headers["Content-Type"] = json.dumps(body).encode(), "application/json"
        elif self.known["format"] == "form":
            data, headers["Content-Type"] = urlencode(body).encode(), "application/x-www-form-urlencoded"
        else:
            url += ("&" if "?" in url else "?") + urlencode(body)
        reply = call(url, data=data, headers=headers, method=self.known["method"])
        return reply.ended or self._ended(reply.status, reply.text)

    def _headers(self) -> dict[str, str]:
        headers = dict(json.loads(self.known["headers"])) if self.known["headers"] else {}
        if self.known["auth"] == "bearer":
            headers["Authorization"] = f"Bearer {self.known['password']}"
        elif self.known["auth"] == "basic":
            pair = f"{self.known['username']}:{self.known['password']}".encode()
            headers["Authorization"] = f"Basic {base64.b64encode(pair).decode()}"
        return headers

    def _ended(self, status: int, text: str) -> Ended:
        said = LONG_NUMBER.sub("…", text[:200])
        good = [one.strip() for one in self.known["success"].split(",")]
        if not any(str(status) == one or one[1:] == "xx" and str(status)[0] == one[0] for one in good):
            ended = by_status(status)
            if self.known["again"] and re.search(self.known["again"], text):
                return Ended(Outcome.LATER, f"HTTP {status} {said}")
            return Ended(Outcome.REFUSED, f"HTTP {status} {said}") if ended.outcome == Outcome.HANDED else ended
        if self.known["again"] and re.search(self.known["again"], text):
            return Ended(Outcome.LATER, f"HTTP {status} {said}")
        if self.known["taken"] and not re.search(self.known["taken"], text):
            return Ended(Outcome.REFUSED, f"HTTP {status} {said}")
        return Ended(Outcome.HANDED, f"HTTP {status} {said}", self._gateway_id(text))

    def _gateway_id(self, text: str) -> str:
        where = self.known["gateway_id"]
        if where.startswith(PATTERN):
            found = re.search(where.removeprefix(PATTERN), text)
            return found[1] or "" if found else ""
        try:
            return dig(json_of(text.encode("utf-8", "replace")), where) if where else ""
        except ValueError:
            return ""

    def given(self) -> list[tuple[Text, str]]:
        """Where receipts and SMS from outside are taken."""
        return [(gettext_lazy("What the provider calls for receipts and SMS from outside"), self.told_url())]

    def read(self, request: HttpRequest) -> Iterable[Told | Came]:
        """Receipts and SMS from outside, from the address, a form or JSON."""
        asked: dict[str, Any] = {name: request.GET[name] for name in request.GET if name != "kunci"}
        body: Any = None
        if request.method == "POST":
            if request.content_type == "application/json" or request.body[:1] in (b"{", b"["):
                body = json_of(request.body)
            else:
                body = {name: request.POST[name] for name in request.POST}
        things = [body]
        if self.known["each"]:
            things = _list_at(body, self.known["each"])
        if not things or len(things) > MOST_AT_ONCE:
            raise ValueError("neither receipts nor SMS")
        found = [self._thing({**asked, **thing} if isinstance(thing, Mapping) else asked if thing is None else thing)
                 for thing in things]
        return [one for one in found if one is not None]

    def _thing(self, data: Any) -> Told | Came | None:
        known = self.known
        status, gateway_id, ref = (dig(data, known[name]) for name in ("receipt_status", "receipt_id", "receipt_ref"))
        if status and (gateway_id or ref):
            said = {word.upper(): said for word, said in json.loads(known["receipt_words"]).items()}.get(status.strip().upper())
            if said is None:
                return None
            attempt_id = number_of(ref)
            if attempt_id is None and not gateway_id:
                raise ValueError("a receipt for nothing")
            return Told(Said(said), attempt_id=attempt_id, gateway_id=gateway_id, detail=status)
        if known["sms_text"]:
            number, pk = dig(data, known["sms_number"]), dig(data, known["sms_id"])
            if number and pk:
                return Came(pk, number, dig(data, known["sms_text"]), dig(data, known["sms_to"]))
        raise ValueError("neither a receipt nor an SMS")


def filled(known: Mapping[str, str], values: Mapping[str, str]) -> Any:
    """What is sent: the template taken apart, and its strings filled in one pass."""
    def fill(text: str) -> str:
        return PLACE.sub(lambda found: values[found[1]], text)

    def walk(part: Any) -> Any:
        if isinstance(part, dict):
            return {name: walk(one) for name, one in part.items()}
        if isinstance(part, list):
            return [walk(one) for one in part]
        return fill(part) if isinstance(part, str) else part

    if known["format"] == "json":
        return walk(json_of(known["body"].encode()))
    return [(name, fill(value)) for name, value in _lines(known["body"])]


def _lines(body: str) -> list[tuple[str, str]]:
    """`name=value` by lines; ValueError for a line that is none."""
    found = []
    for line in body.splitlines():
        name, sign, value = line.partition("=")
        if line.strip() and not (sign and name.strip()):
            raise ValueError(line)
        if line.strip():
            found.append((name.strip(), value.strip()))
    return found


def _wrong_body(known: Mapping[str, str]) -> list[str]:
    used = set(PLACE.findall(known["body"]))
    if unknown := sorted(used - PLACES):
        return [_("What is sent: {%(name)s} is not known.") % {"name": unknown[0]}]
    if not ({"to", "plus", "local"} & used and "text" in used):
        return [_("What is sent must contain {text} and a number: {to}, {plus} or {local}.")]
    marked = dict.fromkeys(PLACES, "\x01")
    try:
        sent = filled(known, marked)
    except ValueError:
        return [
            _("What is sent is no JSON.") if known["format"] == "json" else _("What is sent has a line that is not name=value.")
        ]
    # A place in a name, or outside of quotes, would not have been filled.
    places = len(PLACE.findall(known["body"]))
    if json.dumps(sent).count("\\u0001") != places:
        return [_("What is sent has a place to fill in outside of a value.")]
    if known["method"] == "GET" and known["format"] != "query":
        return [_("With GET everything is sent in the address.")]
    return []


def _wrong_table(label: Any, text: str, is_good: Any) -> list[str]:
    if not text:
        return []
    try:
        table = json_of(text.encode())
        if isinstance(table, dict) and all(isinstance(value, str) and is_good(name, value) for name, value in table.items()):
            return []
    except ValueError:
        pass
    return [_('%(what)s: write JSON such as {"name": "value"}, with values that are allowed.') % {"what": label}]


def _is_header(value: str) -> bool:
    return value.isascii() and value.isprintable()


def _groups(pattern: str) -> int | None:
    """How many groups a regular expression has; None when it is none or too long."""
    try:
        return re.compile(pattern).groups if len(pattern) <= 200 else None
    except (re.error, RecursionError, OverflowError):
        return None


def _list_at(data: Any, path: str) -> list:
    for step in path.split("."):
        data = data.get(step) if isinstance(data, Mapping) else None
    if not isinstance(data, list):
        raise ValueError("no list")
    return data
