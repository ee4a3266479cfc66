"""Registers the audit room with Django and opens its lanes after the first migration; nothing else."""

from django.db.models.signals import post_migrate

from dgs.kernel import registry


class AuditConfig(registry.RoomConfig):
    """The room's application configuration."""

    name = "dgs.core.audit"
    label = "audit"

    def ready(self) -> None:
        """Load the manifest, and have the lanes opened whenever tables were made or emptied."""
        super().ready()
        from dgs.core.audit.chain import open_lanes

        post_migrate.connect(open_lanes, sender=self, dispatch_uid="audit.open_lanes")
