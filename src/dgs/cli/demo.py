"""The verb `demo`: everything on one machine with invented people; starts, watches and ends what belongs to it."""

from __future__ import annotations

import argparse
import http.client
import json
import os
import signal
import socket
import time
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import psycopg

from dgs.cli import filling, stamp
from dgs.cli.children import Child
from dgs.cli.console import Refused, checkout, say, step
from dgs.cli.embedded import Embedded, EmbeddedFailed
from dgs.cli.folder import DataFolder
from dgs.cli.production import WEB_SERVER

WEB_PROCESSES, WEB_THREADS, WORKER_JOBS = 2, 4, 2
FIRST_PAGE_SECONDS = 60


class Ended(BaseException):
    """Somebody asked the demo to end."""


def run(options: argparse.Namespace) -> int:
    """Start the demo and stay until it is ended by Ctrl-C, SIGTERM or a closed terminal."""
    demo = Demo(options)
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, demo.end)
    try:
        demo.start()
        demo.watch()
    except Ended:
        say("\nStopping ...")
    finally:
        for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(name, signal.SIG_IGN)
        demo.stop()
    say("Stopped. The data stay; the next start goes on with them.")
    return 0


class Demo:
    """The parts of one demo, in the order they start.

    `left_out` are the fillings it does without, `of_children` what stands in the environment of its processes only.
    """

    left_out: tuple[str, ...] = ()
    of_children: Mapping[str, str] = MappingProxyType({})

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.began = time.monotonic()
        self.folder = DataFolder(Path(options.data) if options.data else checkout() / "data")
        self.server: Embedded | None = None
        self.children: list[Child] = []
        self.asked_to_end = float("-inf")

    def end(self, *_: object) -> None:
        """A signal that asks to end. What a closing terminal says twice within a second counts once.

        The moment is kept as well, because Python drops what is raised while a process is forked.
        """
        before, self.asked_to_end = self.asked_to_end, time.monotonic()
        if self.asked_to_end - before > 1:
            raise Ended

    def start(self) -> None:
        """All steps up to the first page, each with its time."""
        listener = self._listen()
        self.folder.open()
        url = os.environ.get("DATABASE_URL", "")
        if self.options.fresh and not url:
            self.folder.empty()
        keys = self.folder.secrets()
        say(f"DGS demo in {self.folder.path}")
        url = self._database(url)
        known = self._stamp(url, keys)
        region = known["region"]
        self.address = f"http://127.0.0.1:{self.options.port}"
        environment = keys | {
            "DATABASE_URL": url,
            "DGS_DEMO": "1",
            "DGS_SIGNER": "local",
            "DGS_DATA_DIR": str(self.folder.path),
            "DGS_REGION": region,
            "DGS_BASE_URL": self.address,
            "DGS_ALLOWED_HOSTS": "127.0.0.1,localhost,[::1]",
            "DGS_STATIC_DIR": str(self.folder.path / "static"),
        }
        os.environ.update(environment)
        self.folder.tell(environment)
        filling.fill(url, known | dict.fromkeys(self.left_out, ""))
        self._serve(listener)
        self._greet(region)

    def watch(self) -> None:
        """Until somebody ends it: a worker that dies is started again, a web server or database that dies ends all."""
        while True:
            if self.asked_to_end > 0:
                raise Ended
            time.sleep(0.5)
            if self.server and self.server.process and self.server.process.poll() is not None:
                raise Refused(f"The database server ended by itself (see {self.server.log}).", code=1)
            for child in self.children:
                if not child.has_ended:
                    continue
                if child.name == "web":
                    raise Refused(f"The web server ended by itself: {child.last_lines()}", code=1)
                say(f"The {child.name} ended ({child.last_lines(1)}) and is started again.")
                time.sleep(1)
                child.start()

    def stop(self) -> None:
        """End what was started, last first; nothing else."""
        self.folder.hush()
        for child in reversed(self.children):
            child.stop()
        if self.server:
            self.server.stop()

    def _listen(self) -> socket.socket:
        """The web server's socket, opened first so that a port in use is known at once."""
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", self.options.port))
            listener.listen(128)
        except PermissionError:
            raise Refused(f"Port {self.options.port} needs root: choose another one by --port.") from None
        except OSError:
            raise Refused(f"Port {self.options.port} is in use by another program: choose another one by --port.") from None
        return listener

    def _database(self, url: str) -> str:
        """The address of the database: the one that was named, or the embedded server's."""
        if url:
            with step("database server"):
                stamp.check_server(url)
            return url
        with step("database") as remarks:
            try:
                self.server = Embedded(self.folder.path / "postgres")
                self.server.start()
            except EmbeddedFailed as failed:
                raise Refused(str(failed)) from None
            except PermissionError as error:
                raise Refused(
                    f"{error.filename or self.folder.path} belongs to another account: start the demo as that one, "
                    "or name another folder by --data."
                ) from None
            remarks.append(f"PostgreSQL {self.server.version}")
            with psycopg.connect(self.server.url(), autocommit=True) as connection:
                if not connection.execute("SELECT 1 FROM pg_database WHERE datname = 'dgs'").fetchone():
                    connection.execute("CREATE DATABASE dgs")
        return self.server.url("dgs")

    def _stamp(self, url: str, keys: dict[str, str]) -> dict[str, str]:
        """What the database was filled with; refuses one that is not this demo's."""
        found = stamp.read(url)
        if found is None:
            raise Refused("The database holds tables that no demo made: name an empty database in DATABASE_URL.")
        if self.options.fresh and found:
            stamp.empty(url)
            found = {}
        mark = stamp.mark_of(keys["DGS_HASH_KEY"])
        if found.setdefault("keys", mark) != mark:
            raise Refused(
                f"The database was filled by a demo with other keys than those in {self.folder.path}: "
                "use that demo's folder, or begin with --fresh."
            )
        region = self.options.region or found.get("region", "banyuasin")
        if found.setdefault("region", region) != region:
            raise Refused(
                f"These data are of {found['region']}: begin with --fresh, or name another folder by --data, for {region}."
            )
        return found

    def _serve(self, listener: socket.socket) -> None:
        """Start the web server on the socket, and the worker when the first page is there, so as not to delay it."""
        os.set_inheritable(listener.fileno(), True)
        web = [
            *WEB_SERVER, f"--bind=fd://{listener.fileno()}", f"--workers={WEB_PROCESSES}", f"--threads={WEB_THREADS}",
            "--graceful-timeout=8", "--keep-alive=15",
        ]  # fmt: skip
        self._child("web", web, keep=(listener.fileno(),))
        listener.close()
        with step("first page"):
            self._wait()
        self._child("worker", ["-m", "dgs.cli", "worker", f"--concurrency={WORKER_JOBS}"])

    def _child(self, name: str, command: list[str], *, keep: tuple[int, ...] = ()) -> None:
        log = self.folder.path / f"{name}.log"
        self.children.append(Child(name, command, log=log, environment=os.environ | self.of_children, keep=keep))
        self.children[-1].start()

    def _wait(self) -> None:
        """Until the first page is there."""
        until = time.monotonic() + FIRST_PAGE_SECONDS
        status: object = "no answer"
        while time.monotonic() < until:
            if self.children[0].has_ended:
                break
            connection = http.client.HTTPConnection("127.0.0.1", self.options.port, timeout=FIRST_PAGE_SECONDS)
            try:
                connection.request("GET", "/")
                status = connection.getresponse().status
                if status == 200:
                    return
            except OSError:
                pass
            finally:
                connection.close()
            time.sleep(0.1)
        web = self.children[0]
        raise Refused(f"The first page did not come ({status}): {web.last_lines()} (see {web.log}).", code=1)

    def _greet(self, region: str) -> None:
        """The address, who can sign in, and what to try."""
        say(f"\nReady in {time.monotonic() - self.began:.1f} s:  {self.address}\n")
        try:
            accounts = json.loads((self.folder.path / "demo-accounts.json").read_text())["accounts"]
        except FileNotFoundError:
            accounts = []
        if accounts:
            rows = [("Account", "Password", "Role", "Name")]
            rows += [(a["username"], a["password"], a["role"], a["name"]) for a in accounts]
            widths = [max(len(row[column]) for row in rows) for column in range(4)]
            for row in rows:
                say("  " + "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())
        data = f" --data {self.folder.path}" if self.options.data else ""
        say(f"""
Try this:
  Apply for something:    {self.address}/layanan           (as a citizen)
  Work through the queue: {self.address}/meja              (as staff)
  See the figures:        {self.address}/pimpinan          (as an executive)
  Take and match money:   {self.address}/bendahara         (as treasurer; docs/howto/treasurers-day.md)
  Take cash:              {self.address}/kasir             (as cashier; docs/howto/cash-counter.md)
  Write SMS:              {self.address}/telepon           (anybody; try BANTUAN or DAFTAR AKUN)
  Messages, broadcasts:   {self.address}/pesan, /siaran    (as information officer)
  Check a document:       {self.address}/verifikasi        (anybody)
  Sign in, and more:      {self.address}/demo

  The same by itself:     ./dgs walkthrough --url {self.address}{data}
  Logs and data:          {self.folder.path}
Ctrl-C stops everything; the data stay.""")
