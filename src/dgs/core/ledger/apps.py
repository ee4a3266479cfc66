"""Registers the ledger room with Django; nothing else."""

from dgs.kernel import registry


class LedgerConfig(registry.RoomConfig):
    """The room's application configuration."""

    name = "dgs.core.ledger"
    label = "ledger"
