"""Registers the civil subsystem with Django; nothing else."""

from dgs.kernel import registry


class CivilConfig(registry.RoomConfig):
    """The subsystem's application configuration."""

    name = "dgs.subsystems.civil"
    label = "civil"
