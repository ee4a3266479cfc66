"""The chart of ledger accounts in data/accounts.yaml: reading and entering it; no figures."""

from __future__ import annotations

from pathlib import Path

import yaml

DATA = Path(__file__).parent / "data" / "accounts.yaml"


def load_accounts(model=None) -> int:
    """Enter the accounts, and put the names and chart codes of the file into those that are there; how many the file has."""
    if model is None:
        from dgs.core.ledger.models import Account as model
    read = yaml.safe_load(DATA.read_text(encoding="utf-8"))
    for place, row in enumerate(read["accounts"]):
        model.objects.update_or_create(
            code=row["code"],
            defaults={
                "name": row["name"],
                "chart_code": str(row["chart_code"]),
                "kind": row["kind"],
                "order": place,
                "source": read["source"],
            },
        )
    return len(read["accounts"])
