"""The verbs `serve` and `worker`: the same program as in the demo, with settings from the environment only."""

from __future__ import annotations

import argparse
import importlib.util
import os
import sys
from urllib.parse import urlsplit

from dgs.cli import stamp, translations
from dgs.cli.console import Refused, say

# How pages are served, in production as in the demo. No header may name the prefix or the path of a request: gunicorn would
# believe whoever stands at this machine, a proxy that passes such headers on included, and links would lead elsewhere.
# An SMS of ten parts comes from Kannel in one address; the longest line that gunicorn can be told to take holds it.
WEB_SERVER = (
    "-m", "gunicorn", "dgs.config.wsgi", "--worker-class=gthread", "--preload", "--no-control-socket", "--timeout=60",
    "--forwarder-headers=", "--limit-request-line=8190",
)  # fmt: skip

LEAST_KEY = 32
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
NO_SIGNER = (
    "DGS_SIGNER is not set: DGS has only its built-in certificate authority, whose signatures have no legal force; "
    "set DGS_SIGNER=local to let it sign all the same"
)
KEYS = ("DGS_SECRET_KEY", "DGS_FIELD_KEYS", "DGS_HASH_KEY", "DGS_AUDIT_KEY")


def run(options: argparse.Namespace) -> int:
    """Serve pages, or work through the queue."""
    return _worker(options) if options.verb == "worker" else _serve(options)


def _serve(options: argparse.Namespace) -> int:
    found = insecure_settings()
    if not found:
        import django

        django.setup()
        found = insecure_data()
        from django.db import connections

        connections.close_all()
    if found:
        raise Refused("not started, because this is not safe:\n" + "\n".join(f"  - {line}" for line in found))
    if options.check:
        say("In order: ./dgs serve would start.")
        return 0
    from dgs.cli.upkeep import collect_static

    translations.compile_all()
    collect_static()
    workers = options.workers or (os.cpu_count() or 1) + 1
    command = [
        sys.executable, *WEB_SERVER, f"--bind={options.bind}", f"--workers={workers}", f"--threads={options.threads}",
        "--max-requests=20000", "--max-requests-jitter=2000", "--access-logfile=-",
        "--access-logformat=%(t)s %(m)s %(U)s %(s)s %(M)sms",
    ]  # fmt: skip
    sys.stdout.flush()
    os.execv(sys.executable, command)  # noqa: S606  becomes the web server, so that signals reach it
    return 0


def insecure_settings() -> list[str]:
    """Every setting with which production must not start, as sentences that name it; reads the environment only."""
    found = []
    if not os.environ.get("DATABASE_URL"):
        found.append("DATABASE_URL is not set: name a PostgreSQL server (15 or newer)")
    seen: dict[str, str] = {}
    for name in KEYS:
        for key in [part.strip() for part in os.environ.get(name, "").split(",") if part.strip()] or [""]:
            if not key:
                found.append(f"{name} is not set (make one: openssl rand -base64 48)")
            elif len(key) < LEAST_KEY or key.startswith("insecure"):
                found.append(f"{name} is a default or shorter than {LEAST_KEY} characters")
            elif seen.setdefault(key, name) != name:
                found.append(f"{name} is the same as {seen[key]}: each key has one use")
    if os.environ.get("DGS_S3_BUCKET") and importlib.util.find_spec("storages") is None:
        found.append(
            "DGS_S3_BUCKET is set, but the client of such a store is not installed: "
            ".venv/bin/pip install --require-hashes -r requirements-s3.txt"
        )
    if (authority := os.environ.get("DGS_TSA_URL", "")) and not authority.startswith(("https://", "http://")):
        found.append("DGS_TSA_URL is no http address of a time-stamping authority")
    if authority and not os.path.isfile(os.environ.get("DGS_TSA_CERT", "")):
        found.append("DGS_TSA_URL is set, but DGS_TSA_CERT names no file: nothing it says could be believed")
    found += unknown_signer()
    for name in ("DGS_DEBUG", "DGS_DEMO"):
        if os.environ.get(name, "").lower() in {"1", "true", "yes", "on"}:
            found.append(f"{name} is on")
    hosts = [part.strip() for part in os.environ.get("DGS_ALLOWED_HOSTS", "").split(",")]
    if any(host.startswith("*") for host in hosts):
        found.append("DGS_ALLOWED_HOSTS lets any host name in (*)")
    base = urlsplit(os.environ.get("DGS_BASE_URL", ""))
    if not base.netloc:
        found.append("DGS_BASE_URL is not set: the address people use, such as https://layanan.example.go.id")
    elif base.scheme != "https" and base.hostname not in LOOPBACK:
        found.append("DGS_BASE_URL is not https")
    return found


def unknown_signer() -> list[str]:
    """The sentence that says what to set, unless somebody chose who signs; `local` is the only signer there is."""
    chosen = os.environ.get("DGS_SIGNER", "")
    if chosen == "local":
        return []
    return [f"DGS_SIGNER is {chosen}, which DGS does not know: the only signer is local" if chosen else NO_SIGNER]


def insecure_data() -> list[str]:
    """What is wrong in the database: too old, behind, or holding a demo's accounts; needs Django."""
    stamp.check_server(os.environ["DATABASE_URL"])
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    behind = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if behind:
        return [f"the database is {len(behind)} migrations behind: run ./dgs migrate"]
    from django.contrib.auth import get_user_model

    from dgs.core.access import api as access
    from dgs.core.accounts import api as accounts

    demo = get_user_model().objects.filter(is_demo=True, is_active=True).count()
    found = [f"the database holds {demo} demo accounts with known passwords"] if demo else []
    found += accounts.unreadable_providers()
    return found + [f"DGS_SECOND_STEP names the role {role}, which there is not" for role in access.unknown_second_step_roles()]


def _worker(options: argparse.Namespace) -> int:
    """Work until told to stop; a job that is running is finished first. The worker is what signs documents.

    With 1 it ended by itself: whoever watches over it starts it again.
    """
    if found := unknown_signer():
        raise Refused(f"not started: {found[0]}")
    import django

    django.setup()
    translations.compile_all()
    from dgs.core.messaging import api as messaging

    if messaging.work(concurrency=options.concurrency, is_once=options.once):
        return 0
    raise Refused("the worker lost the database and ends, so that it is started again", code=1)
