"""The acts `audit export` and `audit proof`: what leaves the instance to be checked elsewhere; the room says what it is."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from dgs.cli.console import Refused, say


def run(options: argparse.Namespace) -> int:
    """Write the file, or print the proof."""
    from dgs.core.audit import api

    try:
        return _export(options) if options.act == "export" else _proof(options.row)
    except api.NothingSealed as refusal:
        raise Refused(str(refusal), code=1) from refusal


def _export(options: argparse.Namespace) -> int:
    from django.utils import timezone

    from dgs.core.audit import api

    path = Path(options.file)
    if path.exists() or path.is_symlink():
        raise Refused(f"{path} is there already; an export overwrites nothing.")
    if not path.parent.is_dir():
        raise Refused(f"There is no folder {path.parent}.")
    if options.since and options.until and options.since > options.until:
        raise Refused("The first day lies after the last.")
    now = timezone.now()
    api.record(
        action="audit.exported", by=None, subject="audit.chain", now=now,
        facts={"from": options.since, "to": options.until, "file": path.name},
    )
    sys.stderr.write("dgs: the file will hold personal facts: who did and read what. Keep it as you keep the record.\n")
    try:
        batches, rows = api.export(path, since=options.since, until=options.until, now=now, progress=_progress)
    except OSError as error:
        raise Refused(f"{path} was not written: {error.strerror}.", code=1) from error
    say(f"{rows:,} rows in {batches:,} batches written to {path}. Check it anywhere with tools/verify_audit.py.")
    return 0


def _progress(rows: int) -> None:
    sys.stderr.write(f"\r  {rows:,} rows …")
    sys.stderr.flush()


def _proof(row: int) -> int:
    from dgs.core.audit import api

    say(json.dumps(api.proof(row), indent=1))
    return 0
