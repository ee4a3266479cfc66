"""Rows for the bench of the audit record: many at once, truly chained, by COPY; and as many as a process writes in a time."""

from __future__ import annotations

import json
import os
import random
import time
from datetime import datetime, timedelta

ACTS = ("cases.submit", "cases.act", "billing.bill_issued", "documents.issued", "personal_data.read", "personal_data.read")
COLUMNS = "id, lane, seq, at, kind, action, actor, actor_name, subject, person, office, purpose, facts, previous, digest"


def told(number: int, chance: random.Random, at: datetime) -> dict:
    """What one row says: as long as those of real life."""
    action = ACTS[number % len(ACTS)]
    is_reading = action == "personal_data.read"
    facts = {} if is_reading else {
        "reference": f"K7P2-{number:08d}", "service": "akta-kelahiran", "version": 1 + number % 3, "from": "received",
        "to": "verified",
    }
    return {
        "at": at, "kind": "read" if is_reading else "change", "action": action, "actor": 1 + number % 400,
        "actor_name": f"Budi Percobaan {number % 400}", "subject": f"cases.case:{number // 5}",
        "person": chance.randrange(1, 200_000), "office": "" if is_reading else "disdukcapil",
        "purpose": "services.service:akta-kelahiran" if is_reading else "", "facts": facts,
    }


def fill(rows: int, *, batches: int, start: datetime, days: int) -> float:
    """So many rows in all lanes by chance, sealed in so many batches and published by day; seconds that sealing took."""
    from django.db import connection

    from dgs.core.audit import api, chain
    from dgs.core.audit.models import LANES, AuditHead

    chance = random.Random(20)
    heads = {head.lane: (head.seq, head.digest) for head in AuditHead.objects.all()}
    sealing, step, written = 0.0, rows // batches, 0
    with connection.cursor() as cursor:
        for batch in range(batches):
            now = start + timedelta(days=days) * batch / batches
            cursor.execute("SELECT setval('audit_auditrow_id_seq', nextval('audit_auditrow_id_seq') + %s)", [step])
            first = cursor.fetchone()[0] - step
            with cursor.copy(f"COPY audit_auditrow ({COLUMNS}) FROM STDIN") as copy:
                for number in range(step):
                    lane = chance.randrange(LANES)
                    seq, previous = heads[lane]
                    content = chain.Content(id=first + number, previous=previous, **told(written + number, chance, now))
                    mark = chain.digest(lane, seq + 1, chain.canonical(content))
                    copy.write_row((content.id, lane, seq + 1, *content[1:10], json.dumps(content.facts), previous, mark))
                    heads[lane] = (seq + 1, mark)
            written += step
            cursor.executemany(
                "UPDATE audit_audithead SET seq = %s, digest = %s, seal = %s WHERE lane = %s",
                [(seq, mark, chain.seal(lane, seq, mark), lane) for lane, (seq, mark) in heads.items()],
            )
            began = time.perf_counter()
            api.seal(now=now)
            sealing += time.perf_counter() - began
            if api.publish_day(now=now):
                heads = {head.lane: (head.seq, head.digest) for head in AuditHead.objects.all()}
        cursor.execute("VACUUM ANALYZE audit_auditrow")
    return sealing


PLAIN = "bench_plain_row"
INSERT = f"""
INSERT INTO {PLAIN} ({COLUMNS}) 
VALUES (nextval('audit_auditrow_id_seq'), %s, %s, %s, 'change', %s, NULL, 'system', %s, %s, %s, '', %s::jsonb, repeat('0', 64),
        repeat('0', 64))
"""


def plain_table() -> None:
    """The same table and indexes without chain and triggers, for the yardstick."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {PLAIN}; CREATE TABLE {PLAIN} (LIKE audit_auditrow INCLUDING ALL)")


def peak(parameters: dict, key: bytes, lanes: tuple[int, int]) -> tuple[int, int]:
    """In a process of its own: rows of these lanes checked, and the most megabytes it took."""
    import psycopg

    from dgs.core.audit.lanes import Pass

    with psycopg.connect(**parameters) as connection:
        rows = Pass(connection, key, lanes).run().rows
    # Of this process alone: what getrusage tells begins with the size of the process that started this one.
    with open("/proc/self/status") as status:
        return rows, next(int(line.split()[1]) // 1024 for line in status if line.startswith("VmHWM"))


def write(seconds: float, begin_at: float, is_plain: bool) -> int:
    """In a process of its own: rows, each in a transaction of its own that waits for the disk, for so many seconds.

    `is_plain`: the yardstick, a bare INSERT of the same columns that is chained to nothing.
    """
    import django

    django.setup()
    from django.db import connection, transaction
    from django.utils import timezone

    from dgs.core.audit import api

    connection.ensure_connection()
    chance, count, now = random.Random(os.getpid()), 0, timezone.now()
    time.sleep(max(0.0, begin_at - time.time()))
    until = begin_at + seconds
    while time.time() < until:
        row = told(0, chance, now)
        if is_plain:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(INSERT, [chance.randrange(2**15), chance.randrange(2**62), now, row["action"], row["subject"],
                                        row["person"], row["office"], json.dumps(row["facts"])])
            count += 1
            continue
        with transaction.atomic():
            api.record(action=row["action"], by=None, subject=row["subject"], now=now, facts=row["facts"], person=row["person"],
                       office=row["office"])
        count += 1
    connection.close()
    return count
