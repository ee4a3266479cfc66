"""The verb `test`: style, import walls and pytest against a throw-away PostgreSQL; no test stands here."""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from dgs.cli.console import Refused, checkout, say
from dgs.cli.embedded import Embedded, EmbeddedFailed

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Nothing is replicated, and no table lives long enough to be worth tending.
THROW_AWAY = {"max_connections": "200", "wal_level": "minimal", "max_wal_senders": "0", "autovacuum": "off"}
OWN_DISTRIBUTION = ("-n", "--numprocesses", "--dist", "--pdb", "--trace", "-p")


def run(options: argparse.Namespace) -> int:
    """Style and walls first, because they answer in seconds; then pytest, whose closing line is the last one."""
    os.chdir(checkout())
    environment = dict(os.environ)
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment.get('PATH', '')}"
    if options.browser:
        environment["CHROMIUM"] = find_browser()
    if not options.rest and not options.browser and not options.gateway:
        for title, command in (("Style", ["ruff", "check", "."]), ("Import walls", ["lint-imports"])):
            done = subprocess.run(command, env=environment, capture_output=True, text=True)
            if done.returncode != 0:
                say(done.stdout + done.stderr)
                raise Refused(f"{title}: `{' '.join(command)}` found something; the tests were not run.", code=1)
            say(f"{title}: {(done.stdout.strip().splitlines() or ['in order'])[-1]}")
    pytest = [sys.executable, "-m", "pytest", *_marked(options), *options.rest]
    if not options.browser and not options.gateway and not any(part.startswith(OWN_DISTRIBUTION) for part in options.rest):
        pytest += ["-n", "logical"]
    if os.environ.get("DATABASE_URL"):
        return _pytest(pytest, environment)
    with tempfile.TemporaryDirectory(prefix="dgs-test-") as folder:
        server = Embedded(Path(folder) / "postgres", durable=False, settings=THROW_AWAY)
        try:
            server.start()
            return _pytest(pytest, environment | {"DATABASE_URL": server.url("dgs")})
        except EmbeddedFailed as failed:
            raise Refused(str(failed)) from None
        finally:
            server.stop()


def _marked(options: argparse.Namespace) -> tuple[str, ...]:
    """Which tests are run instead of those that need Python only."""
    return ("-m", "browser") if options.browser else ("-m", "gateway") if options.gateway else ()


def find_browser() -> str:
    """The path of a Chromium, or a refusal that says how to get one."""
    wanted = os.environ.get("CHROMIUM")
    names = (wanted,) if wanted else BROWSERS
    for name in names:
        path = shutil.which(name)
        if path:
            return path
    if wanted:
        raise Refused(f"CHROMIUM names {wanted}, which is not a program that can be started.")
    raise Refused(
        "The browser journeys need a Chromium and none is on PATH. On Debian or Ubuntu: apt install chromium; "
        "elsewhere install Chromium or Google Chrome, or set CHROMIUM to the path of one."
    )


def _pytest(command: list[str], environment: dict[str, str]) -> int:
    """Run pytest; a Ctrl-C reaches it by the terminal itself, so wait for its own end."""
    process = subprocess.Popen(command, env=environment)
    previous = signal.signal(signal.SIGTERM, lambda *_: process.terminate())
    try:
        while True:
            try:
                return process.wait()
            except KeyboardInterrupt:
                continue
    finally:
        signal.signal(signal.SIGTERM, previous)
