"""The steps that fill a demo's database and folders, each skipped when what it is made of has not changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dgs.cli import loading, stamp, translations
from dgs.cli.console import say, step


@dataclass(frozen=True)
class Filling:
    """One step: what it is called, the files it is made of, and the work, which answers a remark.

    A step made of no files is done once: it stands for rows that people then go on with.
    """

    key: str
    title: str
    files: tuple[str, ...]
    work: Callable[[str], str]


def _migrate(region: str) -> str:
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)
    return ""


def _static(region: str) -> str:
    from dgs.cli.upkeep import collect_static

    return f"{collect_static()} files"


def _cases(region: str) -> str:
    from django.utils import timezone

    from dgs.cli import invented

    return invented.fill(region, now=timezone.now())


def _services(region: str) -> str:
    from django.utils import timezone

    return loading.services(now=timezone.now())


FILLINGS = (
    Filling("migrate", "tables", ("**/migrations/*.py", "config/settings.py"), _migrate),
    Filling("static", "style and script files", ("**/static/**/*",), _static),
    Filling("regions", "regions of Indonesia", ("core/regions/**/*",), lambda region: loading.regions()),
    Filling("holidays", "working calendar", ("core/regions/**/*",), lambda region: loading.holidays()),
    Filling("offices", "offices", ("core/organisations/**/*",), loading.offices),
    Filling("roles", "roles", ("core/access/**/*", "**/permissions.py"), lambda region: loading.roles()),
    Filling("accounts", "demo accounts", ("core/accounts/data/*", "core/accounts/demo.py"), loading.demo_accounts),
    Filling("money", "revenue and bank accounts", ("core/billing/data/*",), loading.money),
    Filling("bank", "a bank to play with", ("core/banking/demo.py",), loading.bank),
    Filling("application", "an application to sign in to", ("core/signon/demo.py",), loading.application),
    Filling("services", "services", ("**/services/**/*",), _services),
    Filling("topics", "topics to subscribe to", (), lambda region: loading.topics()),
    Filling("cases", "invented cases", (), _cases),
)


def fill(url: str, known: dict[str, str]) -> None:
    """Do what is to be done; `known` is the stamp, kept after each step so that a stop loses one step at most."""
    made = translations.compile_all()
    if made:
        say(f"  {made} catalogues of Indonesian compiled")
    due = []
    for filling in FILLINGS:
        digest = stamp.digest(*filling.files)
        if known.get(filling.key) != digest and (filling.files or filling.key not in known):
            due.append((filling, digest))
    if not due:
        return
    with step("program"):
        import django

        django.setup()
    for filling, digest in due:
        with step(filling.title) as remarks:
            remarks.append(filling.work(known["region"]))
        known[filling.key] = digest
        stamp.write(url, known)
    from django.db import connections

    connections.close_all()
