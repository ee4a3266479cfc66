"""Registers the indicators room with Django; nothing else."""

from dgs.kernel import registry


class IndicatorsConfig(registry.RoomConfig):
    """The room's application configuration."""

    name = "dgs.core.indicators"
    label = "indicators"
