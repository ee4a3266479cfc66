"""E-mail that comes back: which message a report is about, by a mark that only we can make, and addresses that are dead.

Reports come by the mail drop, into which anybody can write in anybody's name. One counts when it names a message by our mark: in
the address it came back to (VERP), or in the Message-ID of what it quotes. The mark holds a keyed hash, so that nobody but who
got the message, and the servers it passed, can report on it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from email.message import EmailMessage

from dgs.core.messaging.actions.receipts import told
from dgs.core.messaging.marks import genuine
from dgs.core.messaging.models import Attempt
from dgs.core.messaging.senders.talking import Said, Told
from dgs.kernel.mails import MOST_PARTS, Unreadable, header, parsed

STATUS = re.compile(r"\b([245])\.[0-9]{1,3}\.[0-9]{1,3}\b", re.ASCII)
# Where the address stands to which a report came, and where it names what it is about.
COME_TO = ("To", "Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "In-Reply-To", "References")
QUOTED = ("Message-ID", "Return-Path")


def take_bounce(data: bytes, *, now: datetime) -> str | None:
    """Take an e-mail that is a delivery report on one of ours; what it says ("bounced" …, "" for nothing), None when it is none.

    RFC 3464: `failed` for good is a bounce, `failed` after trying in vain is too late, `delayed` and `expanded` change nothing.
    """
    try:
        message = parsed(data)
    except Unreadable:
        return None
    if message.get_content_type() != "multipart/report":
        return None
    parts = list(_parts(message))
    attempt = _attempt(_marks(message, parts))
    if attempt is None:
        return None
    said, detail = _said(parts)
    if said:
        told(attempt.sender, Told(said, attempt_id=attempt.pk, detail=detail), now=now)
    return said


def _parts(message: EmailMessage) -> Iterator[EmailMessage]:
    """The parts of a report, and of what lies in them, not too many."""
    waiting, seen = [message], 0
    while waiting and seen < MOST_PARTS:
        part = waiting.pop(0)
        seen += 1
        inner = part.get_payload() if part.is_multipart() else None
        if isinstance(inner, list):
            waiting += inner[:MOST_PARTS]
        yield part


def _marks(message: EmailMessage, parts: list[EmailMessage]) -> Iterator[tuple[str, int]]:
    """The marks in it that are genuine; that of an attempt first, for it says more."""
    texts = [value for name in COME_TO for value in _values(message, name)]
    for part in parts[1:]:
        texts += [header(part, name) for name in QUOTED]
        if part.get_content_type() == "text/rfc822-headers":
            payload = part.get_payload()
            texts.append(payload[:20_000] if isinstance(payload, str) else "")
    yield from sorted({mark for text in texts for mark in genuine(text)})


def _values(message: EmailMessage, name: str) -> list[str]:
    try:
        return [str(value)[:2000] for value in message.get_all(name, [])[:20]]
    except Exception:  # the library raises many kinds on broken headers
        return []


def _attempt(marks: Iterator[tuple[str, int]]) -> Attempt | None:
    """The attempt that a mark names; of a message its newest, which the mail server got."""
    for letter, number in marks:
        known = Attempt.objects.select_related("sender").filter(message__channel="email")
        known = known.filter(pk=number) if letter == "a" else known.filter(message=number)
        attempt = known.exclude(outcome__in=[Attempt.Outcome.LATER, Attempt.Outcome.REFUSED]).order_by("-number").first()
        if attempt is not None:
            return attempt
    return None


def _said(parts: list[EmailMessage]) -> tuple[str, str]:
    """What the report says of the first recipient it says something final of, and the code it gives."""
    for part in parts:
        action = header(part, "Action").split(" ")[0].strip().lower()
        if not action or part.get_content_type() not in {"text/plain", "message/delivery-status"}:
            continue
        status = STATUS.search(header(part, "Status"))
        detail = f"{action} {status[0] if status else ''}".strip()
        if action == "failed":
            return (Said.EXPIRED if status and status[1] == "4" else Said.BOUNCED), detail
        if action in {"delivered", "relayed"}:
            return Said.DELIVERED, detail
    return "", ""
