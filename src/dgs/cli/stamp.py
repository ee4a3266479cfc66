"""Remembers in the database what it was filled with, so that a later start skips what has not changed.

The stamp is a comment on the table `django_migrations`: it belongs to the data and goes with them.
"""

from __future__ import annotations

import hashlib
import json
import re

import psycopg
from psycopg import sql

from dgs.cli.console import Refused, checkout

OLDEST = 15
LEFT_OUT = {"tests", "__pycache__"}


def digest(*patterns: str) -> str:
    """Changes when any file below the source tree changes that one of the patterns matches."""
    source = checkout() / "src" / "dgs"
    found = hashlib.sha256((checkout() / "requirements.txt").read_bytes())
    for path in sorted({path for pattern in patterns for path in source.glob(pattern)}):
        if path.is_file() and path.suffix not in {".pyc", ".mo"} and not LEFT_OUT & set(path.parts):
            found.update(str(path.relative_to(source)).encode() + b"\0" + path.read_bytes())
    return found.hexdigest()[:16]


def check_server(url: str) -> None:
    """Refuses a server that does not answer or is too old."""
    try:
        with psycopg.connect(url, connect_timeout=10) as connection:
            number = connection.info.server_version // 10000
    except psycopg.OperationalError as error:
        raise Refused(f"The database server does not answer: {' '.join(str(error).split())}") from None
    except psycopg.ProgrammingError:
        raise Refused("DATABASE_URL must be an address such as postgres://user:password@host:5432/name.") from None
    if number < OLDEST:
        raise Refused(f"The database server is PostgreSQL {number}; DGS needs PostgreSQL {OLDEST} or newer.")


def read(url: str) -> dict[str, str] | None:
    """The stamp; {} when the database is empty, None when it holds tables that no demo made."""
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT obj_description(to_regclass('django_migrations'), 'pg_class')").fetchone()
        if row and row[0] and row[0].startswith("{"):
            return json.loads(row[0])
        tables = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
        return {} if tables == (0,) else None


def write(url: str, stamp: dict[str, str]) -> None:
    """Keep the stamp, replacing the one before."""
    with psycopg.connect(url) as connection:
        connection.execute(sql.SQL("COMMENT ON TABLE django_migrations IS {}").format(sql.Literal(json.dumps(stamp))))


def empty(url: str) -> None:
    """Remove every table, function and type in the schema `public` of this one database."""
    with psycopg.connect(url) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")


def beside(url: str, name: str) -> str:
    """The address of another database on the same server."""
    return re.sub(r"^(\w+://[^/?]*)/?[^?]*", rf"\1/{name}", url, count=1)


def mark_of(key: str) -> str:
    """A short mark by which a key is recognised without being told."""
    return hashlib.sha256(b"dgs-stamp:" + key.encode()).hexdigest()[:12]
