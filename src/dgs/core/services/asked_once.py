"""What a form must not ask because the register holds it, and how many questions a service does not ask; pure."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import yaml

from dgs.core.services.definition import Definition, Field

WORDS = Path(__file__).parent / "data" / "asked_once.yaml"
OTHER_SIGNS = re.compile(r"[^a-z0-9]+")
AT_THE_END = re.compile(r" (pemohon|anda|saya|applicant)$")


@cache
def wordings() -> dict[str, str]:
    """The attribute's path by each wording of a question for it."""
    data = yaml.safe_load(WORDS.read_text(encoding="utf-8"))
    return {plain(wording): path for path, words in data.items() for wording in words}


def plain(label: str) -> str:
    """A question without capital letters, signs and whom it is about when that is the applicant."""
    return AT_THE_END.sub("", OTHER_SIGNS.sub(" ", str(label).lower()).strip())


def held_already(field: Field) -> str:
    """The path of the attribute that a question asks for although the register holds it; empty when it does not."""
    if field.sources or field.asked_because is not None:
        return ""
    known = wordings()
    return known.get(plain(field.label.id)) or known.get(plain(field.label.en), "")


def questions_not_asked(definition: Definition) -> int:
    """How many questions of a form the register answers."""
    return sum(1 for step in definition.form.steps for field in step.fields if field.sources)
