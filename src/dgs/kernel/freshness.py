"""Tells every web process at once that what the public sees has changed (PostgreSQL NOTIFY); keeps no pages itself."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from django.db import connection

logger = logging.getLogger(__name__)

CHANNEL = "dgs_public_changed"


def announce_change() -> None:
    """Say, in the running transaction, that public pages changed; listeners hear it when the transaction commits."""
    with connection.cursor() as cursor:
        cursor.execute(f"NOTIFY {CHANNEL}")


class Listener(threading.Thread):
    """Listens on a connection of its own and calls `on_change`; `is_listening` is False while it cannot hear.

    Whoever keeps copies must not serve them while nobody listens: a change might have been missed.
    """

    def __init__(self, on_change: Callable[[], None]) -> None:
        super().__init__(name="dgs-freshness", daemon=True)
        self.on_change = on_change
        self.is_listening = False
        self._ended = threading.Event()

    def run(self) -> None:
        """Listen until told to end; after a lost connection try again each two seconds."""
        import psycopg

        while not self._ended.is_set():
            try:
                with psycopg.connect(**self._parameters(), autocommit=True) as listening:
                    listening.execute(f"LISTEN {CHANNEL}")
                    self.on_change()
                    self.is_listening = True
                    while not self._ended.is_set():
                        for _notice in listening.notifies(timeout=1):
                            self.on_change()
                    self.is_listening = False
            except Exception as error:
                logger.warning("public pages are not cached while the database cannot be heard: %s", error)
            self.is_listening = False
            self.on_change()
            self._ended.wait(2)

    def end(self) -> None:
        """Stop listening soon."""
        self._ended.set()

    @staticmethod
    def _parameters() -> dict:
        parameters = connection.get_connection_params()
        return {
            key: value
            for key, value in parameters.items()
            if key in {"dbname", "user", "password", "host", "port", "sslmode", "sslrootcert"}
        } | {"application_name": "dgs-freshness", "connect_timeout": 5, "keepalives_idle": 10, "keepalives_interval": 5}
