"""What a type of field is, what cleaning may know, and how a value is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.functional import Promise

from dgs.core.services.definition import Field


class Unfit(Exception):
    """A raw value that cannot be taken; `sentence` says how to mend it."""

    def __init__(self, sentence: str | Promise) -> None:
        self.sentence = str(sentence)
        super().__init__(self.sentence)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What cleaning may need to know besides the field: the day, and how to find a region by its code."""

    today: date
    region: Callable[[str], Any]
    home: str | None = None


@dataclass(frozen=True, kw_only=True)
class FieldType:
    """A type of field. `clean` gets a raw value that is not blank and gives a JSON value or raises Unfit.

    `reckons` is the kind the expression language converts stored values to; `plain` says that an option, min or
    similar key of the definition is meaningful (checked by the loader).
    """

    name: str
    clean: Callable[[Field, Any, Asked], Any]
    show: Callable[[Field, Any, bool], str]
    schema: Callable[[Field], dict[str, Any]]
    attrs: Callable[[Field], dict[str, Any]] = lambda field: {}
    reckons: str = "text"
    keys: frozenset[str] = frozenset()
