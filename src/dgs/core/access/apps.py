"""Registers the access room with Django; nothing else."""

from dgs.kernel import registry


class AccessConfig(registry.RoomConfig):
    """The room's application configuration."""

    name = "dgs.core.access"
    label = "access"
