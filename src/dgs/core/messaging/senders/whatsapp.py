"""WhatsApp by Meta's Cloud API: text to who wrote to us within a day, an approved template to all others.

Whether a number is within its day decides what is sent, for Meta takes a text outside of it and reports much later that it was
not delivered. Calls of Meta are let in by our key and by its signature over the body.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dgs.core.messaging.keys import key_of, opens
from dgs.core.messaging.models import Inbound, Message
from dgs.core.messaging.plain import number_of
from dgs.core.messaging.senders.talking import (
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

# Five minutes less than what Meta counts, for what is begun now arrives there later.
WINDOW = timedelta(hours=23, minutes=55)
NUMBER = re.compile(r"[0-9]{5,20}\Z", re.ASCII)
TEMPLATE = re.compile(r"[a-z0-9_]{1,120}\Z", re.ASCII)
CHALLENGE = re.compile(r"[A-Za-z0-9_.-]{1,200}\Z", re.ASCII)
CODE = re.compile(r"\b[0-9]{4,8}\b", re.ASCII)
LONGEST_TEXT, LONGEST_VARIABLE = 4096, 1000
# Of Meta's error codes those after which the same message can be taken later: too many at once, out of order, the token.
AGAIN = {1, 2, 4, 10, 190, 200, 368, 80007, 130429, 131000, 131005, 131016, 131042, 131048, 131056, 131057, 133004}
SAYS = {"sent": Said.ACCEPTED, "delivered": Said.DELIVERED, "read": Said.READ, "failed": Said.FAILED}
MOST_AT_ONCE = 2000
NUMBER_OF_ERROR = re.compile(r"[0-9]{1,9}\Z", re.ASCII)
# Where the words stand of what people write, and of the buttons they press.
WORDS = ("text.body", "button.text", "interactive.button_reply.title", "interactive.list_reply.title", "image.caption",
         "document.caption", "video.caption")


class Whatsapp(Talker):
    """A business number at the Cloud API."""

    code, title, channel = "whatsapp", gettext_lazy("WhatsApp (Cloud API)"), "whatsapp"
    parameters = (
        Parameter("url", gettext_lazy("Address"), "https://graph.facebook.com/v21.0", is_needed=True),
        Parameter("phone_id", gettext_lazy("Identity of the business number (Phone number ID)"), is_needed=True),
        Parameter("token", gettext_lazy("Access token of a system user"), is_secret=True, is_needed=True),
        Parameter("app_secret", gettext_lazy("Secret of the app (App secret)"), is_secret=True, is_needed=True),
        Parameter(
            "template", gettext_lazy("Template for who has not written to us"),
            help=gettext_lazy("its text has one variable, {{1}}, for the whole message; empty: such people get nothing"),
        ),
        Parameter(
            "code_template", gettext_lazy("Template for one-time codes"),
            help=gettext_lazy("of the kind authentication, with a button that copies the code; empty: no codes by WhatsApp"),
        ),
        Parameter("callback", gettext_lazy("Where the provider reaches DGS"), help=gettext_lazy("empty: the address people use")),
    )

    @classmethod
    def wrong(cls, known: dict[str, str]) -> list[str]:
        """An address or identity that is none, a template that cannot be named so."""
        found = not_an_address(gettext_lazy("Address"), known["url"])
        if known["callback"]:
            found += not_an_address(gettext_lazy("Where the provider reaches DGS"), known["callback"])
        if not NUMBER.match(known["phone_id"]):
            found.append(_("The identity of the business number has digits only; it is not the telephone number."))
        if not (known["token"].isascii() and known["token"].isprintable() and " " not in known["token"]):
            found.append(_("The access token has signs that cannot be in one."))
        for name in ("template", "code_template"):
            if known[name] and not TEMPLATE.match(known[name]):
                found.append(_("The name of a template has small letters, digits and underscores only."))
        return found

    def hand(self, message: Message, attempt_id: int) -> Ended:
        """Its text, or by a template; what Meta's error says decides whether it is tried again."""
        what = self._what(message)
        if what is None:
            return Ended(Outcome.REFUSED, "outside of the 24 hours, and no template for it")
        asked = {"messaging_product": "whatsapp", "recipient_type": "individual", "to": message.to, **what}
        # Meta repeats it in every state it reports, also in one that comes before its number of the message is written down.
        asked["biz_opaque_callback_data"] = str(attempt_id)
        reply = call(
            f"{self.known['url'].rstrip('/')}/{self.known['phone_id']}/messages", data=json.dumps(asked).encode(), method="POST",
            headers={"Authorization": f"Bearer {self.known['token']}", "Content-Type": "application/json"},
        )
        if reply.ended:
            return reply.ended
        try:
            said = json_of(reply.text.encode("utf-8", "replace"))
        except ValueError:
            said = None
        if 200 <= reply.status < 300:
            return Ended(Outcome.HANDED, f"HTTP {reply.status}", dig(said, "messages.0.id"))
        code = dig(said, "error.code")
        if not NUMBER_OF_ERROR.match(code):
            return by_status(reply.status)
        again = int(code) in AGAIN or by_status(reply.status).outcome == Outcome.LATER
        return Ended(Outcome.LATER if again else Outcome.REFUSED, f"HTTP {reply.status}, error {code}")

    def _what(self, message: Message) -> dict[str, Any] | None:
        if message.kind == Message.Kind.CODE or message.is_secret:
            code = CODE.search(message.body)
            return self._code(message, code[0]) if code and self.known["code_template"] else None
        since = timezone.now() - WINDOW
        if Inbound.objects.filter(sender__name=self.name, number=message.to, received_at__gt=since).exists():
            text = f"*{message.subject}*\n\n{message.body}" if message.subject else message.body
            return {"type": "text", "text": {"preview_url": False, "body": text[:LONGEST_TEXT]}}
        if not self.known["template"]:
            return None
        # Meta refuses line ends and rows of blanks in variables.
        text = " ".join(f"{message.subject}: {message.body}".split() if message.subject else message.body.split())
        return self._template(self.known["template"], message, [{"type": "body", "parameters": [_text(text[:LONGEST_VARIABLE])]}])

    def _code(self, message: Message, code: str) -> dict[str, Any]:
        return self._template(self.known["code_template"], message, [
            {"type": "body", "parameters": [_text(code)]},
            {"type": "button", "sub_type": "url", "index": "0", "parameters": [_text(code)]},
        ])

    @staticmethod
    def _template(name: str, message: Message, components: list) -> dict[str, Any]:
        return {"type": "template", "template": {"name": name, "language": {"code": message.language}, "components": components}}

    def greet(self, request: HttpRequest) -> str | None:
        """Meta asks once whether the address is ours, by a word that we gave it: the key."""
        if request.method != "GET" or request.GET.get("hub.mode") != "subscribe":
            return None
        challenge = request.GET.get("hub.challenge", "")
        if not opens(self.name, request.GET.get("hub.verify_token", "")) or not CHALLENGE.match(challenge):
            raise ValueError("not Meta")
        return challenge

    def given(self) -> list[tuple[Text, str]]:
        """The address of the webhook, and the word by which Meta finds out that it is ours."""
        return [(gettext_lazy("Callback URL, as it is typed at Meta"), self.told_url()),
                (gettext_lazy("Verify token, as it is typed at Meta"), key_of(self.name))]

    def read(self, request: HttpRequest) -> Iterable[Told | Came]:
        """States of what we sent, and what people wrote; nothing without Meta's signature over the whole body."""
        signature = request.headers.get("X-Hub-Signature-256", "")
        expected = "sha256=" + hmac.new(self.known["app_secret"].encode(), request.body, hashlib.sha256).hexdigest()
        if not secrets.compare_digest(expected.encode(), signature.encode("utf-8", "replace")):
            raise ValueError("not signed by Meta")
        found = list(self._things(json_of(request.body)))
        if len(found) > MOST_AT_ONCE:
            raise ValueError("too many at once")
        return found

    def _things(self, data: Any) -> Iterator[Told | Came]:
        for entry in _list(data, "entry"):
            for change in _list(entry, "changes"):
                value = change.get("value")
                if dig(value, "metadata.phone_number_id") != self.known["phone_id"]:
                    continue  # another number of the same app
                for one in _list(value, "statuses"):
                    said, pk = SAYS.get(dig(one, "status")), dig(one, "id")
                    ours = dig(one, "biz_opaque_callback_data")
                    if said and pk:
                        yield Told(
                            said, attempt_id=number_of(ours), gateway_id=pk,
                            detail=dig(one, "errors.0.code"),
                        )
                for one in _list(value, "messages"):
                    pk, number = dig(one, "id"), dig(one, "from")
                    if pk and number and dig(one, "type") != "reaction":
                        text = next((text for path in WORDS if (text := dig(one, path))), "")
                        yield Came(pk, number, text, dig(value, "metadata.display_phone_number"))


def _text(text: str) -> dict[str, str]:
    return {"type": "text", "text": text}


def _list(data: Any, name: str) -> list[dict]:
    """The objects of a list; nothing for whatever else stands there."""
    found = data.get(name) if isinstance(data, dict) else None
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
