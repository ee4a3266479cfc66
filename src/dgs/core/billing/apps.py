"""Registers the billing room with Django; nothing else."""

from dgs.kernel import registry


class BillingConfig(registry.RoomConfig):
    """The room's application configuration."""

    name = "dgs.core.billing"
    label = "billing"
