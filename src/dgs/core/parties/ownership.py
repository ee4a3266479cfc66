"""Who answers for each attribute of a record, by which law it is kept, how it is handled; read from data/ownership.yaml."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml
from django.utils.translation import get_language

PATH = Path(__file__).parent / "data" / "ownership.yaml"
SELF = "self"
CLASSES = ("public", "limited", "secret")


@dataclass(frozen=True, kw_only=True)
class Text:
    """A text in both languages."""

    id: str
    en: str

    def __str__(self) -> str:
        return self.en if get_language() == "en" else self.id


@dataclass(frozen=True, kw_only=True)
class Owned:
    """An attribute: `office` is the kind of office that owns it or "self"; `is_fixed` is never corrected, but entered anew."""

    name: str
    office: str
    data_class: str
    basis: Text
    evidence: Text | None = None
    is_fixed: bool = False

    @property
    def is_own(self) -> bool:
        """Whether the person or business changes it without asking."""
        return self.office == SELF


@cache
def ownership(kind: str) -> dict[str, Owned]:
    """The attributes of a kind of party (person or business), by name, in the order in which they are shown."""
    data = yaml.safe_load(PATH.read_text(encoding="utf-8"))
    return {
        name: Owned(
            name=name, office=entry["office"], data_class=entry["class"], basis=Text(**data["basis"][entry["basis"]]),
            evidence=Text(**entry["evidence"]) if "evidence" in entry else None, is_fixed=entry.get("is_fixed", False),
        )
        for name, entry in data[kind].items()
    }
