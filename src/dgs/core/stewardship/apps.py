"""Registers the stewardship room with Django, and who reads the evidence of corrections; nothing else."""

from dgs.kernel import registry


class StewardshipConfig(registry.RoomConfig):
    """The room's application configuration."""

    name = "dgs.core.stewardship"
    label = "stewardship"

    def ready(self) -> None:
        """Load the manifest and answer for the files of corrections."""
        super().ready()
        from dgs.core.documents import api as documents
        from dgs.core.stewardship.reading import may_read

        documents.register_reader("stewardship.correction:", may_read)
