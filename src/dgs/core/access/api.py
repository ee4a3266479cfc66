"""The door of the access room: what a person may do and on which offices' rows; giving and ending roles."""

from dgs.core.access.actions import (
    AlreadyGranted,
    GrantEnded,
    GrantInvalid,
    OutOfScope,
    SelfGrant,
    grant,
    revoke,
)
from dgs.core.access.loading import load_roles
from dgs.core.access.queries import holders_of
from dgs.core.access.scope import Access, Reach, covers

__all__ = [
    "Access",
    "AlreadyGranted",
    "GrantEnded",
    "GrantInvalid",
    "OutOfScope",
    "Reach",
    "SelfGrant",
    "covers",
    "grant",
    "holders_of",
    "load_roles",
    "revoke",
]
