"""What the register says of a record and where it is from, and the corrections of a person or office; it changes nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from dgs.core.organisations import api as organisations
from dgs.core.parties import api as parties
from dgs.core.regions import api as regions
from dgs.core.stewardship.models import Correction
from dgs.core.stewardship.permissions import Permission
from dgs.ui import formats


@dataclass(frozen=True, kw_only=True)
class Known:
    """One attribute as a page shows it: `shown` is the value in words, `fact` where it is from, `past` what it was before."""

    name: str
    label: Any
    shown: str
    owned: parties.Owned
    owner: str
    fact: parties.Fact | None
    past: tuple[tuple[parties.Fact, str], ...] = ()
    waiting: Correction | None = None


def attributes_of(kind: str) -> dict[str, Any]:
    """The labels of a record's attributes by name."""
    owner = "applicant" if kind == "person" else "business"
    return {path.split(".", 1)[1]: one.label for path, one in parties.ATTRIBUTES.items() if one.owner == owner}


def text_of(party, attribute: str) -> str:
    """What the register says of an attribute now, as text; empty for an identity number, which is read elsewhere."""
    row = party
    if not hasattr(party, attribute):
        row = party.person if party.kind == "person" else party.business
    return parties.as_text(getattr(row, attribute, ""))


def known_of(party, *, masked_nik: str = "") -> list[Known]:
    """Everything the register knows of a record, in the order of the ownership, in a few queries."""
    labels = attributes_of(party.kind)
    facts: dict[str, list[parties.Fact]] = {}
    for fact in parties.facts_of(party.pk):
        facts.setdefault(fact.attribute, []).append(fact)
    offices = {office.kind: office.name for office in organisations.offices()}
    waiting = {one.attribute: one for one in Correction.objects.filter(party=party, outcome="")}
    found = []
    for name, owned in parties.ownership(party.kind).items():
        said = facts.get(name, [])
        shown = masked_nik if name == "nik" else in_words(name, text_of(party, name))
        past = [(fact, in_words(name, fact.value)) for fact in said[1:] if fact.value]
        found.append(Known(
            name=name, label=labels.get(name, name), shown=shown, owned=owned, owner=offices.get(owned.office, ""),
            fact=said[0] if said else None, past=tuple(past[:20]), waiting=waiting.get(name),
        ))
    return found


def by_owner(known: Iterable[Known]) -> list[dict[str, Any]]:
    """The attributes by who answers for them, each with the laws by which they are kept, in the order of the ownership."""
    groups: dict[str, dict[str, Any]] = {}
    for one in known:
        group = groups.setdefault(one.owned.office, {"owner": one.owner, "is_own": one.owned.is_own, "laws": [], "rows": []})
        group["rows"].append(one)
        if (law := str(one.owned.basis)) not in group["laws"]:
            group["laws"].append(law)
    return list(groups.values())


def in_words(name: str, text: str) -> str:
    """A value as people read it."""
    if not text:
        return ""
    if name in ("birth_on", "died_on", "left_on"):
        return formats.day(datetime.fromisoformat(text).date())
    if name == "region":
        return regions.label_of(text) or text
    if name == "sex":
        return str(dict(parties.SEXES).get(text, text))
    return text


def may_correct(user, party, *, now: datetime) -> bool:
    """Whether the record is the person's own, or of a business they act for today."""
    if user.party_id is None:
        return False
    return party.pk == user.party_id or party.pk in parties.represented_by(user.party_id, timezone.localdate(now))


def own_parties(user, *, now: datetime) -> list:
    """The person's own record and those of the businesses they act for."""
    if user.party_id is None:
        return []
    businesses = parties.businesses_of(user.party.person, timezone.localdate(now)) if user.party.kind == "person" else []
    return [user.party, *(one.party for one in businesses)]


def corrections_of(party_ids: Iterable[int]) -> QuerySet[Correction]:
    """What was asked for about these records, the newest first."""
    return Correction.objects.filter(party__in=list(party_ids)).select_related("office", "party").order_by("-pk")


def visible_to(access) -> QuerySet[Correction]:
    """The corrections that the person may decide, those due first."""
    found = Correction.objects.select_related("office", "party", "asked_by", "decided_by")
    return found.filter(access.where(Permission.DECIDE_CORRECTION, "office"))
