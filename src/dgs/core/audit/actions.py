"""Writing to the audit chain: changes and readings of personal data; nothing here updates or deletes."""

from __future__ import annotations

import json
import random
import threading
from datetime import datetime

from django.db import connection, transaction

from dgs.core.audit.chain import Content, canonical, digest, plain, seal, text
from dgs.core.audit.models import LANES, AuditHead, AuditRow, Batch, Kind
from dgs.kernel import keeping
from dgs.kernel.statements import Statement

TAKE = Statement("SELECT row_id, lane, seq, digest FROM audit_take_lane(%s)")
ROW = """
    audit_auditrow
        (id, lane, seq, at, kind, action, actor, actor_name, subject, person, office, purpose, facts, previous, digest)
    SELECT %(id)s, %(lane)s, %(seq)s, %(at)s, %(kind)s, %(action)s, %(actor)s, %(actor_name)s, %(subject)s, %(person)s,
           %(office)s, %(purpose)s, %(facts)s::jsonb, %(previous)s, %(digest)s
"""
HEAD = "UPDATE audit_audithead AS head SET seq = %(seq)s, digest = %(digest)s, seal = %(seal)s"
FOLLOWS = "head.lane = %(lane)s AND head.seq = %(seq)s - 1 AND head.digest = %(previous)s"
NEXT = "nextval('audit_auditrow_id_seq')"  # the id of the row after this one
INSERT = Statement(f"""
WITH added AS (INSERT INTO {ROW} RETURNING lane)
{HEAD} FROM added WHERE {FOLLOWS}
RETURNING {NEXT}
""")  # noqa: S608 - our own words
# Who wrote to a lane knows where it stands. The row is written without asking again, if nobody holds the lane and its head is
# still the same; the transaction keeps the lane as if it had taken it.
MINE = """
    CASE WHEN pg_try_advisory_xact_lock(1096107081, %(lane)s)
         THEN set_config('dgs.audit_lane', %(lane)s::integer::text, true) END AS lane
"""
AFTER = f"""
WITH turn AS MATERIALIZED (SELECT {{turn}}), moved AS (
    {HEAD} FROM turn WHERE turn.lane IS NOT NULL AND {FOLLOWS}
    RETURNING head.lane
)
INSERT INTO {ROW} FROM moved
RETURNING {NEXT}
"""  # noqa: S608 - our own words
INSERT_AFTER = Statement(AFTER.format(turn=MINE))
# A page that was only read need not wait for its turn nor for the disk: the head is read without a lock. A power cut may lose
# the last half second of such rows, never of changes, whose transactions wait as ever.
GLANCE = Statement(f"SELECT {NEXT}, lane, seq, digest FROM audit_audithead WHERE lane = %s")  # noqa: S608 - our own words
INSERT_READING = Statement(AFTER.format(turn=f"{MINE}, set_config('synchronous_commit', 'off', true)"))


class LastHead(threading.local):
    """Where the lane stands to which this thread wrote last: (next row id, lane, seq, digest).

    It may be wrong, after an undone transaction or when somebody else took the lane; then nothing is written by it.
    """

    known: tuple | None = None

    def forget(self) -> None:
        """Ask the database anew."""
        self.known = None


LAST = LastHead()
keeping.EVERY.add(LAST)


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
    Costs one round trip, or three when somebody else wrote to the lane since; parallel transactions take different lanes and do
    not wait. Refuses a `now` without zone.
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
    """Write down where every lane stands, and the last batch.

    A lane that is later cut back together with an old copy of its sealed head contradicts this row. It goes to a lane by chance,
    not to the one this thread wrote to last: who cuts that lane back must not cut every checkpoint with it.
    """
    LAST.forget()
    last = Batch.objects.order_by("-number").values_list("number", "digest").first()
    heads = {str(lane): [seq, mark] for lane, seq, mark in AuditHead.objects.values_list("lane", "seq", "digest")}
    return record(action="audit.checkpoint", by=None, subject="audit.chain", now=now, facts={"heads": heads, "batch": last})


def record_check(*, by, now: datetime):
    """Verify the whole chain and write down the outcome; returns the findings."""
    from dgs.core.audit.checking import verify

    findings = verify()
    record(
        action="audit.verified", by=by, subject="audit.chain", now=now,
        facts={"rows": findings.rows, "sealed": findings.sealed, "batches": findings.batches,
               "problems": len(findings.problems), "ok": findings.ok,
               "first": [text(problem.sentence, 300) for problem in findings.problems[:5]]},
    )
    return findings


def _append(*, kind, action, by, subject, now, facts, person, office, purpose) -> AuditRow:
    if now.tzinfo is None:
        raise ValueError("an audit row needs an instant with its time zone")
    who = "system" if by is None else getattr(by, "name", "") or "anonymous"
    told = {
        "at": now, "kind": str(kind), "action": text(action), "actor": by.pk if by is not None else None,
        "actor_name": text(who, 200), "subject": text(subject), "person": person, "office": text(office),
        "purpose": text(purpose, 200), "facts": plain(facts),
    }
    lane = random.randrange(LANES)  # noqa: S311 - spreads load, guards nothing
    is_alone = kind == Kind.READ and not connection.in_atomic_block
    head = LAST.known or (GLANCE.one([lane]) if is_alone else None)
    if head is not None and (row := _added(INSERT_READING if is_alone else INSERT_AFTER, head, told)):
        return row
    with transaction.atomic(savepoint=False):
        taken = TAKE.one([lane])
        if taken is None:
            raise ChainBroken("the heads of the audit chain are missing")
        row = _added(INSERT, taken, told)
        if row is None:
            raise ChainBroken(f"the head of audit lane {taken[1]} was changed by another hand")
    return row


def _added(statement: Statement, head: tuple, told: dict) -> AuditRow | None:
    """The row written behind a head; None when the head is no longer that one."""
    row, values = _following(head, told)
    found = statement.one(values)
    LAST.known = found and (found[0], row.lane, row.seq, row.digest)
    return row if found else None


def _following(head: tuple, told: dict) -> tuple[AuditRow, dict]:
    """The row that follows a head (row id, lane, seq, digest), and what its statement needs."""
    row_id, lane, seq, previous = head
    content = Content(id=row_id, previous=previous, **told)
    seq += 1
    mark = digest(lane, seq, canonical(content))
    values = content._asdict() | {
        "lane": lane, "seq": seq, "digest": mark, "seal": seal(lane, seq, mark), "facts": json.dumps(content.facts)
    }
    return AuditRow(lane=lane, seq=seq, digest=mark, **content._asdict()), values
