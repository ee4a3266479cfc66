"""Writes down every call, in or out, with its answer: bounded, without tokens and signatures; reading is in queries.py."""

from __future__ import annotations

import json
import re
from typing import Any

from dgs.core.banking.arrivals import Call
from dgs.core.banking.models import Message
from dgs.kernel.statements import Statement

LONGEST = 8 * 1024
HIDDEN = "…"
SECRET_MEMBERS = ("accessToken", "access_token", "signature", "clientSecret")
# A bank that writes a secret of its own into a body has it hidden too, as far as its name shows it; also one that is cut off.
NAMED_SECRET = re.compile(
    r'("[^"]{0,60}(?:token|secret|signature|password|credential)[^"]{0,60}"\s{0,9}:\s{0,9})"(?:[^"\\]|\\.)*(?:"|\Z)',
    re.IGNORECASE,
)
# A call that uses up its X-EXTERNAL-ID or decides about a payment is written only if nobody did so before: the database
# settles who was first, also between processes.
WRITE = Statement("""
INSERT INTO banking_message
    (direction, partner_id, service, external_id, day, at, path, remote_address, http_status, response_code, request_id,
     fingerprint, outcome, is_accepted, is_decision, body, answer, note)
VALUES
    (%(direction)s, %(partner)s, %(service)s, %(external_id)s, %(day)s, %(at)s, %(path)s, %(remote_address)s, %(http_status)s,
     %(response_code)s, %(request_id)s, %(fingerprint)s, %(outcome)s, %(is_accepted)s, %(is_decision)s, %(body)s, %(answer)s,
     %(note)s)
ON CONFLICT DO NOTHING RETURNING id
""")


def write(
    call: Call, reply: dict[str, Any], *, note: str = "", request_id: str = "", fingerprint: str = "", outcome: str = "",
    is_accepted: bool = False, is_decision: bool = False, direction: str = Message.Direction.IN, http_status: int | None = None,
) -> bool:
    """Write a call down with what was answered.

    False, and nothing written, when it was to be accepted but its X-EXTERNAL-ID is used up today or its `request_id` decided.
    """
    code = str(reply.get("responseCode", ""))[:7]
    found = WRITE.one(
        {
            "direction": str(direction), "partner": call.partner.pk if call.partner else None, "service": call.service,
            "external_id": call.external_id, "day": call.day, "at": call.now, "path": kept(call.path, call.secrets)[:200],
            "remote_address": call.address[:45], "http_status": http_status or int(code[:3] or 0),
            "response_code": kept(code, ()),
            "request_id": request_id, "fingerprint": fingerprint, "outcome": outcome, "is_accepted": is_accepted,
            "is_decision": is_decision,
            "body": NAMED_SECRET.sub(r'\1"…"', kept(call.body.decode("utf-8", "replace"), call.secrets)),
            "answer": kept(json.dumps(_without_secrets(reply), ensure_ascii=False, separators=(",", ":")), call.secrets),
            "note": kept(note, call.secrets)[:200],
        }
    )
    return found is not None


def kept(text: str, secrets) -> str:
    """The text as it may be kept: without these secrets, without NUL, cut at 8 kB."""
    for secret in secrets:
        if len(secret) > 7:
            text = text.replace(secret, HIDDEN)
    # Half a surrogate pair is no UTF-8, and PostgreSQL takes no NUL.
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace")[:LONGEST].decode("utf-8", "ignore")


def _without_secrets(reply: dict[str, Any]) -> dict[str, Any]:
    return {name: HIDDEN if name in SECRET_MEMBERS else value for name, value in reply.items()}
