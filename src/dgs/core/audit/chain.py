"""How audit rows are bound together: the canonical form, digests, seals and the opening of lanes; no rules of who may.

The key is settings.DGS_AUDIT_KEY. Somebody who can write to the database but does not know the key can neither make a
row nor change one without `checking.verify` naming it.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from django.conf import settings

from dgs.core.audit.hashing import BEGINNING, canonical_json
from dgs.core.audit.models import LANES, AuditHead, AuditRow


class Content(NamedTuple):
    """Everything a row says, in the order of the canonical form; where it stands (lane, seq) comes beside it."""

    id: int
    at: datetime
    kind: str
    action: str
    actor: int | None
    actor_name: str
    subject: str
    person: int | None
    office: str
    purpose: str
    facts: dict
    previous: str


def _hmac(kind: bytes, text: str) -> str:
    return hmac.new(settings.DGS_AUDIT_KEY.encode(), kind + b"\n" + text.encode(), hashlib.sha256).hexdigest()


def canonical(content: Content) -> str:
    """One line of JSON that is the same for the same content on every machine: sorted keys, UTC, no blanks."""
    values = content._replace(at=content.at.astimezone(UTC).isoformat(timespec="microseconds"))  # type: ignore[arg-type]
    return canonical_json(values)


def digest(lane: int, seq: int, text: str) -> str:
    """HMAC-SHA-256 as 64 hex digits over the place in the chain and the canonical form."""
    return _hmac(b"dgs-audit-row-1", f"{lane}|{seq}|{text}")


def seal(lane: int, seq: int, row_digest: str) -> str:
    """HMAC-SHA-256 as 64 hex digits that binds a lane to its last row."""
    return _hmac(b"dgs-audit-head-1", f"{lane}|{seq}|{row_digest}")


def plain(value: Any) -> Any:
    """The value as the database gives it back: text, whole numbers, yes/no, None, lists and dicts of these.

    Anything else (fractions, dates, amounts, identifiers) becomes its text, because JSON numbers with a fraction do
    not survive storage bit by bit and would look edited.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, dict):
        return {text(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    if isinstance(value, date):
        return value.isoformat()
    return text(value)


def text(value: Any, limit: int | None = None) -> str:
    """The value as text that PostgreSQL can store: no NUL, no half surrogates, cut to `limit` characters."""
    clean = str(value).replace("\x00", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode()
    return clean if limit is None or len(clean) <= limit else clean[: limit - 1] + "…"


def open_lanes(**_signal: object) -> None:
    """Give every lane its sealed head, once, while nothing was ever recorded; never heals a damaged table."""
    if AuditHead.objects.exists() or AuditRow.objects.exists():
        return
    AuditHead.objects.bulk_create(
        (AuditHead(lane=lane, seq=0, digest=BEGINNING, seal=seal(lane, 0, BEGINNING)) for lane in range(LANES)),
        ignore_conflicts=True,
    )
