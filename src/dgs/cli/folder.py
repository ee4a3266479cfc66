"""The demo's data folder: made, recognised, locked, emptied; its secrets. What the database holds is not here."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import shutil
from pathlib import Path

from dgs.cli.console import Refused

MARK = ".dgs-demo"
ENVIRONMENT = "environment.json"


class DataFolder:
    """A folder that one demo at a time may use; deleted things are only ever inside a folder that bears the mark."""

    def __init__(self, path: Path) -> None:
        self.path = path.expanduser().resolve()
        self._lock = None
        self._tells = False

    def open(self) -> None:
        """Make or recognise the folder and lock it until this process ends."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            if not (self.path / MARK).exists():
                if any(self.path.iterdir()):
                    raise Refused(f"The folder {self.path} holds other things than a demo's data: name an empty one by --data.")
                (self.path / MARK).write_text("Data of a DGS demo. `./dgs demo --fresh` deletes what is in this folder.\n")
            self._lock = open(self.path / MARK, "a")  # noqa: SIM115  held open: the lock lasts as long as the process
        except PermissionError as error:
            raise Refused(f"The folder {error.filename or self.path} cannot be written: name another one by --data.") from None
        except OSError as error:
            raise Refused(f"The folder {self.path} cannot be used: {error.strerror}.") from None
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self.close()
            raise Refused(f"Another demo is running on {self.path}: stop it first, or name another folder by --data.") from None

    def close(self) -> None:
        """Let another demo have the folder."""
        if self._lock:
            self._lock.close()

    def empty(self) -> None:
        """Delete everything in the folder but the mark."""
        for entry in self.path.iterdir():
            if entry.name == MARK:
                continue
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry)
            else:
                entry.unlink()

    def tell(self, environment: dict[str, str]) -> None:
        """Write down, for the owner only, how other verbs reach this demo; taken away by `hush`."""
        (self.path / ENVIRONMENT).unlink(missing_ok=True)
        self._tells = True
        with open(os.open(self.path / ENVIRONMENT, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(environment, file, indent=1)

    def hush(self) -> None:
        """This demo runs no more; what another one on this folder wrote stays."""
        if self._tells:
            (self.path / ENVIRONMENT).unlink(missing_ok=True)

    def told(self) -> dict[str, str]:
        """How to reach the demo that runs on this folder; empty when none does. After a crash it may be there all the same."""
        try:
            return json.loads((self.path / ENVIRONMENT).read_text()) if (self.path / MARK).exists() else {}
        except (FileNotFoundError, PermissionError, ValueError):
            return {}

    def secrets(self) -> dict[str, str]:
        """The demo's own keys, made once and readable by the owner only."""
        path = self.path / "secrets.json"
        if path.exists():
            return json.loads(path.read_text())
        made = {name: secrets.token_urlsafe(48) for name in ("DGS_SECRET_KEY", "DGS_FIELD_KEYS", "DGS_HASH_KEY", "DGS_AUDIT_KEY")}
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(made, file, indent=1)
        return made
