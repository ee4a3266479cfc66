"""The verbs `migrate`, `load` and `audit`: bring an installation up to date and check its record."""

from __future__ import annotations

import argparse
from io import StringIO
from pathlib import Path

from dgs.cli import installation, translations
from dgs.cli.console import Refused, say, step


def run(options: argparse.Namespace) -> int:
    """One of the three, against the database in DATABASE_URL."""
    is_record = options.verb == "audit" and options.act == "verify"  # under another key every row looks forged
    installation.begin(*(["DGS_AUDIT_KEY"] if is_record else []))
    return {"migrate": _migrate, "load": _load, "audit": _audit}[options.verb](options)


def _migrate(options: argparse.Namespace) -> int:
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if options.check:
        for migration, _ in plan:
            say(f"  {migration}")
        say(f"{len(plan)} migrations to do.")
        return 1 if plan else 0
    with step("tables") as remarks:
        call_command("migrate", verbosity=0, interactive=False)
        remarks.append(f"{len(plan)} migrations")
    with step("translations"):
        translations.compile_all()
    with step("style and script files") as remarks:
        remarks.append(f"{collect_static()} files")
    return 0


def collect_static() -> int:
    """Copy, fingerprint and compress the static files where the web server finds them; how many were new."""
    import json

    from django.core.management import call_command

    call_command("collectstatic", verbosity=0, interactive=False, stdout=StringIO())
    from django.contrib.staticfiles.storage import staticfiles_storage

    with staticfiles_storage.open("staticfiles.json") as manifest:
        return len(json.load(manifest)["paths"])


def _load(options: argparse.Namespace) -> int:
    from django.conf import settings
    from django.utils import timezone

    from dgs.cli import loading

    works = {
        "regions": loading.regions,
        "holidays": loading.holidays,
        "offices": lambda: loading.offices(settings.REGION),
        "roles": loading.roles,
        "services": lambda: loading.services(now=timezone.now(), by_name="launcher"),
    }
    for what in works:
        if what in options.what:
            with step(what) as remarks:
                remarks.append(works[what]())
    return 0


def _audit(options: argparse.Namespace) -> int:
    """Recompute every chain, or every sum of money; 1 when something was edited, deleted, re-ordered or does not add up."""
    if options.act == "money":
        return _audit_money()
    if options.act != "verify":
        from dgs.cli import exporting

        return exporting.run(options)
    from dgs.core.audit import api

    findings = api.verify(published=kept_roots(options.roots) if options.roots else ())
    for problem in findings.problems:
        say(f"  {problem}")
    say(
        f"{findings.rows:,} rows checked, {findings.sealed:,} of them sealed in {findings.batches:,} batches, "
        f"{findings.days:,} roots published: " + ("in order." if findings.ok else "THE RECORD WAS TAMPERED WITH.")
    )
    return 0 if findings.ok else 1


def kept_roots(path: str) -> list[dict]:
    """The roots of a file that was downloaded from the public page."""
    import json

    try:
        roots = json.loads(Path(path).read_text(encoding="utf-8"))["roots"]
        return [{"day": root["day"], "digest": root["digest"]} for root in roots]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Refused(f"{path} holds no published roots ({type(error).__name__}); they come from /akar-audit.json.") from error


def _audit_money() -> int:
    from dgs.core.billing import api

    found = api.check_money()
    for problem in found.problems:
        say(f"  {problem}")
    say(
        f"The bank booked {found.bank:,} rupiah: {found.applied:,} paid bills, {found.settled:,} settled otherwise, "
        f"{found.listed:,} listed. "
        + ("Every rupiah stands once, in the facts and in the ledger." if found.ok else "MONEY DOES NOT ADD UP.")
    )
    return 0 if found.ok else 1
