"""What the cases room announces to other rooms."""

from __future__ import annotations

from dataclasses import dataclass

from dgs.kernel.events import Event


@dataclass(frozen=True, kw_only=True)
class CaseSubmitted(Event):
    """An application came in."""

    case_id: int


@dataclass(frozen=True, kw_only=True)
class CaseMoved(Event):
    """A case went from one state to another."""

    case_id: int
    from_state: str
    to_state: str


@dataclass(frozen=True, kw_only=True)
class CaseClosed(Event):
    """A case came to its end; `outcome` as on the case."""

    case_id: int
    outcome: str
