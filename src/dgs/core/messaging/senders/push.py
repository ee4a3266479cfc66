"""Notices of the browser by the push services that the browsers named (RFC 8030); to all browsers of one account.

Their addresses come from visitors, so that each is looked up and connected to only when it lies in the public internet, and
no redirect is followed.
"""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dgs.core.messaging import webpush
from dgs.core.messaging.models import Message, PushSubscription
from dgs.core.messaging.senders.talking import SECONDS, Ended, Outcome, Parameter, Talker, by_status
from dgs.kernel.outgoing import Response
from dgs.kernel.protection import keyed_hash

# Seconds that a push service keeps it for a browser that is away.
LIVES = 24 * 3600
GONE = {404, 410}
LONGEST_WORDS = 300
# Seconds: for all browsers of one account, after which a service is slow, and how long one that was is left alone. Whoever has an
# account may name services, and their slowness is not to be everybody's.
WHOLE, SLOW, RESTS = 30, 3, 600


class Push(Talker):
    """Web Push."""

    code, title, channel = "push", gettext_lazy("Notices of the browser (Web Push)"), "push"
    parameters = (
        Parameter(
            "contact", gettext_lazy("Whom push services can write to"),
            help=gettext_lazy("mailto: and an address, or an address of the web; empty: the address people use"),
        ),
    )

    def __init__(self, name: str, parameters: Mapping[str, str]) -> None:
        super().__init__(name, parameters)
        self._rests: dict[int, float] = {}

    @classmethod
    def wrong(cls, known: dict[str, str]) -> list[str]:
        """A contact that is none."""
        if known["contact"] and not known["contact"].startswith(("mailto:", "https://")):
            return [_("Whom push services can write to begins with mailto: or https://.")]
        return []

    def hand(self, message: Message, attempt_id: int) -> Ended:
        """To each browser of the account; taken when one service took it, and never sent again to those that did."""
        browsers = list(PushSubscription.objects.filter(user=message.to, user__is_active=True).order_by("pk"))
        now = timezone.now()
        key = webpush.the_key(now=now)
        contact = self.known["contact"] or settings.BASE_URL
        headers = {
            "TTL": str(LIVES), "Urgency": "high" if message.urgency == 0 else "normal", "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream", "Topic": keyed_hash(str(message.pk), "messaging-topic")[:32],
        }
        found, began = [], time.monotonic()
        for one in browsers:
            asked = time.monotonic()
            if asked - began > WHOLE or self._rests.get(one.pk, 0) > asked:
                found.append(Ended(Outcome.LATER, "its service is slow", is_theirs=True))
                continue
            body = webpush.seal(notice_of(message), key=one.key, auth=one.auth)
            vapid = webpush.authorization(one.endpoint, key=key, contact=contact, now=now)
            ended, status = post(one.endpoint, body, headers | {"Authorization": vapid})
            if status in GONE:
                one.delete()
            if time.monotonic() - asked > SLOW:
                self._rests[one.pk] = time.monotonic() + RESTS
            found.append(replace(ended, is_theirs=True))
        for outcome in (Outcome.HANDED, Outcome.UNSURE, Outcome.LATER, Outcome.REFUSED):
            first = next((ended for ended in found if ended.outcome == outcome), None)
            if first is not None:
                return first
        return Ended(Outcome.REFUSED, "no browser of this account takes notices")


def notice_of(message: Message) -> bytes:
    """What the browser shows and where it leads: few words, for others may see the screen."""
    words = message.subject or message.body
    told = {"body": words[:LONGEST_WORDS], "url": "/akun/pesan", "tag": f"m{message.pk}", "lang": message.language}
    return json.dumps(told, ensure_ascii=False).encode()[: webpush.LONGEST]


class Outside(http.client.HTTPSConnection):
    """A connection that is made to the public internet only, to the very address that was looked at; its answer comes in time."""

    response_class = Response

    def connect(self) -> None:
        """OSError when the name leads elsewhere."""
        found = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
        if not found or not all(webpush.is_outside(str(one[4][0])) for one in found):
            raise ConnectionRefusedError("not in the public internet")
        line, until = None, time.monotonic() + float(self.timeout or 0)
        for family, kind, protocol, _name, address in found:
            line = socket.socket(family, kind, protocol)
            line.settimeout(max(0.1, until - time.monotonic()))
            try:
                line.connect(address)
                break
            except OSError:
                line.close()
                if (family, kind, protocol, _name, address) == found[-1] or time.monotonic() > until:
                    raise
        line.settimeout(self.timeout)
        self.sock = tls().wrap_socket(line, server_hostname=self.host)


def tls() -> ssl.SSLContext:
    """What we trust."""
    return ssl.create_default_context()


def post(endpoint: str, body: bytes, headers: dict[str, str]) -> tuple[Ended, int]:
    """Hand a sealed notice to a push service: how it ended, and its status or 0."""
    parts = urlsplit(endpoint)
    connection = Outside(parts.hostname or "", parts.port or 443, timeout=SECONDS / 2)
    try:
        try:
            connection.connect()
        except (OSError, UnicodeError) as error:
            return Ended(Outcome.LATER, type(error).__name__), 0
        try:
            connection.request("POST", f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}", body, headers)
            reply = connection.getresponse()
            reply.read(1000)
        except (OSError, http.client.HTTPException) as error:
            return Ended(Outcome.UNSURE, type(error).__name__), 0
        return by_status(reply.status), reply.status
    finally:
        connection.close()
