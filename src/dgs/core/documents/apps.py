"""Registers the documents room with Django; nothing else."""

from dgs.kernel import registry


class DocumentsConfig(registry.RoomConfig):
    """The room's application configuration."""

    name = "dgs.core.documents"
    label = "documents"
