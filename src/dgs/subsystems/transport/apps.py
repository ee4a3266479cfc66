"""Registers the transport subsystem with Django; nothing else."""

from dgs.kernel import registry


class TransportConfig(registry.RoomConfig):
    """The subsystem's application configuration."""

    name = "dgs.subsystems.transport"
    label = "transport"
