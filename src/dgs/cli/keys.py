"""The verb `keys`: put what is sealed under the newest of DGS_FIELD_KEYS, and say what still needs an older one."""

from __future__ import annotations

import argparse

from dgs.cli import installation
from dgs.cli.console import Refused, say


def run(options: argparse.Namespace) -> int:
    """Rotate, or with `check` only count; exit 1 while anything needs an older key."""
    installation.begin("DGS_FIELD_KEYS", "DGS_AUDIT_KEY")
    from dgs.kernel import resealing

    if not resealing.can_rotate():
        raise Refused(
            "DGS_FIELD_KEYS holds one key, which seals everything: put the new key before it. How: docs/runbooks/rotate-keys.md."
        )
    return _check() if options.act == "check" else _rotate()


def _check() -> int:
    from dgs.core.documents import api as documents
    from dgs.kernel import resealing

    found = resealing.stale(tell=lambda table, rows: say(f"  {rows:>11,}  {table}"))
    root = documents.root_key_is_stale()
    if root:
        say("  the root's private key, a file")
    if not found and not root:
        say("Nothing needs an older key: all but the first may be taken out of DGS_FIELD_KEYS.")
        return 0
    say(f"{sum(found.values()):,} rows need an older key: ./dgs keys rotate.")
    return 1


def _rotate() -> int:
    from django.utils import timezone

    from dgs.core.audit import api as audit
    from dgs.core.documents import api as documents
    from dgs.kernel import resealing

    def tell(table: resealing.Table) -> None:
        say(f"  {table.resealed:>11,}  {table.name}")
        if table.unreadable:
            rows = ", ".join(str(pk) for pk in table.unreadable[:10])
            say(f"               {len(table.unreadable):,} of its rows open under no key, for they were altered: {rows}")
        if table.missed:
            say(f"               {table.missed:,} of its rows were being written; run this again")

    tables = resealing.reseal(tell=tell)
    root = documents.reseal_root()
    total = sum(table.resealed for table in tables) + root
    if total:
        audit.record(
            action="keys.rotated", by=None, subject="keys.field", now=timezone.now(),
            facts={"texts": total, "tables": {table.name: table.resealed for table in tables if table.resealed}},
        )
    left = sum(table.missed + len(table.unreadable) for table in tables)
    say(f"{total:,} texts were put under the newest key" + (f"; {left:,} were not." if left else "."))
    return 1 if left else 0
