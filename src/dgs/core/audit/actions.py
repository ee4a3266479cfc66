"""Writing to the audit chain: changes and readings of personal data; nothing here updates or deletes."""

from __future__ import annotations

import json
import random
from datetime import datetime

from django.db import connection, transaction

from dgs.core.audit.chain import Content, canonical, digest, plain, seal, text
from dgs.core.audit.models import LANES, AuditHead, AuditRow, Kind

INSERT = """
WITH added AS (
    INSERT INTO audit_auditrow
        (id, lane, seq, at, kind, action, actor, actor_name, subject, person, office, purpose, facts, previous, digest)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s::jsonb, %s, %s)
    RETURNING lane
)
UPDATE audit_audithead AS head SET seq = %s, digest = %s, seal = %s
FROM added WHERE head.lane = added.lane AND head.seq = %s
"""


class ChainBroken(RuntimeError):
    """The audit table cannot take a row: its heads are missing or changed underneath; the transaction must fail."""


def record(
    *,
    action: str,
    by,
    subject: str,
    now: datetime,
    facts: dict | None = None,
    person: int | None = None,
    office: str = "",
    purpose: str = "",
) -> AuditRow:
    """Chain one row about a change, inside the caller's transaction: it stands or falls with the change.

    `action` is "<room>.<what_happened>" (at most 80 characters), `by` a user or None for the system, `subject`
    "<room>.<model>:<id>", `person` the party whose data were touched, `facts` JSON without personal data.
    Costs two round trips; parallel transactions take different lanes and do not wait. Refuses a `now` without zone.
    """
    return _append(
        kind=Kind.CHANGE, action=action, by=by, subject=subject, now=now, facts=facts or {}, person=person,
        office=office, purpose=purpose,
    )


def record_reading(
    *, by, subject: str, person: int | None, purpose: str, now: datetime, facts: dict | None = None
) -> AuditRow:
    """Chain one row about somebody having read personal data of `person`, and for what purpose (UU 27/2022)."""
    return _append(
        kind=Kind.READ, action="personal_data.read", by=by, subject=subject, now=now, facts=facts or {}, person=person,
        office="", purpose=purpose,
    )


def record_checkpoint(*, now: datetime) -> AuditRow:
    """Write down where every lane stands.

    A lane that is later cut back together with an old copy of its sealed head contradicts this row.
    """
    heads = {str(lane): [seq, mark] for lane, seq, mark in AuditHead.objects.values_list("lane", "seq", "digest")}
    return record(action="audit.checkpoint", by=None, subject="audit.chain", now=now, facts={"heads": heads})


def record_check(*, by, now: datetime):
    """Verify the whole chain and write down the outcome; returns the findings."""
    from dgs.core.audit.queries import verify

    findings = verify()
    record(
        action="audit.verified", by=by, subject="audit.chain", now=now,
        facts={"rows": findings.rows, "problems": len(findings.problems), "ok": findings.ok,
               "first": [text(problem.sentence, 300) for problem in findings.problems[:5]]},
    )
    return findings


def _append(*, kind, action, by, subject, now, facts, person, office, purpose) -> AuditRow:
    if now.tzinfo is None:
        raise ValueError("an audit row needs an instant with its time zone")
    # A page that was only read need not wait for the disk: a power cut may lose the last half second of such rows,
    # never of changes, whose transactions wait as ever.
    is_only_reading = kind == Kind.READ and not connection.in_atomic_block
    with transaction.atomic(savepoint=False), connection.cursor() as cursor:
        cursor.execute(
            "SELECT row_id, lane, seq, digest, "
            "CASE WHEN %s THEN set_config('synchronous_commit', 'off', true) END FROM audit_take_lane(%s)",
            [is_only_reading, random.randrange(LANES)],  # noqa: S311 - spreads load, guards nothing
        )
        row_id, lane, seq, previous, _setting = cursor.fetchone() or (None, None, None, None, None)
        if lane is None:
            raise ChainBroken("the heads of the audit chain are missing")
        who = "system" if by is None else getattr(by, "name", "") or "anonymous"
        content = Content(
            id=row_id, at=now, kind=str(kind), action=text(action), actor=by.pk if by is not None else None,
            actor_name=text(who, 200), subject=text(subject), person=person, office=text(office),
            purpose=text(purpose, 200), facts=plain(facts), previous=previous,
        )
        seq += 1
        mark = digest(lane, seq, canonical(content))
        cursor.execute(
            INSERT,
            [row_id, lane, seq, now, content.kind, content.action, content.actor, content.actor_name, content.subject,
             content.person, content.office, content.purpose, json.dumps(content.facts), previous, mark,
             seq, mark, seal(lane, seq, mark), seq - 1],
        )
        if cursor.rowcount != 1:
            raise ChainBroken(f"the head of audit lane {lane} was changed by another hand")
    return AuditRow(lane=lane, seq=seq, digest=mark, **content._asdict())
