"""Registers the messaging room with Django; nothing else."""

from dgs.kernel import registry


class MessagingConfig(registry.RoomConfig):
    """The room's application configuration."""

    name = "dgs.core.messaging"
    label = "messaging"
