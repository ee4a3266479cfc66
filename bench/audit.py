"""Measures the audit record: what it costs a submission, whether parallel writers wait, how long proof, export and check take.

A submission with and without its audit rows is measured in turns in one run, for single times say little on a shared machine;
only here is writing switched off. Run it as `./dgs bench audit`; it exits with 1 when a target is missed.
"""

from __future__ import annotations

import argparse
import random
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path

from bench import audit_rows
from bench.statements import begin, end

ROOT = Path(__file__).resolve().parents[1]
SUBMIT, VERIFY, WRITERS = 1.20, 20.0, (1, 4, 16)
# Two rates of one run differ by so much on a shared machine although nothing was changed.
NOISE = 0.95


def prepare(count: int) -> list[dict]:
    """What so many people send in: everybody in the register, every file there."""
    from django.utils import timezone

    from dgs.cli import filling, invented
    from dgs.core.services import api as services
    from dgs.kernel import registry

    for one in filling.FILLINGS:
        if one.key in {"regions", "holidays", "offices", "roles", "accounts", "money", "services"}:
            one.work("banyuasin")
    now = timezone.now()
    town = invented.Town(now=now, chance=random.Random(5), first_number=2001)
    definitions = [services.load_folder(folder) for _subsystem, folder in registry.service_folders()]
    definition = next(one for one in definitions if one.slug == "akta-kelahiran")
    example = next(one for one in definition.examples if one.applicant == "person" and one.route[-1] == "granted")
    made = []
    for _ in range(count):
        life = invented.Life(town, definition, example)
        person, _business = life.applicant(now, is_online=True)
        made.append({
            "version": services.current_version(definition.slug), "values": life.values(example.data, owner=life.user, now=now),
            "applicant": person.party, "business": None, "channel": "online", "by": life.user, "now": now, "trusted_files": True,
        })
    return made


def submissions(count: int) -> tuple[float, float]:
    """Median seconds of a submission with its audit rows, and without any, in turns."""
    from dgs.core.audit import actions
    from dgs.core.audit.models import AuditRow
    from dgs.core.cases import api as cases

    def nothing(**told):
        return AuditRow(**{name: told[name] for name in ("kind", "action", "subject", "person", "facts")})

    real, spent = actions._append, {True: [], False: []}
    sent, rows = prepare(count), AuditRow.objects.count()
    for number, given in enumerate(sent):
        is_audited = number % 2 == 0
        actions._append = real if is_audited else nothing
        try:
            start = time.perf_counter()
            cases.create_case(**given)
            spent[is_audited].append(time.perf_counter() - start)
        finally:
            actions._append = real
    each = (AuditRow.objects.count() - rows) / len(spent[True])
    print(f"{count} submissions, {each:.1f} audit rows each in those that are audited", flush=True)
    return tuple(statistics.median(spent[kind][5:]) for kind in (True, False))


def parallel(seconds: float) -> dict[bool, dict[int, float]]:
    """Rows a second by number of writers, each a process, chained and (True) by a bare INSERT; the best of three turns."""
    rates: dict[bool, dict[int, float]] = {False: {}, True: {}}
    audit_rows.plain_table()
    for _turn in range(3):
        for writers in WRITERS:
            for is_plain, found in rates.items():
                with ProcessPoolExecutor(writers, mp_context=get_context("spawn")) as pool:
                    at = time.time() + 3 + writers / 2
                    written = [pool.submit(audit_rows.write, seconds, at, is_plain) for _ in range(writers)]
                    rate = sum(each.result() for each in written) / seconds
                found[writers] = max(rate, found.get(writers, 0.0))
    return rates


def shown(rates: dict[int, float]) -> str:
    """Rates with their ratio to one writer's."""
    return ", ".join(f"{writers}: {rate:,.0f}/s ({rate / rates[1]:.2f})" for writers, rate in rates.items())


def memory(lanes: tuple[int, int]) -> tuple[int, int]:
    """Rows of these lanes, and what a process took that checked them."""
    from django.conf import settings
    from django.db import connection

    given = connection.get_connection_params()
    parameters = {name: given[name] for name in ("dbname", "host", "user", "password", "port") if name in given}
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(audit_rows.peak, parameters, settings.DGS_AUDIT_KEY.encode(), lanes).result()


def timed(work):
    """What the work answers, and its seconds."""
    start = time.perf_counter()
    answer = work()
    return answer, time.perf_counter() - start


def main() -> int:
    """Measure, print, judge."""
    asked = argparse.ArgumentParser(prog="dgs bench audit", description=__doc__)
    asked.add_argument("--rows", type=int, default=1_000_000)
    asked.add_argument("--batches", type=int, default=300)
    asked.add_argument("--submissions", type=int, default=400)
    asked.add_argument("--seconds", type=float, default=5.0, help="how long the writers write")
    asked.add_argument("--folder", type=Path, help="keep the database here")
    options = asked.parse_args()
    missed = []

    def judge(line: str, is_met: bool) -> None:
        print(f"{line}  {'met' if is_met else 'MISSED'}", flush=True)
        if not is_met:
            missed.append(line.strip())

    with tempfile.TemporaryDirectory(prefix="dgs-bench-") as made:
        folder = options.folder or Path(made)
        server = begin(folder)
        try:
            from django.utils import timezone

            from dgs.core.audit import api

            with_rows, without = submissions(options.submissions)
            judge(f"submit: {with_rows * 1000:.1f} ms with audit, {without * 1000:.1f} ms without; "
                  f"ratio {with_rows / without:.2f} (target {SUBMIT:.2f})", with_rows / without <= SUBMIT)
            rates, bare = parallel(options.seconds).values()
            print(f"a bare INSERT by so many writers: {shown(bare)}")
            judge(f"audit rows by so many writers: {shown(rates)} (target: never below one writer's)",
                  min(rates.values()) >= rates[1] * NOISE)
            sealing, filling = timed(lambda: audit_rows.fill(
                options.rows, batches=options.batches, start=timezone.now() + timedelta(days=1), days=30))
            print(f"filled {options.rows:,} rows in {filling:.0f} s, {sealing:.1f} s of them sealing {options.batches} batches"
                  f" ({options.rows / sealing:,.0f} rows/s)", flush=True)
            findings, spent = timed(api.verify)
            if not findings.ok:
                raise SystemExit(f"the bench's record is not sound: {findings.problems[0]}")
            judge(f"verify: {findings.rows:,} rows, {findings.batches} batches, {findings.days} roots in {spent:.1f} s"
                  f" (target {VERIFY:.0f})", spent < VERIFY)
            print("memory of a process that checks: " + ", ".join(
                f"{peak} MB for {rows:,} rows" for rows, peak in map(memory, ((0, 7), (0, 63)))), flush=True)
            path = folder / "audit.jsonl.gz"
            path.unlink(missing_ok=True)
            counts, spent = timed(lambda: api.export(path, since=None, until=None, now=timezone.now(), progress=lambda _n: None))
            print(f"export: {counts[1]:,} rows in {spent:.1f} s, {path.stat().st_size / 1e6:.0f} MB", flush=True)
            command = [sys.executable, "-I", str(ROOT / "tools" / "verify_audit.py"), str(path)]
            answer, spent = timed(lambda: subprocess.run(command, capture_output=True, text=True))
            judge(f"stand-alone verifier: {spent:.1f} s, says {answer.stdout.strip().splitlines()[-1]}", answer.returncode == 0)
        finally:
            end(server)
    if missed:
        print("targets missed:\n  " + "\n  ".join(missed), file=sys.stderr)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
