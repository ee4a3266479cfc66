"""Times the officer's queue with and without permission check and row scope, at 2,000,000 cases, 5,000 grants and every village.

The same context of the same page is made for officers whose grants are read and turned into conditions, and for one who is
handed the right to everything without asking anybody: what lies between is what access costs. Run it as `./dgs bench access`;
it exits with 1 when an officer's queue takes more than 1.15 times as long and more than half a millisecond longer.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from types import SimpleNamespace

from bench.statements import begin, end

TARGET, FLOOR, ROUNDS = 1.15, 0.0005, 61
COPY = """
INSERT INTO cases_case ({columns})
SELECT {values} FROM (SELECT c.*, row_number() OVER (ORDER BY id) AS n FROM cases_case c WHERE id <= %(last)s) c
CROSS JOIN generate_series(1, %(times)s) AS g
"""
SPREAD = """
WITH place AS (SELECT array_agg(id) AS ids FROM regions_region WHERE level = 4)
UPDATE cases_case SET region_id = ids[1 + (cases_case.id * 7919) % array_length(ids, 1)] FROM place
"""


def ground() -> None:
    """All that a demo has but for its invented cases."""
    from django.utils import timezone

    from dgs.cli import loading
    from dgs.cli.upkeep import collect_static

    collect_static()
    for work in (
        loading.regions, loading.holidays, lambda: loading.offices("banyuasin"), loading.roles,
        lambda: loading.demo_accounts("banyuasin"), lambda: loading.money("banyuasin"),
    ):
        work()
    loading.services(now=timezone.now())


def multiply(cases: int, real: int) -> int:
    """As many cases as asked, from `real` ones that were filled; each with a village of its own of all of Indonesia."""
    from bench import fill
    from django.db import connection
    from django.utils import timezone

    from dgs.core.cases.models import Case

    fill.fill(real, now=timezone.now(), seed=1)
    last = Case.objects.order_by("-pk").values_list("pk", flat=True).first()
    columns = [one.column for one in Case._meta.concrete_fields if one.column not in ("id", "search", "client_key")]
    values = ["'B' || lpad((c.n * 1000 + g)::text, 12, '0')" if name == "reference" else f"c.{name}" for name in columns]
    with connection.cursor() as cursor:
        cursor.execute(
            COPY.format(columns=", ".join(columns), values=", ".join(values)),
            {"last": last, "times": max(0, cases // real - 1)},
        )
        cursor.execute(SPREAD)
        cursor.execute("VACUUM (ANALYZE) cases_case")
    return Case.objects.count()


def grants(count: int) -> list:
    """That many grants of as many accounts, and the officers to be measured: by office, by office and regency, by forty."""
    from django.contrib.auth import get_user_model
    from django.db import connection

    from dgs.core.access.models import Grant
    from dgs.core.organisations import api as organisations
    from dgs.core.regions.models import Region

    users = get_user_model()
    made = users.objects.bulk_create(
        [users(username=f"bench{n}@contoh.invalid", name=f"Petugas {n}", password="!") for n in range(count)], batch_size=1000
    )
    offices = list(organisations.offices())
    districts = list(Region.objects.filter(level=3).order_by("code"))
    day = date(2026, 1, 1)
    Grant.objects.bulk_create([
        Grant(
            user=user, role_id="verifier", office=offices[n % len(offices)], valid_from=day,
            region=districts[n % len(districts)] if n % 2 else None,
        )
        for n, user in enumerate(made[3:])
    ], batch_size=1000)
    stop = organisations.office_of_kind("one-stop")
    by_office, by_place, by_many = made[:3]
    Grant.objects.create(user=by_office, role_id="verifier", office=stop, valid_from=day)
    Grant.objects.create(user=by_place, role_id="verifier", office=stop, region=Region.objects.get(code="16.07"), valid_from=day)
    Grant.objects.bulk_create([
        Grant(user=by_many, role_id="verifier", office=stop if n % 2 else offices[n % len(offices)], region=districts[n * 90],
              valid_from=day)
        for n in range(40)
    ])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE access_grant")
    return [("one office", by_office), ("office in a regency", by_place), ("40 grants", by_many)]


class Everything:
    """The right to everything of a role, without a question to the database."""

    def __init__(self, user) -> None:
        from dgs.core.access.api import Reach

        self.user, self.roles, self.grants, self.is_staff = user, {"verifier"}, (), True
        self.all = [Reach(offices=None, region=None)]

    def allows(self, *_args, **_more) -> bool:
        """Yes."""
        return True

    def reaches(self, _permission):
        """All rows."""
        return self.all

    def reaches_as(self, _role):
        """All rows."""
        return self.all

    def where(self, *_args, **_more):
        """No condition."""
        from django.db.models import Q

        return Q()


def page(user, access) -> float:
    """Seconds for the context of the queue, from the check of the permission to the rows of the first page."""
    from django.test import RequestFactory
    from django.utils import timezone

    from dgs.core.cases import queries
    from dgs.core.cases.permissions import Permission
    from dgs.core.cases.views import desk
    from dgs.kernel import keeping

    request = RequestFactory().get("/meja")
    request.user, request.htmx, request.COOKIES = user, SimpleNamespace(boosted=False), {}
    keeping.forget_all()
    desk._choices("")
    began = time.perf_counter()
    request.access = access(user)
    assert request.access.allows(Permission.VIEW_DESK)
    found = desk._queue_context(request, queries.Filter(), timezone.now())
    took = time.perf_counter() - began
    page.rows = len(found["rows"])
    return took


def main() -> int:
    """Fill, measure in turn, print, judge."""
    parser = argparse.ArgumentParser(prog="dgs bench access", description=__doc__)
    parser.add_argument("--cases", type=int, default=2_000_000)
    parser.add_argument("--grants", type=int, default=5_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="dgs-access-") as name:
        os.environ["DGS_STATIC_DIR"] = str(Path(name) / "static")
        server = begin(Path(name))
        try:
            return measure(options)
        finally:
            end(server)


def measure(options: argparse.Namespace) -> int:
    """The table, and whether the target is met."""
    from dgs.core.access.api import Access
    from dgs.core.regions.models import Region

    began = time.perf_counter()
    ground()
    cases = multiply(options.cases, min(options.cases, 20_000))
    officers = grants(options.grants)
    villages = Region.objects.filter(level=4).count()
    seconds = time.perf_counter() - began
    print(f"\n{cases:,} cases, {options.grants:,} grants, {villages:,} villages in {seconds:.0f} s\n", flush=True)
    print(f"{'officer':22}{'rows':>6}{'queue ms':>10}{'bare ms':>10}{'ratio':>8}")
    missed = []
    for title, user in officers:
        scoped, bare = [], []
        for n in range(ROUNDS + 5):
            one, rows = page(user, Access), page.rows
            two = page(user, Everything)
            if n >= 5:
                scoped.append(one)
                bare.append(two)
        mine, other = statistics.median(scoped), statistics.median(bare)
        print(f"{title:22}{rows:>6}{mine * 1000:>10.2f}{other * 1000:>10.2f}{mine / other:>8.2f}", flush=True)
        if mine / other > TARGET and mine - other > FLOOR:
            missed.append(title)
    print("\nbare = the same page for one who may see everything, asking no grants")
    print(f"MISSED: {', '.join(missed)}" if missed else "all targets met")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
