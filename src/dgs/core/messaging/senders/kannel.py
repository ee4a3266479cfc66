"""SMS through Kannel (or a gateway that takes HTTP as it does): sendsms, delivery reports and get-url of its user guide 1.4.5."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlencode

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from dgs.core.messaging.models import Message
from dgs.core.messaging.plain import number_of
from dgs.core.messaging.segments import segments
from dgs.core.messaging.senders.talking import (
    Came,
    Ended,
    Parameter,
    Said,
    Talker,
    Told,
    by_status,
    call,
    not_an_address,
)
from dgs.kernel.manifest import Text

# Kannel's dlr-mask: 1 delivered, 2 not delivered, 4 queued by the operator, 8 taken by the operator, 16 refused by it.
MASK = 1 | 2 | 16
SAYS = {1: Said.DELIVERED, 2: Said.FAILED, 4: Said.ACCEPTED, 8: Said.ACCEPTED, 16: Said.FAILED}
# Kannel's, 0 to 3: a line of its own before the operator must not turn ours round.
PRIORITY = {0: 3, 1: 3, 2: 2, 3: 1}
# Minutes; a code that comes later is of no use.
CODE_LIVES = 15
STAT = re.compile(r"stat:([A-Z]+)")


class Kannel(Talker):
    """Kannel's smsbox over HTTP."""

    code, title, channel = "kannel", _("Kannel (SMPP and modems)"), "sms"
    parameters = (
        Parameter("url", _("Address of sendsms"), "http://127.0.0.1:13013/cgi-bin/sendsms", is_needed=True),
        Parameter("username", _("Account"), is_needed=True),
        Parameter("password", _("Password"), is_secret=True, is_needed=True),
        Parameter("from", _("Sender's number or name"), "DGS"),
        Parameter("smsc", _("Operator's line"), help=_("Kannel's smsc-id; empty when it chooses by itself")),
        Parameter("callback", _("Where Kannel reaches DGS"), help=_("empty: the address people use")),
    )

    @classmethod
    def wrong(cls, known: dict[str, str]) -> list[str]:
        """Addresses that are none."""
        found = not_an_address(_("Address of sendsms"), known["url"])
        return found + (not_an_address(_("Where Kannel reaches DGS"), known["callback"]) if known["callback"] else [])

    def hand(self, message: Message, attempt_id: int) -> Ended:
        """A connection that never stood, 5xx, 408, 429 and wrong credentials are tried again; other 4xx are final."""
        asked = {
            "username": self.known["username"], "password": self.known["password"], "from": self.known["from"],
            "to": message.to, "text": message.body, "coding": 0 if segments(message.body).encoding == "GSM-7" else 2,
            "charset": "UTF-8", "priority": PRIORITY.get(message.urgency, 0), "dlr-mask": MASK,
            "dlr-url": self._dlr_url(attempt_id),
        }
        if message.is_secret:
            asked["validity"] = CODE_LIVES
        if self.known["smsc"]:
            asked["smsc"] = self.known["smsc"]
        reply = call(f"{self.known['url']}?{urlencode(asked)}")
        return reply.ended or by_status(reply.status, reply.text)

    def read(self, request: HttpRequest) -> Iterable[Told | Came]:
        """A delivery report (by our number of the attempt) or an SMS, as `get_url` asks for them."""
        asked = request.GET
        if "laporan" in asked:
            mask, attempt, detail = number_of(asked["laporan"]), number_of(asked.get("kirim", "")), asked.get("kata", "")
            if mask is None or attempt is None:
                raise ValueError("not a delivery report")
            said = SAYS.get(mask)
            stat = STAT.search(detail)
            if said == Said.FAILED and stat and stat[1] == "EXPIRED":
                said = Said.EXPIRED
            return [Told(said, attempt_id=attempt, detail=stat[1] if stat else "")] if said else []
        if "dari" in asked and asked.get("id"):
            return [Came(asked["id"], asked["dari"], asked.get("isi", ""), asked.get("ke", ""))]
        raise ValueError("neither a delivery report nor an SMS")

    def given(self) -> list[tuple[Text, str]]:
        """The get-url; the address of delivery reports goes with each SMS."""
        return [(_("What the gateway calls when an SMS comes"), self.get_url())]

    def _dlr_url(self, attempt_id: int) -> str:
        return f"{self.told_url()}&kirim={attempt_id}&laporan=%d&kata=%A"

    def get_url(self) -> str:
        """What stands in Kannel's configuration as the get-url of its sms-service."""
        return f"{self.told_url()}&id=%I&dari=%p&ke=%P&isi=%a"
