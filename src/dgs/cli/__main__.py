"""Hands each verb to its module and turns a refusal into one sentence; the launcher starts it."""

from __future__ import annotations

import importlib
import os
import sys

from dgs.cli import arguments
from dgs.cli.console import Refused

MODULES = {
    "demo": "dgs.cli.demo",
    "serve": "dgs.cli.production",
    "worker": "dgs.cli.production",
    "migrate": "dgs.cli.upkeep",
    "load": "dgs.cli.upkeep",
    "issue": "dgs.cli.issuing",
    "reminders": "dgs.cli.reminding",
    "audit": "dgs.cli.upkeep",
    "keys": "dgs.cli.keys",
    "api-token": "dgs.cli.people",
    "user": "dgs.cli.people",
    "test": "dgs.cli.testing",
    "bench": "dgs.cli.measuring",
    "simulate": "dgs.cli.simulating",
    "walkthrough": "dgs.cli.walkthrough",
    "signing-key": "dgs.cli.signing",
}


def main(argv: list[str] | None = None) -> int:
    """Run one verb; the exit code."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dgs.config.settings")
    options = arguments.read(sys.argv[1:] if argv is None else argv)
    try:
        return importlib.import_module(MODULES[options.verb]).run(options)
    except Refused as refusal:
        sys.stdout.flush()
        print(f"dgs: {refusal}", file=sys.stderr)
        return refusal.code
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever read our output has gone, as in `./dgs user list | head`.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141


if __name__ == "__main__":
    sys.exit(main())
