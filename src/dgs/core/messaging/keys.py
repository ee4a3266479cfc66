"""The key by which a provider's calls are let in; it follows from the installation's key and is kept nowhere."""

from __future__ import annotations

import secrets

from dgs.kernel.protection import keyed_hash


def key_of(sender: str) -> str:
    """The key that stands in the addresses given to this sender's provider."""
    return keyed_hash(sender, "messaging-callback")[:32]


def opens(sender: str, key: str) -> bool:
    """Whether a call with this key comes from whom the address was given to."""
    return secrets.compare_digest(key_of(sender).encode(), key.encode())
