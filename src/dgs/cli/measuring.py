"""The verb `bench`: hands over to a script in bench/: pages under load, or what its first word names."""

from __future__ import annotations

import argparse
import runpy
import sys

from dgs.cli.console import Refused, checkout

OTHERS = ("statements", "bills", "treasury", "callbacks", "messages", "access", "audit", "persons")


def run(options: argparse.Namespace) -> int:
    """Run the bench that the first word names (without one: pages) with the options that were given."""
    rest = list(options.rest)
    name = rest.pop(0) if rest and rest[0] in OTHERS else "run"
    script = checkout() / "bench" / f"{name}.py"
    if not script.exists():
        raise Refused(f"The bench is not in this copy: {script} is missing.")
    sys.path[:0] = [str(checkout())]
    sys.argv = ["dgs bench", *rest]
    try:
        runpy.run_path(str(script), run_name="__main__")
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else int(leaving.code is not None)
    return 0
