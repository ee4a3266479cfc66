"""Registers the banking room with Django; nothing else."""

from dgs.kernel import registry


class BankingConfig(registry.RoomConfig):
    """The room's application configuration."""

    name = "dgs.core.banking"
    label = "banking"
