"""Registers the cases room with Django; nothing else."""

from dgs.kernel import registry


class CasesConfig(registry.RoomConfig):
    """The room's application configuration."""

    name = "dgs.core.cases"
    label = "cases"

    def ready(self) -> None:
        """Besides the manifest: say who reads the files of cases and drafts."""
        super().ready()
        from dgs.core.cases import naming, reading
        from dgs.core.documents import api as documents

        documents.register_reader(naming.PREFIX, reading.may_read_case)
