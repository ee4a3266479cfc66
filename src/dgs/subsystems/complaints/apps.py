"""Registers the complaints subsystem with Django; nothing else."""

from dgs.kernel import registry


class ComplaintsConfig(registry.RoomConfig):
    """The subsystem's application configuration."""

    name = "dgs.subsystems.complaints"
    label = "complaints"
