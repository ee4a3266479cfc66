"""Loads the office tree of a region from its data file; appointments and people are not in those files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import yaml
from django.db import transaction

from dgs.core.organisations.models import Office, Position
from dgs.core.regions import api as regions
from dgs.kernel.freshness import announce_change

DATA = Path(__file__).parent / "data"


class OfficeFileInvalid(ValueError):
    """The data file cannot be used; the text names the file and what is wrong."""


def load_region_offices(region: str) -> int:
    """Create or bring up to date the offices and positions of data/<region>.yaml; answers how many offices it holds.

    Runs any number of times with the same result. Offices that are no longer in the file are left alone: rows hang on
    them. Refuses (OfficeFileInvalid) an unknown region, kind or parent, and a slug that stands twice.
    """
    path = DATA / f"{region}.yaml"
    if not path.is_file():
        raise OfficeFileInvalid(f"{path.name}: there is no office file for this region")
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    kinds = yaml.safe_load((DATA / "kinds.yaml").read_text(encoding="utf-8"))
    home = regions.by_code(content["region"])
    if home is None:
        raise OfficeFileInvalid(f"{path.name}: region {content['region']} is not loaded; load the regions first")
    root = {"slug": "pemerintah", "kind": "government", "name": content["government"], "short": content["government"],
            "region": home}
    entries = [root, *({"parent": "pemerintah", "region": home, **entry} for entry in content["offices"])]
    if content["district_offices"]:
        entries += district_offices(home)
    _check(path.name, entries, kinds["kinds"])
    with transaction.atomic():
        _keep(entries, content, kinds)
        announce_change()
    return len(entries)


def district_offices(home) -> list[dict]:
    """One entry (Camat) for each district of the region, named after it."""
    return [
        {"slug": "kecamatan-" + district.name.lower().replace(" ", "-").replace(".", ""), "kind": "district",
         "name": f"Kecamatan {district.name}", "short": f"Kec. {district.name}", "parent": "pemerintah",
         "region": district, "street": f"Kantor Camat {district.name} (contoh)"}
        for district in home.children.order_by("code")
    ]


def _check(file_name: str, entries: list[dict], kinds: dict) -> None:
    seen: set[str] = set()
    for entry in entries:
        slug = entry["slug"]
        if slug in seen:
            raise OfficeFileInvalid(f"{file_name}: the office {slug!r} stands twice")
        if entry["kind"] not in kinds:
            raise OfficeFileInvalid(f"{file_name}: {slug!r} has the unknown kind {entry['kind']!r}")
        if entry.get("parent") and entry["parent"] not in seen:
            raise OfficeFileInvalid(f"{file_name}: {slug!r} names {entry['parent']!r}, which does not stand above it")
        seen.add(slug)


def _keep(entries: list[dict], content: dict, kinds: dict) -> None:
    """One statement a level of the tree and one for the positions, however many offices there are."""
    kept: dict[str, Office] = {}
    left = entries
    while left:
        level = [entry for entry in left if not entry.get("parent") or entry["parent"] in kept]
        made = Office.objects.bulk_create(
            [_office(entry, kept.get(entry.get("parent", "")), content) for entry in level],
            update_conflicts=True, unique_fields=["slug"],
            update_fields=["kind", "name", "short_name", "parent", "region", "address", "email", "is_active"],
        )
        kept |= {office.slug: office for office in made}
        left = [entry for entry in left if entry["slug"] not in kept]
    positions = {
        (entry["slug"], title): Position(office=kept[entry["slug"]], title=title, is_signatory=signs)
        for entry in entries for title, signs in _positions(entry, content, kinds)
    }
    Position.objects.bulk_create(
        positions.values(), update_conflicts=True, unique_fields=["office", "title"], update_fields=["is_signatory"]
    )


def _office(entry: dict, parent: Office | None, content: dict) -> Office:
    return Office(
        slug=entry["slug"], kind=entry["kind"], name=entry["name"], short_name=entry["short"], parent=parent,
        region=entry["region"], address=entry.get("street") or content["seat"],
        email=f"{entry['slug']}@{content['mail']}", is_active=True,
    )


def _positions(entry: dict, content: dict, kinds: dict) -> Iterator[tuple[str, bool]]:
    """Title of each position of an office, and whether it may sign."""
    for position in kinds["positions"][kinds["kinds"][entry["kind"]]]:
        title = position["title"].format(name=_camat(entry), head=content["head"], deputy=content["deputy"])
        yield title[:200], bool(position.get("signatory"))


def _camat(entry: dict) -> str:
    if entry["kind"] == "district":
        return entry["name"].replace("Kecamatan", "Camat", 1)
    return entry["name"]
