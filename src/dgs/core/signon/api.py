"""The door of the signon room: rotating the signing key, and the demo's sample application."""

from dgs.core.signon.actions.signing import rotate
from dgs.core.signon.demo import load_demo_application
from dgs.core.signon.errors import KeyTooNew

__all__ = ["KeyTooNew", "load_demo_application", "rotate"]
