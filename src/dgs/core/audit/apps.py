"""Registers the audit room with Django; nothing else."""

from dgs.kernel import registry


class AuditConfig(registry.RoomConfig):
    """The room's application configuration."""

    name = "dgs.core.audit"
    label = "audit"
