"""Registers the signon room with Django; nothing else."""

from dgs.kernel import registry


class SignonConfig(registry.RoomConfig):
    """The room's application configuration."""

    name = "dgs.core.signon"
    label = "signon"
