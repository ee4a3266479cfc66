"""Registers the billing room with Django; nothing else."""

from dgs.kernel import registry


class BillingConfig(registry.RoomConfig):
    """The room's application configuration."""

    name = "dgs.core.billing"
    label = "billing"

    def ready(self) -> None:
        """As every room; and says who reads the files of a bill."""
        super().ready()
        from dgs.core.billing import reading
        from dgs.core.documents import api as documents

        documents.register_reader(reading.PREFIX, reading.may_read_bill)
