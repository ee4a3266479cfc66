"""Registers the billing room with Django; nothing else."""

from dgs.kernel import registry


class BillingConfig(registry.RoomConfig):
    """The room's application configuration."""

    name = "dgs.core.billing"
    label = "billing"

    def ready(self) -> None:
        """Besides the manifest: say who reads proofs of payment and the decisions about a bill."""
        super().ready()
        from dgs.core.billing import reading
        from dgs.core.billing.models import Proof
        from dgs.core.documents import api as documents

        documents.register_reader(Proof.PREFIX, reading.may_read_proof)
        documents.register_reader(reading.PREFIX, reading.may_read_bill)
