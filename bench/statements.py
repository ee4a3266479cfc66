"""Times the taking of a large bank statement against many open bills: reading and booking apart, for each format.

Bills are made by INSERT … SELECT without triggers, each file in memory. The yardstick is a bare COPY of the very rows that the
statement left (lines and payments) into tables without index or trigger, on the same server and in the same minutes,
because single times say little on a shared machine. Run it as `./dgs bench statements`; it exits with 1 when a target is missed.
"""

from __future__ import annotations

import argparse
import cProfile
import os
import pstats
import random
import resource
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
TODAY = date(2026, 11, 23)
TARGET_TOTAL, TARGET_READ = 30.0, {"mt940": 6.0}
SENDERS = ("SITI CONTOHWATI", "BUDI PERCOBAAN", "PT MISALNYA JAYA", "CV TELADAN", "AYU REKAAN", "RAHMAT KHAYALAN")
BILLS = """
INSERT INTO billing_bill (number, payment_code, payer_id, office_id, title, about, total, issued_at, due_on, region,
                          cancelled_reason)
SELECT 'BCH-' || seq, billing_payment_code(seq), %s, %s, 'Retribusi (contoh)', 'bench.thing:' || seq,
       25000 + (seq %% 400) * 1250, '2026-11-01T00:00:00Z', '2026-12-31', '16.07', ''
FROM generate_series(%s::bigint, %s::bigint) AS seq
"""
LINES = """
INSERT INTO billing_billline (bill_id, account_id, description, quantity, unit_amount, amount)
SELECT id, %s, 'Retribusi (contoh)', 1, total, total FROM billing_bill WHERE number LIKE 'BCH-%%'
"""


@dataclass
class Figures:
    """Seconds of one format, and what was taken."""

    format: str
    megabytes: float
    read: float
    judge: float
    write: float
    copy: float
    matched: int
    lines: int
    peak: int

    @property
    def total(self) -> float:
        """All of it."""
        return self.read + self.judge + self.write

    @property
    def ratio(self) -> float:
        """All of it as a multiple of the bare COPY."""
        return self.total / self.copy


def begin(folder: Path):
    """A database server in the folder (or the one of DATABASE_URL), with Django on it; what to stop, or None."""
    from dgs.cli.embedded import Embedded

    server = None
    if not os.environ.get("DATABASE_URL"):
        server = Embedded(folder / "postgres", settings={"shared_buffers": "512MB", "max_wal_size": "4GB"})
        server.start()
        os.environ["DATABASE_URL"] = server.url()
    os.environ |= {"DJANGO_SETTINGS_MODULE": "dgs.config.settings", "DGS_DEMO": "1", "DGS_DATA_DIR": str(folder / "data")}
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    return server


def end(server) -> None:
    """Stop what `begin` began."""
    from django.db import connections

    connections.close_all()
    if server:
        server.stop()


def ground():
    """An office and a revenue account."""
    from django.apps import apps

    from dgs.core.billing.chart_of_accounts import known_accounts, revenue_account

    region, _new = apps.get_model("regions", "Region").objects.get_or_create(
        code="16.07", defaults={"name": "Kabupaten Banyuasin", "level": 2}
    )
    office, _new = apps.get_model("organisations", "Office").objects.get_or_create(
        slug="bench", defaults={"kind": "transport", "name": "Dinas Contoh", "short_name": "Contoh", "region": region}
    )
    return office, revenue_account(next(iter(known_accounts())))


