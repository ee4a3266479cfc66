"""The door of the access room: what a person may do and on which offices' rows; giving and ending roles."""

from dgs.core.access.actions.grants import (
    AlreadyGranted,
    GrantEnded,
    GrantInvalid,
    LastKeeper,
    NotWaiting,
    OutOfScope,
    SecondPerson,
    SelfGrant,
    approve,
    decline,
    grant,
    revoke,
)
from dgs.core.access.loading import load_roles
from dgs.core.access.queries import holders_of
from dgs.core.access.scope import Access, Reach, as_q, as_sql, covers
from dgs.core.access.second_step import is_second_step_missing, unknown_second_step_roles

__all__ = [
    "Access",
    "AlreadyGranted",
    "GrantEnded",
    "GrantInvalid",
    "LastKeeper",
    "NotWaiting",
    "OutOfScope",
    "Reach",
    "SecondPerson",
    "SelfGrant",
    "approve",
    "as_q",
    "as_sql",
    "covers",
    "decline",
    "grant",
    "holders_of",
    "is_second_step_missing",
    "load_roles",
    "revoke",
    "unknown_second_step_roles",
]
