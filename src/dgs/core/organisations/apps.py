"""Registers the organisations room with Django; nothing else."""

from dgs.kernel import registry


class OrganisationsConfig(registry.RoomConfig):
    """The room's application configuration."""

    name = "dgs.core.organisations"
    label = "organisations"
