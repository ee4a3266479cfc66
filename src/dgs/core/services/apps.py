"""Registers the services room with Django; nothing else."""

from dgs.kernel import registry


class ServicesConfig(registry.RoomConfig):
    """The room's application configuration."""

    name = "dgs.core.services"
    label = "services"
