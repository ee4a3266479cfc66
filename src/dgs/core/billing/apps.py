"""Registers the billing room with Django; nothing else."""

from dgs.kernel import registry


class BillingConfig(registry.RoomConfig):
    """The room's application configuration."""

    name = "dgs.core.billing"
    label = "billing"

    def ready(self) -> None:
        """Besides the manifest: say who reads proofs of payment."""
        super().ready()
        from dgs.core.billing.models import Proof
        from dgs.core.billing.scope import may_read_proof
        from dgs.core.documents import api as documents

        documents.register_reader(Proof.PREFIX, may_read_proof)
