"""Registers the accounts room with Django; nothing else."""

from dgs.kernel import registry


class AccountsConfig(registry.RoomConfig):
    """The room's application configuration."""

    name = "dgs.core.accounts"
    label = "accounts"
