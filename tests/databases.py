"""Test databases cloned from templates: empty, with regions, or with a whole region's offices, people and services.

A test gets the one its fixtures ask for (see `choose`). A test that commits gets a fresh clone afterwards, so no test
sees what another left, in any order and on any number of processes.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import psycopg
from django.core.management import call_command
from django.db import connection, connections
from psycopg import sql

SOURCE = Path(__file__).resolve().parents[1] / "src" / "dgs"
BEFORE = {"bare": None, "regions": "bare", "region": "regions"}
ASKED_BY = {"region": ("loaded_region",), "regions": ("regions",)}
LEFT_OUT = {"tests", "templates", "static", "locale", "__pycache__"}


class State:
    """What this process has: its clones, and which of them a test has spoilt."""

    base = ""
    worker = ""
    clones: set[str] = set()
    current = ""
    is_dirty = False


def begin(worker: str) -> None:
    """Called once, when the first test that uses the database is set up."""
    State.base = connection.settings_dict["NAME"]
    State.worker = worker
    commits = State.is_dirty
    use(State.current or "bare")
    State.is_dirty = commits  # of the first test, which was chosen for before there was a database


def choose(item) -> None:
    """Before a test: the database its fixtures ask for; a fresh one when the last test committed."""
    asked = [world for world, fixtures in ASKED_BY.items() if set(fixtures) & set(item.fixturenames)]
    world = asked[0] if asked else "bare"
    if not State.base:
        State.current = world
    elif world != State.current or State.is_dirty:
        from pytest_django.plugin import blocking_manager_key

        with item.config.stash[blocking_manager_key].unblock():
            use(world)
    State.is_dirty = _commits(item)


def use(world: str) -> None:
    """Point Django at this process's clone, making it when there is none or it was spoilt."""
    connections.close_all()
    if State.is_dirty:
        State.clones.discard(State.current)
    name = f"test_{State.base}_{State.worker}_{world}"
    if world not in State.clones:
        with _server() as server:
            _make_template(server, world)
            _drop(server, name)
            _create(server, name, _template(world))
        State.clones.add(world)
    connection.settings_dict["NAME"] = name
    State.current = world
    State.is_dirty = False


def end() -> None:
    """Drop this process's clones; the templates stay for the next run."""
    connections.close_all()
    with _server() as server:
        for world in BEFORE:
            _drop(server, f"test_{State.base}_{State.worker}_{world}")
    connection.settings_dict["NAME"] = State.base


def _commits(item) -> bool:
    mark = item.get_closest_marker("django_db")
    return bool(
        {"transactional_db", "live_server", "django_db_reset_sequences"} & set(item.fixturenames)
        or (mark and mark.kwargs.get("transaction"))
    )


def _template(world: str) -> str:
    return f"test_{State.base}_template_{world}"


def _make_template(server, world: str) -> None:
    """Build a template under a lock, unless one of the same content is there from this or an earlier run."""
    name, digest = _template(world), _digest(world)
    server.execute("SELECT pg_advisory_lock(hashtext(%s))", [name])
    try:
        row = server.execute(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", [name]
        ).fetchone()
        if row and row[0] == digest:
            return
        before = BEFORE[world]
        if before:
            _make_template(server, before)
        _drop(server, name)
        _create(server, name, _template(before) if before else "template1")
        connection.settings_dict["NAME"] = name
        try:
            _fill(world)
        finally:
            connections.close_all()
        server.execute(sql.SQL("COMMENT ON DATABASE {} IS {}").format(sql.Identifier(name), sql.Literal(digest)))
    finally:
        server.execute("SELECT pg_advisory_unlock(hashtext(%s))", [name])


def _fill(world: str) -> None:
    from dgs.cli import loading

    if world == "bare":
        call_command("migrate", verbosity=0, interactive=False)
        with connection.cursor() as cursor:
            # Django empties all tables after a test that commits; only in test databases may it empty the audit chain.
            cursor.execute("ALTER TABLE audit_auditrow DISABLE TRIGGER audit_row_whole")
            cursor.execute("ALTER TABLE audit_audithead DISABLE TRIGGER audit_head_whole")
    elif world == "regions":
        loading.regions()
        loading.holidays()
    else:
        loading.offices("banyuasin")
        loading.roles()
        loading.demo_accounts("banyuasin")
        loading.money("banyuasin")
        loading.services(now=datetime(2026, 1, 5, 2, tzinfo=UTC))


def _digest(world: str) -> str:
    """Changes whenever anything the template is made of changes."""
    found = hashlib.sha256(f"{world} {[version(p) for p in ('django', 'django-allauth', 'procrastinate')]}".encode())
    files = SOURCE.rglob("migrations/*.py") if world == "bare" else SOURCE.rglob("*")
    for path in sorted(files):
        if path.is_file() and not LEFT_OUT & set(path.parts) and path.suffix not in {".mo", ".pyc"}:
            found.update(str(path.relative_to(SOURCE)).encode() + path.read_bytes())
    return found.hexdigest()


def _server():
    """A connection to the server's own database, for making and dropping others."""
    settings = connection.settings_dict
    return psycopg.connect(
        dbname="postgres",
        user=settings["USER"] or None,
        password=settings["PASSWORD"] or None,
        host=settings["HOST"] or None,
        port=settings["PORT"] or None,
        autocommit=True,
    )


def _create(server, name: str, template: str) -> None:
    server.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template)))


def _drop(server, name: str) -> None:
    server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
