"""What rules may look at while a form is run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Any

from dgs.core.services import fields as kinds

BLANK = ("", None, [], ())


@dataclass(frozen=True, kw_only=True)
class Context:
    """What rules may look at. `values` and `findings` are stored JSON values by field; `attributes` by dotted path.

    `region` finds a region by its code and `home` is the code of the area within which places must lie; left out,
    both are taken from the regions room.
    """

    values: Mapping[str, Any] = field(default_factory=dict)
    attributes: Mapping[str, Any] = field(default_factory=dict)
    findings: Mapping[str, Any] = field(default_factory=dict)
    today: date
    region: Callable[[str], Any] | None = None
    home: str | None = None

    def names(self, **more: Any) -> dict[str, Any]:
        """The names a rule sees: answers by their ids, groups of attributes, findings, today."""
        return {**self.values, **self.surroundings, **more}

    @cached_property
    def surroundings(self) -> dict[str, Any]:
        """The names that stay while answers come and go: groups of attributes, findings, today."""
        found: dict[str, Any] = {}
        for path, value in self.attributes.items():
            head, _dot, tail = path.partition(".")
            found.setdefault(head, {})[tail] = value
        return {**found, "findings": dict(self.findings), "today": self.today}

    def given(self, values: Mapping[str, Any]) -> Context:
        """The same with other answers."""
        other = replace(self, values=values)
        other.__dict__.update(surroundings=self.surroundings, asked=self.asked)
        return other

    @cached_property
    def asked(self) -> kinds.Asked:
        """What cleaning may know, with the regions room behind it unless the context brings its own."""
        region, home = self.region, self.home
        if region is None:
            from dgs.core.regions import api as regions

            region = regions.by_code
            if home is None:
                home = regions.home_code()
        return kinds.Asked(today=self.today, region=region, home=home)

