"""Times the issuing of many bills by one act, as of a year's tax, against a bare COPY of the same rows.

The target is 500,000 bills in a minute on two processors. Run it as `./dgs bench bills`; it exits with 1
when that is missed.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import random
import resource
import sys
import tempfile
import time
from pathlib import Path

from bench.statements import NOW, TODAY, begin, copied, end, ground

TARGET = 60.0
REGIONS = [f"16.07.{n:02d}.{2000 + m}" for n in range(1, 20) for m in range(1, 20)]


def rows(count: int, payers: list[int], account: str, tag: str):
    """One bill a building, of about as many payers, in some hundred villages."""
    from dgs.core.billing.api import RunRow

    chance = random.Random(11)
    for n in range(count):
        yield RunRow(
            f"bench.object:{tag}:{n}", payers[n % len(payers)], "PBB-P2 2026 (contoh)", account, 25_000 + (n % 400) * 1250,
            chance.choice(REGIONS),
        )


def payers(count: int) -> list[int]:
    """As many parties as asked."""
    from django.apps import apps

    Party = apps.get_model("parties", "Party")
    there = Party.objects.filter(name__startswith="Wajib Pajak").order_by("pk")
    missing = range(there.count(), count)
    Party.objects.bulk_create([Party(kind="person", name=f"Wajib Pajak {n}") for n in missing], batch_size=5000)
    return list(there.values_list("pk", flat=True)[:count])


def main() -> int:
    """Issue, print, judge."""
    asked = argparse.ArgumentParser(prog="dgs bench bills", description=__doc__)
    asked.add_argument("--bills", type=int, default=500_000)
    asked.add_argument("--payers", type=int, default=200_000)
    asked.add_argument("--folder", type=Path, help="keep the database here and use it again")
    asked.add_argument("--profile", action="store_true")
    options = asked.parse_args()
    with tempfile.TemporaryDirectory(prefix="dgs-bench-") as made:
        server = begin(options.folder or Path(made))
        try:
            from dgs.core.billing.api import issue_run

            office, account = ground()
            people = payers(options.payers)
            profiler = cProfile.Profile()
            if options.profile:
                profiler.enable()
            start = time.perf_counter()
            given = rows(options.bills, people, account.pk, str(time.time_ns()))
            issued = issue_run(name="PBB-P2 2026 (contoh)", office=office, rows=given, due_on=TODAY, now=NOW)
            spent = time.perf_counter() - start
            if options.profile:
                profiler.disable()
                pstats.Stats(profiler).sort_stats("cumulative").print_stats(25)
            bare = copied("billing_bill", "run_id = %s", [issued.run.pk]) + copied(
                "billing_billline", "bill_id IN (SELECT id FROM billing_bill WHERE run_id = %s)", [issued.run.pk]
            )
        finally:
            end(server)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print("".join(f"{head:>10}" for head in ("bills", "total s", "bills/s", "COPY s", "ratio", "MB peak")))
    print(f"{issued.issued:10}{spent:10.2f}{issued.issued / spent:10.0f}{bare:10.2f}{spent / bare:10.1f}{peak:10}")
    if spent > TARGET * max(1, options.bills / 500_000):
        print("target missed: bills", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
