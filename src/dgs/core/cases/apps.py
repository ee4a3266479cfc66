"""Registers the cases room with Django; nothing else."""

from dgs.kernel import registry


class CasesConfig(registry.RoomConfig):
    """The room's application configuration."""

    name = "dgs.core.cases"
    label = "cases"
