"""Registers the regions room with Django; nothing else."""

from dgs.kernel import registry


class RegionsConfig(registry.RoomConfig):
    """The room's application configuration."""

    name = "dgs.core.regions"
    label = "regions"
