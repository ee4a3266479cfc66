"""The door of the signon room: rotating the signing key."""

from dgs.core.signon.actions.signing import rotate
from dgs.core.signon.errors import KeyTooNew

__all__ = ["KeyTooNew", "rotate"]
