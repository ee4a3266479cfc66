"""The verb `bench`: hands over to bench/run.py, which measures the pages under load."""

from __future__ import annotations

import argparse
import runpy
import sys

from dgs.cli.console import Refused, checkout


def run(options: argparse.Namespace) -> int:
    """Run the bench with the options that were given."""
    script = checkout() / "bench" / "run.py"
    if not script.exists():
        raise Refused(f"The bench is not in this copy: {script} is missing.")
    sys.path[:0] = [str(checkout())]
    sys.argv = ["dgs bench", *options.rest]
    try:
        runpy.run_path(str(script), run_name="__main__")
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else int(leaving.code is not None)
    return 0
