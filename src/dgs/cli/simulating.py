"""The verb `simulate`: a bank with all its faults against a DGS of its own or a demo here; how it plays is in banking.

With `--kill` processes of the DGS that was started here are killed meanwhile; how is in killing.py.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from dgs.cli import stamp
from dgs.cli.console import Refused, say
from dgs.cli.demo import Demo
from dgs.cli.embedded import Embedded
from dgs.cli.killing import KINDS, NAME, Killer

ENDING = (signal.SIGTERM, signal.SIGHUP)
# A kill each second on average: often enough for every kind in a short play, seldom enough that something is done between.
KILL_EVERY = 1.0


def run(options: argparse.Namespace) -> int:
    """Play the bank; 0 when every rupiah stands once and every answer was right, else 1."""
    if not 1 <= options.days <= 14 or not 1 <= options.bills <= 50_000:
        raise Refused("--days is 1 to 14 and --bills 1 to 50,000.")
    if options.kill and (options.url or options.data):
        raise Refused("--kill ends processes, so it is only for a DGS that simulate starts itself: leave out --url and --data.")
    for name in ENDING:
        signal.signal(name, _interrupt)
    if options.url:
        with _running(options) as folder:
            return _play(options, options.url, folder)
    with own() as made:
        killer = made.killer() if options.kill else None
        return _play(options, made.address, made.folder.path, killer)


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def _play(options: argparse.Namespace, url: str, folder: Path, killer: Killer | None = None) -> int:
    import django

    django.setup()
    from dgs.core.banking import api as banking

    try:
        faults = banking.known_faults(name.strip() for name in options.faults.split(","))
    except ValueError as unknown:
        raise Refused(f"There is no fault {unknown}: all, none, or some of {', '.join(banking.FAULTS)}.") from None
    try:
        play = banking.Play(
            url=url, folder=folder / "statements" / "in", days_count=options.days, bills_count=options.bills, seed=options.seed,
            faults=faults, clients=options.clients, say=say, is_killed=killer is not None,
        )
    except banking.NotHere:
        raise Refused(f"{options.url} is not http on this machine: a simulated bank never calls another.") from None
    say(f"A bank of {options.days} days and {options.bills} bills, seed {options.seed}, against {url}")
    began = time.monotonic()
    try:
        with _killing(killer, options.seed):
            play.go()
        found = banking.judge(play)
    finally:
        from django.db import connections

        connections.close_all()
    say()
    for line in found.lines():
        say(line)
    if killer:
        killed = ", ".join(f"{killer.killed[kind]} {kind}" for kind in KINDS)
        say(f"Killed meanwhile: {killed}; the worker ended {killer.ended} times by itself; {play.again} calls were said again.")
    say(f"{play.sent} calls in {time.monotonic() - began:.1f} s")
    return 0 if found.ok else 1


@contextmanager
def _killing(killer: Killer | None, seed: int) -> Iterator[None]:
    """Kill meanwhile, in a thread of its own; before the judgement a worker is there again."""
    if killer is None:
        yield
        return
    thread = threading.Thread(target=killer.run, args=(random.Random(seed),), kwargs={"every": KILL_EVERY})  # noqa: S311
    thread.start()
    try:
        yield
    finally:
        killer.over.set()
        thread.join()
        killer.mend()


@contextmanager
def _running(options: argparse.Namespace) -> Iterator[Path]:
    """The settings of a DGS that runs here, from a demo's folder or from the environment; only over books that a demo filled."""
    folder = Path(options.data).expanduser().resolve() if options.data else None
    if folder is not None:
        try:
            os.environ.update(json.loads((folder / "secrets.json").read_text(encoding="utf-8")))
        except OSError:
            raise Refused(f"{folder}/secrets.json is not there: name the running demo's data folder by --data.") from None
        os.environ["DGS_DATA_DIR"] = str(folder)
        if not os.environ.get("DATABASE_URL"):
            os.environ["DATABASE_URL"] = Embedded(folder / "postgres").found("dgs")
    if not os.environ.get("DATABASE_URL") or not os.environ.get("DGS_DATA_DIR"):
        raise Refused("Name the demo's data folder by --data, or set DATABASE_URL, DGS_DATA_DIR and the keys as for ./dgs serve.")
    try:
        found = stamp.read(os.environ["DATABASE_URL"])
    except psycopg.Error:
        raise Refused("The database of this DGS does not answer: does it run?") from None
    if not found or "bank" not in found:
        raise Refused("No demo filled this database: invented money must not come into real books.")
    os.environ.update(DGS_DEMO="1", DGS_REGION=found["region"])
    yield Path(os.environ["DGS_DATA_DIR"])


@contextmanager
def own() -> Iterator[Own]:
    """A DGS that lives as long as the play: database, web server and worker, without invented cases."""
    with tempfile.TemporaryDirectory(prefix="dgs-simulate-") as made, _database():
        Path(made).chmod(0o755)
        own = Own(Path(made) / "data")
        try:
            own.start()
            yield own
        finally:
            own.stop()


@contextmanager
def _database() -> Iterator[None]:
    """On the server that DATABASE_URL names a database of our own, dropped at the end; without it the demo brings a server."""
    url = os.environ.get("DATABASE_URL", "")
    if not url:
        yield
        return
    name = f"dgs_simulate_{os.getpid()}"
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            os.environ["DATABASE_URL"] = stamp.beside(url, name)
            yield
        finally:
            os.environ["DATABASE_URL"] = url
            server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


class Own(Demo):
    """A demo on a free port that has a bank, offices and accounts, and no cases."""

    left_out = ("cases",)
    of_children = {"PGAPPNAME": NAME}  # so that never a connection of the play itself is killed

    def __init__(self, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        super().__init__(argparse.Namespace(data=str(folder), port=port, region=None, fresh=False))

    def killer(self) -> Killer:
        """Who kills what was started here."""
        children = {child.name: child for child in self.children}
        return Killer(web=children["web"], worker=children["worker"], url=os.environ["DATABASE_URL"])

    def _greet(self, region: str) -> None:
        say()