def fill(bills: int) -> None:
    """As many open bills as asked, unless they are there from an earlier run."""
    from django.apps import apps
    from django.db import connection, transaction

    from dgs.core.billing.models import Bill

    if Bill.objects.filter(number__startswith="BCH-").count() >= bills:
        return
    office, account = ground()
    payer = apps.get_model("parties", "Party").objects.create(kind="person", name="Siti Contohwati")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(BILLS, [payer.pk, office.pk, 1, bills])
        cursor.execute(LINES, [account.pk])
        cursor.execute("SELECT setval('billing_bill_seq', %s)", [bills])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def bookings(count: int) -> list:
    """Transfers for open bills, of which most pay exactly; some pay too little, name no code, or go out."""
    from dgs.core.billing import codes
    from dgs.core.billing.models import Bill
    from dgs.core.billing.simulator import Transfer

    chance = random.Random(7)
    open_bills = Bill.objects.filter(derived__state="open", number__startswith="BCH-").order_by("pk")
    made = []
    for n, (code, total) in enumerate(open_bills.values_list("payment_code", "total")[:count]):
        day = TODAY - timedelta(days=1 + n * 20 // count)
        sender, kind = chance.choice(SENDERS), chance.random()
        text, amount = f"TRSF E-BANKING CR {day:%d%m}/FTSCY/WS95{n % 1000:03d} {sender}\n{codes.grouped(code)}", int(total)
        if kind > 0.98:
            text, amount = f"BIAYA ADM {n}", -6500
        elif kind > 0.95:
            text = f"SETORAN TUNAI {sender} {n}"
        elif kind > 0.92:
            amount -= 1000
        made.append(Transfer(day=day, amount=amount, text=text, reference=f"REF{n:010d}"))
    return made


def measure(format: str, lines: int, profile: bool) -> Figures:
    """Read a file, take it into an account of its own, and copy the same rows."""

    from dgs.core.billing import simulator
    from dgs.core.billing.actions import statements as taking
    from dgs.core.billing.models import BankAccount

    number = f"{random.randrange(10**12, 10**13)}"
    BankAccount.objects.create(bank="Bank Contoh", number=number, holder="RKUD (contoh)")
    write = {"mt940": simulator.mt940_text, "csv": simulator.csv_text, "camt053": getattr(simulator, "camt053_text", None)}
    data = write[format](bookings(lines), account=number, opening=1_000_000).encode()
    profiler = cProfile.Profile()
    if profile:
        profiler.enable()
    clock = Clock()
    timed = {"read_statement": "read", "new_lines": "judge", "_judge": "judge"}
    real = {name: getattr(taking, name) for name in timed}
    for name, part in timed.items():
        setattr(taking, name, clock.around(real[name], part))
    start = time.perf_counter()
    try:
        taken = taking.take_statement(data, file_name=f"bench.{format}", account=None, by=None, now=NOW)
    finally:
        for name, function in real.items():
            setattr(taking, name, function)
    whole = time.perf_counter() - start
    if profile:
        profiler.disable()
        pstats.Stats(profiler).sort_stats("cumulative").print_stats(45)
    bare = copied("billing_statementline", "statement_id = %s", [taken.statement.pk]) + copied(
        "billing_payment", "line_id IN (SELECT id FROM billing_statementline WHERE statement_id = %s)", [taken.statement.pk]
    )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    parts = clock.spent
    write = whole - parts["read"] - parts["judge"]
    return Figures(
        format, len(data) / 1e6, parts["read"], parts["judge"], write, bare, taken.matched, taken.lines_new, peak
    )


def copied(table: str, where: str, values: list) -> float:
    """Seconds of a bare COPY of rows of a table into one without index, constraint or trigger."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE rows_of AS SELECT * FROM {table} WHERE {where}", values)
        with cursor.copy("COPY rows_of TO STDOUT") as out:
            rows = [bytes(row) for row in out]
        cursor.execute("DROP TABLE IF EXISTS bare_rows")
        cursor.execute(f"CREATE TABLE bare_rows AS SELECT * FROM {table} WITH NO DATA")
        start = time.perf_counter()
        with cursor.copy("COPY bare_rows FROM STDIN") as into:
            into.write(b"".join(rows))
        spent = time.perf_counter() - start
        cursor.execute("DROP TABLE bare_rows, rows_of")
    return spent


class Clock:
    """Adds up the seconds spent in functions, by part."""

    def __init__(self) -> None:
        self.spent = {"read": 0.0, "judge": 0.0}

    def around(self, function, part: str):
        """The function, timed."""

        def timed(*args, **more):
            start = time.perf_counter()
            try:
                return function(*args, **more)
            finally:
                self.spent[part] += time.perf_counter() - start

        return timed


def main() -> int:
    """Fill, measure each format, print, judge."""
    asked = argparse.ArgumentParser(prog="dgs bench statements", description=__doc__)
    asked.add_argument("--bills", type=int, default=800_000, help="bills made; those paid by one file are not open for the next")
    asked.add_argument("--lines", type=int, default=100_000)
    asked.add_argument("--formats", default="mt940,csv,camt053")
    asked.add_argument("--folder", type=Path, help="keep the database here and use it again")
    asked.add_argument("--profile", action="store_true")
    options = asked.parse_args()
    with tempfile.TemporaryDirectory(prefix="dgs-bench-") as made:
        server = begin(options.folder or Path(made))
        try:
            fill(options.bills)
            found = [measure(format, options.lines, options.profile) for format in options.formats.split(",")]
        finally:
            end(server)
    heads = ("MB", "lines", "matched", "read s", "judge s", "write s", "total s", "COPY s", "ratio", "MB peak")
    print(f"{'format':9}" + "".join(f"{head:>9}" for head in heads))
    missed = []
    for one in found:
        print(
            f"{one.format:9}{one.megabytes:9.1f}{one.lines:9}{one.matched:9}{one.read:9.2f}{one.judge:9.2f}{one.write:9.2f}"
            f"{one.total:9.2f}{one.copy:9.2f}{one.ratio:9.1f}{one.peak:9}"
        )
        if one.total > TARGET_TOTAL or one.read > TARGET_READ.get(one.format, TARGET_TOTAL):
            missed.append(one.format)
    if missed:
        print(f"target missed: {', '.join(missed)}", file=sys.stderr)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
