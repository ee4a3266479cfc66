"""How a verb begins that works on an installation: the database is named and answers, the keys are set, Django is ready."""

from __future__ import annotations

import os

from dgs.cli import stamp
from dgs.cli.console import Refused


def begin(*keys: str) -> None:
    """Set Django up for the database in DATABASE_URL; refuses when it is not named or does not answer, or a key is not set."""
    if not os.environ.get("DATABASE_URL"):
        raise Refused("DATABASE_URL is not set: name the database this is about.")
    if missing := [name for name in keys if not os.environ.get(name)]:
        raise Refused(f"Not set: {', '.join(missing)}. Without the keys of this DGS no NIK is found and its record breaks.")
    stamp.check_server(os.environ["DATABASE_URL"])
    import django

    django.setup()
