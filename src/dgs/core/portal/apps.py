"""Registers the portal room with Django; nothing else."""

from dgs.kernel import registry


class PortalConfig(registry.RoomConfig):
    """The room's application configuration."""

    name = "dgs.core.portal"
    label = "portal"
