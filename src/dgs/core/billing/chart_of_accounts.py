"""The region's data files of this room: revenue accounts and bank accounts; loading them, not inventing them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path

import yaml
from django.conf import settings

from dgs.core.billing.errors import NoCollectingAccount, UnknownChargeKind, UnknownRevenueAccount
from dgs.core.billing.models import BankAccount, ChargeKind, RevenueAccount

DATA = Path(__file__).parent / "data"


@cache
def known_accounts() -> dict[str, dict]:
    """The chart of revenue accounts of data/revenue_accounts.yaml by code."""
    read = yaml.safe_load((DATA / "revenue_accounts.yaml").read_text(encoding="utf-8"))
    return {row["code"]: row for row in read["accounts"]}


def load_revenue_accounts() -> int:
    """Enter every account of the chart that is not there yet; how many were new."""
    rows = [RevenueAccount(code=c, name=r["name"], source=r["source"]) for c, r in known_accounts().items()]
    before = RevenueAccount.objects.count()
    RevenueAccount.objects.bulk_create(rows, ignore_conflicts=True)
    return RevenueAccount.objects.count() - before


def revenue_account(code: str) -> RevenueAccount:
    """The account, entered from the chart on first use; refuses a code that neither the table nor the chart has."""
    found = RevenueAccount.objects.filter(pk=code).first()
    if found:
        return found
    row = known_accounts().get(code)
    if row is None:
        raise UnknownRevenueAccount(account=code)
    return RevenueAccount.objects.get_or_create(code=code, defaults={"name": row["name"], "source": row["source"]})[0]


def load_charge_kinds() -> int:
    """Enter every kind of charge of data/charge_kinds.yaml that is not there yet; how many were new. Rows that are there stay."""
    read = yaml.safe_load((DATA / "charge_kinds.yaml").read_text(encoding="utf-8"))
    new = 0
    for row in read["kinds"]:
        account = row.get("penalty_account")
        new += ChargeKind.objects.get_or_create(
            code=row["code"], valid_from=row["valid_from"],
            defaults={
                "name": row["name"], "monthly_rate": Decimal(row["monthly_rate"]), "max_months": row["max_months"],
                "rounding": row["rounding"], "rounding_unit": row["rounding_unit"], "source": row["source"],
                "is_penalty_first": row.get("is_penalty_first", False), "is_checked": row["checked"],
                "penalty_account": revenue_account(account) if account else None,
                "receipt_title": row["receipt_title"], "receipt_short": row["receipt_short"],
            },
        )[1]
    return new


def charge_kind(code: str, on: date) -> ChargeKind:
    """The rule of a kind of charge that is valid on a day, entered from the data file on first use; refuses an unknown code."""
    found = _kind(code, on)
    if found is None and load_charge_kinds():
        found = _kind(code, on)
    if found is None:
        raise UnknownChargeKind(kind=code)
    return found


def _kind(code: str, on: date) -> ChargeKind | None:
    return ChargeKind.objects.filter(code=code, valid_from__lte=on).order_by("-valid_from").first()


def load_bank_accounts(region: str | None = None) -> list[BankAccount]:
    """Enter the bank accounts that the data file has for a region (settings.REGION by default)."""
    read = yaml.safe_load((DATA / "bank_accounts.yaml").read_text(encoding="utf-8"))
    return [
        BankAccount.objects.get_or_create(number=row["number"], defaults={"bank": row["bank"], "holder": row["holder"]})[0]
        for row in read.get(region or settings.REGION, ())
    ]


def collecting_account() -> BankAccount:
    """The account into which people pay: the first active one; refuses when there is none (the demo enters its own)."""
    found = BankAccount.objects.filter(is_active=True).order_by("pk").first()
    if found is None and settings.DEMO:
        found = next(iter(load_bank_accounts()), None)
    if found is None:
        raise NoCollectingAccount
    return found
