"""Reads single values out of a tree of YAML and notes what is wrong with them; what they mean stands in reading.py."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal

from django.utils.translation import gettext as _

from dgs.core.services.definition import Bilingual
from dgs.core.services.expressions import Expression, ExpressionInvalid
from dgs.core.services.loader.yaml_tree import Problems, Spot

SLUG = re.compile(r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$")
WORD = re.compile(r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$")


class Reader:
    """Reads values and notes what is wrong; a value that cannot be read becomes a harmless one of the same kind."""

    def __init__(self, problems: Problems) -> None:
        self.problems = problems
        self.places: dict[int, Spot] = {}
        self.kept: list[Expression] = []

    def place_of(self, rule: Expression) -> Spot | None:
        """Where a rule stands."""
        return self.places.get(id(rule))

    def keys(self, spot: Spot | None, required: Iterable[str], optional: Iterable[str] = ()) -> dict[str, Spot]:
        """The entries of a mapping; unknown and missing keys are problems."""
        if spot is None:
            return {}
        if not isinstance(spot.value, dict):
            self.problems.add(spot, _("here must stand keys with values"))
            return {}
        required, known = tuple(required), {*required, *optional}
        for key in spot.value:
            if key not in known:
                self.problems.add(None, _("unknown key %(key)s") % {"key": key[:60]}, file=spot.file,
                                  line=(spot.key_lines or {}).get(key, spot.line))
        for key in required:
            if key not in spot.value:
                self.problems.add(spot, _("the key %(key)s is missing") % {"key": key})
        return {key: value for key, value in spot.value.items() if key in known}

    def entries(self, spot: Spot | None, pattern: re.Pattern[str] = WORD, limit: int = 60) -> dict[str, Spot]:
        """The entries of a mapping with free keys of a given form."""
        if spot is None:
            return {}
        if not isinstance(spot.value, dict):
            self.problems.add(spot, _("here must stand keys with values"))
            return {}
        if len(spot.value) > limit:
            self.problems.add(spot, _("at most %(count)s entries here") % {"count": limit})
        for key in spot.value:
            if not pattern.match(key) or len(key) > 40:
                self.problems.add(None, _("%(key)s is not a name of the right form") % {"key": key[:60]}, file=spot.file,
                                  line=(spot.key_lines or {}).get(key, spot.line))
        return spot.value

    def items(self, spot: Spot | None, limit: int = 200) -> list[Spot]:
        """The items of a list."""
        if spot is None:
            return []
        if not isinstance(spot.value, list):
            self.problems.add(spot, _("here must stand a list"))
            return []
        if len(spot.value) > limit:
            self.problems.add(spot, _("at most %(count)s entries here") % {"count": limit})
        return spot.value[:limit]

    def text(self, spot: Spot | None, limit: int = 300, pattern: re.Pattern[str] | None = None) -> str:
        """A text that is not blank."""
        if spot is None:
            return ""
        if not isinstance(spot.value, str) or not spot.value.strip():
            self.problems.add(spot, _("here must stand a text"))
            return ""
        text = spot.value.strip()
        if len(text) > limit:
            self.problems.add(spot, _("the text is longer than %(count)s characters") % {"count": limit})
        if pattern and not pattern.match(text):
            self.problems.add(spot, _("%(key)s is not a name of the right form") % {"key": text[:60]})
        return text

    def one_of(self, spot: Spot | None, known: Iterable[str], default: str = "") -> str:
        """A word of a closed list."""
        if spot is None:
            return default
        known = tuple(known)
        if spot.value not in known:
            self.problems.add(spot, _("%(value)s is not one of: %(known)s") % {
                "value": str(spot.value)[:60], "known": ", ".join(known)})
            return default
        return spot.value

    def some_of(self, spot: Spot | None, known: Iterable[str]) -> tuple[str, ...]:
        """Words of a closed list, at least one."""
        found = tuple(word for item in self.items(spot) if (word := self.one_of(item, known)))
        if spot is not None and not spot.value:
            self.problems.add(spot, _("at least one entry is needed"))
        return found

    def whole(self, spot: Spot | None, low: int, high: int, default: int | None = None) -> int | None:
        """A whole number within bounds."""
        if spot is None or (spot.value is None and default is None):
            return default
        if isinstance(spot.value, bool) or not isinstance(spot.value, int) or not low <= spot.value <= high:
            self.problems.add(spot, _("here must stand a whole number from %(low)s to %(high)s") % {
                "low": low, "high": high})
            return default if default is not None else low
        return spot.value

    def flag(self, spot: Spot | None, default: bool) -> bool:
        """true or false."""
        if spot is None:
            return default
        if not isinstance(spot.value, bool):
            self.problems.add(spot, _("here must stand true or false"))
            return default
        return spot.value

    def both(self, spot: Spot | None, limit: int = 600) -> Bilingual:
        """A text in both languages; a missing one is a problem."""
        found = self.keys(spot, ("id", "en"))
        return Bilingual(id=self.text(found.get("id"), limit), en=self.text(found.get("en"), limit))

    def many_both(self, spot: Spot | None) -> tuple[Bilingual, ...]:
        """A list of texts in both languages, at least one."""
        found = tuple(self.both(item) for item in self.items(spot, 40))
        if spot is not None and not found:
            self.problems.add(spot, _("at least one entry is needed"))
        return found

    def rule(self, spot: Spot | None, types: Mapping[str, str]) -> Expression | None:
        """A rule of the expression language."""
        if spot is None:
            return None
        value = spot.value
        if isinstance(value, bool):
            value = "True" if value else "False"
        if isinstance(value, int | Decimal):
            value = str(value)
        if not isinstance(value, str) or not value.strip():
            self.problems.add(spot, _("here must stand a rule"))
            return None
        try:
            found = Expression(value.strip(), types)
        except ExpressionInvalid as error:
            self.problems.add(spot, _("not a rule: %(why)s") % {"why": str(error)})
            return None
        self.places[id(found)] = spot
        self.kept.append(found)
        return found
