"""Loads the roles of data/roles.yaml into the table; grants are not touched."""

from __future__ import annotations

from pathlib import Path

import yaml
from django.db import transaction

from dgs.core.access.models import Role

ROLES = Path(__file__).parent / "data" / "roles.yaml"


def role_entries() -> list[dict]:
    """The roles as the file has them."""
    return yaml.safe_load(ROLES.read_text(encoding="utf-8"))["roles"]


@transaction.atomic
def load_roles() -> int:
    """Create or bring up to date every role of the file; answers how many. Runs any number of times."""
    entries = role_entries()
    for order, entry in enumerate(entries):
        Role.objects.update_or_create(
            code=entry["code"],
            defaults={
                "title": entry["title"], "title_en": entry["title_en"], "about": entry["about"],
                "about_en": entry["about_en"], "is_staff": entry["is_staff"], "order": order,
                "permissions": entry["permissions"], "is_own": False,
            },
            create_defaults={
                "title": entry["title"], "title_en": entry["title_en"], "about": entry["about"],
                "about_en": entry["about_en"], "is_staff": entry["is_staff"], "order": order,
                "permissions": entry["permissions"], "is_sensitive": entry.get("is_sensitive", False),
            },
        )
    return len(entries)
