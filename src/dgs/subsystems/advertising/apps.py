"""Registers the advertising subsystem with Django; nothing else."""

from dgs.kernel import registry


class AdvertisingConfig(registry.RoomConfig):
    """The subsystem's application configuration."""

    name = "dgs.subsystems.advertising"
    label = "advertising"
