"""Reads YAML into a tree that remembers lines; a strict, small part of YAML: no anchors, no tags, no doubled keys."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import yaml
from django.utils.translation import gettext as _

MAX_BYTES = 200_000
MAX_DEPTH = 14
MAX_NODES = 20_000


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One thing wrong with a definition, where it stands."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


class Problems:
    """Gathers problems while a definition is read, so that all are told at once."""

    def __init__(self) -> None:
        self.found: list[Problem] = []

    def add(self, spot: Spot | None, message: str, *, file: str = "", line: int = 1) -> None:
        """Note a problem at a place of the tree, or at a file and line."""
        problem = Problem(file=spot.file if spot else file, line=spot.line if spot else line, message=message)
        if problem not in self.found:
            self.found.append(problem)


@dataclass(frozen=True, kw_only=True)
class Spot:
    """A value with its place. `value` is a dict of Spots, a list of Spots, or a text, number, yes/no or None."""

    value: Any
    file: str
    line: int
    key_lines: dict[str, int] | None = None

    def __iter__(self) -> Iterator[Spot]:
        return iter(self.value if isinstance(self.value, list) else ())

    def get(self, key: str) -> Spot | None:
        """The value under a key of a mapping, or None."""
        return self.value.get(key) if isinstance(self.value, dict) else None

    def plain(self) -> Any:
        """The same without places: dicts, lists and scalars (numbers are int or Decimal)."""
        if isinstance(self.value, dict):
            return {key: spot.plain() for key, spot in self.value.items()}
        if isinstance(self.value, list):
            return [spot.plain() for spot in self.value]
        return self.value


# libyaml makes the same tree as the loader in Python, twenty times as quickly.
class _Composer(yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader):  # type: ignore[misc]
    """YAML 1.2 scalars only: true/false, null and numbers; "yes", "no", "on" and dates stay texts."""


_Composer.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("bool", r"^(?:true|false)$", "tf"),
    ("null", r"^(?:null|~|)$", ["n", "~", ""]),
    ("int", r"^[-+]?(?:0|[1-9][0-9]{0,17})$", "-+0123456789"),
    ("float", r"^[-+]?[0-9]{1,17}\.[0-9]{1,9}$", "-+0123456789"),
):
    _Composer.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), list(_first))


def read(text: str, file: str, problems: Problems) -> Spot | None:
    """The tree of a YAML text, or None after noting why it cannot be read."""
    if len(text.encode()) > MAX_BYTES:
        problems.add(None, _("the file is larger than %(limit)s bytes") % {"limit": MAX_BYTES}, file=file)
        return None
    loader = None
    try:
        _refuse_clever(text)
        loader = _Composer(text)
        node = loader.get_single_node()
        if node is None:
            problems.add(None, _("the file is empty"), file=file)
            return None
        return _spot(node, file, problems, 0, [0])
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problems.add(None, _("not valid YAML: %(why)s") % {"why": error.problem or error.context}, file=file,
                     line=mark.line + 1 if mark else 1)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        problems.add(None, _("not valid YAML: %(why)s") % {"why": str(error)[:200]}, file=file)
    finally:
        if loader is not None:
            loader.dispose()
    return None


def _refuse_clever(text: str) -> None:
    """Before a tree is made: no anchors, and no nesting that could exhaust the stack."""
    depth = 0
    for event in yaml.parse(text, Loader=_Composer):
        if getattr(event, "anchor", None) is not None:
            raise yaml.composer.ComposerError(None, None, _("anchors are not allowed"), event.start_mark)
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH + 1:
            raise ValueError(_("it is nested too deep or has too many entries"))


def _spot(node: yaml.Node, file: str, problems: Problems, depth: int, count: list[int]) -> Spot:
    line = node.start_mark.line + 1
    count[0] += 1
    if depth > MAX_DEPTH or count[0] > MAX_NODES:
        raise ValueError(_("it is nested too deep or has too many entries"))
    if not isinstance(node, yaml.ScalarNode) and node.tag not in {"tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"}:
        raise ValueError(_("tags are not allowed"))
    if isinstance(node, yaml.MappingNode):
        found: dict[str, Spot] = {}
        lines: dict[str, int] = {}
        for key_node, value_node in node.value:
            key_line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                problems.add(None, _("a key must be a word"), file=file, line=key_line)
                continue
            if key_node.value in found:
                problems.add(None, _("the key %(key)s stands twice") % {"key": key_node.value}, file=file, line=key_line)
            found[key_node.value] = _spot(value_node, file, problems, depth + 1, count)
            lines[key_node.value] = key_line
        return Spot(value=found, file=file, line=line, key_lines=lines)
    if isinstance(node, yaml.SequenceNode):
        return Spot(value=[_spot(item, file, problems, depth + 1, count) for item in node.value], file=file, line=line)
    return Spot(value=_scalar(node), file=file, line=line)


def _scalar(node: Any) -> Any:
    tag = node.tag.rsplit(":", 1)[-1]
    if not node.tag.startswith("tag:yaml.org,2002:") or tag not in {"bool", "null", "int", "float", "str"}:
        raise ValueError(_("tags are not allowed"))
    if tag == "bool":
        return node.value == "true"
    if tag == "null":
        return None
    if tag == "int":
        return int(node.value)
    if tag == "float":
        return Decimal(node.value)
    return node.value
