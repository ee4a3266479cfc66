"""Registers the parties room with Django; nothing else."""

from dgs.kernel import registry


class PartiesConfig(registry.RoomConfig):
    """The room's application configuration."""

    name = "dgs.core.parties"
    label = "parties"
