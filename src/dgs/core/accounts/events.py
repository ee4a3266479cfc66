"""What the accounts room announces to the rooms above it; carried out there in the same transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from dgs.kernel.events import Event


@dataclass(frozen=True, kw_only=True)
class StaffInvited(Event):
    """Somebody is about to be invited to a role (code) in an office (slug); a listener may refuse."""

    invitation_id: int
    role: str
    office: str
    by: int
    now: datetime


@dataclass(frozen=True, kw_only=True)
class StaffJoined(Event):
    """An invitation was accepted: the account exists, the role (code) in the office (slug) is due."""

    invitation_id: int
    user_id: int
    role: str
    office: str
    by: int
    now: datetime


@dataclass(frozen=True, kw_only=True)
class DemoStaffMade(Event):
    """An invented member of staff exists: `works_at` and `scope` are kinds of office.

    `position` is the beginning of the title of the position they hold there, or empty.
    """

    user_id: int
    role: str
    works_at: str
    scope: str
    position: str
    now: datetime


@dataclass(frozen=True, kw_only=True)
class AccountClosed(Event):
    """An account can no longer sign in: what it holds and has in hand ends with it. `by` is who closed it, None the launcher."""

    user_id: int
    by: int | None
    reason: str
    now: datetime


@dataclass(frozen=True, kw_only=True)
class CitizenJoined(Event):
    """A citizen made an account; `phone` (62…) is the number that was proved, empty when it was an e-mail address."""

    user_id: int
    phone: str
    now: datetime


@dataclass(frozen=True, kw_only=True)
class SecondStepEnding(Event):
    """An app or a passkey was just taken off an account; a listener may refuse, and then it stays."""

    user_id: int
