"""A web server and a worker over the database of a test, for tests that need real processes."""

from __future__ import annotations

import os
import socket
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import quote

from django.db import connection

from dgs.cli.children import Child
from dgs.cli.demo import WEB_SERVER
from dgs.cli.killing import NAME

SOURCE = Path(__file__).resolve().parents[3]


def address():
    """The address of the database of this test."""
    database = connection.settings_dict
    where = f"{quote(database['USER'] or '', safe='')}:{quote(database['PASSWORD'] or '', safe='')}@"
    query = f"host={quote(database['HOST'] or '', safe='')}&port={database['PORT'] or ''}"
    return f"postgres://{where}/{database['NAME']}?{query}".replace("://:@", "://")


@contextmanager
def running(folder):
    """Both, with their address and database; ended at the end."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = os.environ | {
        "DATABASE_URL": address(), "DJANGO_SETTINGS_MODULE": "dgs.config.settings", "PYTHONPATH": str(SOURCE), "DGS_DEMO": "1",
        "DGS_DATA_DIR": str(folder), "DGS_SIGNER": "local", "PYTHONDONTWRITEBYTECODE": "1", "PGAPPNAME": NAME,
    }
    web = [*WEB_SERVER, f"--bind=127.0.0.1:{port}", "--workers=2", "--threads=4"]
    children = [
        Child(name, command, log=folder / f"{name}.log", environment=environment)
        for name, command in (("web", web), ("worker", ["-m", "dgs.cli", "worker", "--concurrency=2"]))
    ]
    try:
        for child in children:
            child.start()
        url = f"http://127.0.0.1:{port}"
        until = time.monotonic() + 30
        while True:
            try:
                urllib.request.urlopen(f"{url}/snap/v1.0/transfer-va/status", timeout=10).close()
            except urllib.error.HTTPError as answer:
                assert answer.code == 405
                break
            except OSError:
                assert time.monotonic() < until, children[0].last_lines()
                time.sleep(0.1)
        yield SimpleNamespace(url=url, web=children[0], worker=children[1], database=environment["DATABASE_URL"])
    finally:
        for child in reversed(children):
            child.stop()
