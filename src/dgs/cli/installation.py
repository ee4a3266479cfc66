"""How a verb begins that works on an installation: which one, its database answers, the keys are set, Django is ready."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from dgs.cli import stamp
from dgs.cli.console import Refused, checkout
from dgs.cli.folder import DataFolder


def begin(*keys: str) -> None:
    """Set Django up for the database in DATABASE_URL, else for the demo that runs in this checkout.

    Refuses when there is neither, when the database does not answer, or when a key is not set.
    """
    if not os.environ.get("DATABASE_URL"):
        folder = DataFolder(Path(os.environ.get("DGS_DATA_DIR") or checkout() / "data"))
        if not (environment := folder.told()):
            raise Refused(
                "DATABASE_URL is not set: name the database this is about. (For a demo begun with --data, set DGS_DATA_DIR.)"
            )
        os.environ.update(environment)
        sys.stderr.write(f"dgs: about the demo in {folder.path}\n")
    if missing := [name for name in keys if not os.environ.get(name)]:
        raise Refused(f"Not set: {', '.join(missing)}. Without the keys of this DGS no NIK is found and its record breaks.")
    stamp.check_server(os.environ["DATABASE_URL"])
    import django

    django.setup()
