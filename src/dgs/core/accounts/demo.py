"""The invented people of a demo: staff for each role, a household of two, a business; never for a real office."""

from __future__ import annotations

import json
import os
import secrets
from datetime import date, datetime
from pathlib import Path
from typing import NamedTuple

import yaml
from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.utils import timezone

from dgs.core.accounts.actions import create_user
from dgs.core.accounts.events import DemoStaffMade
from dgs.core.accounts.models import User
from dgs.core.parties import api as parties
from dgs.core.regions import api as regions
from dgs.kernel.events import publish

DATA = Path(__file__).parent / "data" / "demo.yaml"
WORDS = ("perahu", "songket", "jambu", "lesung", "rotan", "sungai", "bakau", "pandan", "kelapa", "tenun", "layar")


class DemoAccount(NamedTuple):
    """One account as the launcher prints it; `role` is the role's code, `office` the name of where they work."""

    name: str
    username: str
    role: str
    office: str
    password: str


def load_demo_accounts(region: str, now: datetime | None = None) -> list[DemoAccount]:
    """Create the demo's accounts, people, grants and appointments, or leave them as they are; answers all accounts.

    The regions, offices and roles must be loaded. All accounts share one password made for this installation; it is
    kept in DATA_DIR/demo-accounts.json, readable by the owner only.
    """
    now = now or timezone.now()
    content = yaml.safe_load(DATA.read_text(encoding="utf-8"))
    password = _password()
    with transaction.atomic():
        sealed = _sealed(password)
        for entry in content["staff"]:
            _staff(entry, sealed=sealed, now=now)
        _citizens(content, region=region, sealed=sealed, now=now)
    accounts = [_shown(entry, password) for entry in (*content["citizens"], *content["staff"])]
    _keep(password, accounts, content)
    return accounts


def _file() -> Path:
    return Path(settings.DATA_DIR) / "demo-accounts.json"


def _password() -> str:
    if _file().is_file():
        return json.loads(_file().read_text(encoding="utf-8"))["password"]
    return f"{secrets.choice(WORDS)}-{secrets.choice(WORDS)}-{secrets.randbelow(9000) + 1000}"


def _sealed(password: str) -> str:
    known = User.objects.filter(is_demo=True).order_by("pk").first()
    if known and check_password(password, known.password):
        return known.password
    return make_password(password)


def _keep(password: str, accounts: list[DemoAccount], content: dict) -> None:
    kinds = {entry["login"]: entry["works_at"] for entry in content["staff"]}
    text = json.dumps(
        {"password": password,
         "accounts": [{**account._asdict(), "office_kind": kinds.get(account.username, "")} for account in accounts]},
        indent=1, ensure_ascii=False,
    )
    _file().parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(_file(), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    _file().chmod(0o600)


def _account(entry: dict, *, sealed: str, now: datetime, party=None) -> User:
    user = User.objects.filter(username=entry["login"]).first()
    if user is None:
        user = create_user(
            name=entry["name"], email=entry["login"], phone=entry.get("phone", ""), nip=entry.get("nip", ""),
            party=party, is_demo=True, now=now,
        )
    if user.password != sealed:
        user.password = sealed
        user.save(update_fields=["password"])
    return user


def _staff(entry: dict, *, sealed: str, now: datetime) -> None:
    user = _account(entry, sealed=sealed, now=now)
    publish(
        DemoStaffMade(
            user_id=user.pk, role=entry["role"], works_at=entry["works_at"],
            scope=entry.get("scope", entry["works_at"]), position=entry.get("position", ""), now=now,
        )
    )


def _citizens(content: dict, *, region: str, sealed: str, now: datetime) -> None:
    district, household = content["districts"][region], content["household"]
    village = _village(district)
    members = []
    for entry in content["citizens"]:
        nik = _nik(district, entry["born"], entry["sex"], entry["sequence"])
        person = parties.person_by_nik(nik)
        if person is None:
            person = parties.register_person(
                nik=nik, name=entry["name"], now=now, address=household["address"], region=village,
                phone=entry["phone"], email=entry["login"], birth_place=entry["birth_place"], birth_on=entry["born"],
                sex=entry["sex"], occupation=entry["occupation"], religion="Islam",
            )
            members.append((person, entry["relation"]))
            if "business" in entry:
                parties.register_business(
                    **entry["business"], representative=person, address=household["address"], region=village,
                    phone=entry["phone"], email=entry["login"], now=now,
                )
        _account(entry, sealed=sealed, now=now, party=person.party)
    if members:
        _household(f"{district.replace('.', '')}{household['issued']}{household['sequence']}", members,
                   address=household["address"], village=village, since=household["since"], now=now)


def _household(kk: str, members: list, *, address: str, village, since: date, now: datetime) -> None:
    household = parties.register_household(kk=kk, address=address, region=village, now=now)
    for person, relation in members:
        parties.add_household_member(
            household=household, person=person, relation=relation, valid_from=since, by=None, now=now
        )


def _nik(district: str, born: date, sex: str, sequence: str) -> str:
    day = born.day + (40 if sex == "P" else 0)
    return f"{district.replace('.', '')}{day:02}{born:%m%y}{sequence}"


def _village(district: str):
    found = regions.by_code(district)
    return (found.children.order_by("code").first() or found) if found else regions.home_region()


def _shown(entry: dict, password: str) -> DemoAccount:
    user = User.objects.get(username=entry["login"])
    held = user.appointments.select_related("position__office").first()
    granted = user.grants.select_related("office").first()
    office = held.position.office.name if held else granted.office.name if granted else ""
    return DemoAccount(user.name, user.username, granted.role_id if granted else "citizen", office, password)
