"""`./dgs bench`: fills a database of its own, starts the real server, measures pages under load, prints ratios.

Everything is compared, in the same run, with a bare Django view (one indexed SELECT) in the same project on the same
server, in turn with each page, because single times say little on a shared machine. For the curious a
second yardstick is printed: a project with no middleware at all on a server of its own. The bench exits with 1 when a
target is missed.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

from bench import load

from dgs.cli.browsing import Visitor
from dgs.cli.embedded import Embedded, become

ROOT = Path(__file__).resolve().parents[1]
HOST = "127.0.0.1"
TARGET_RATE = {"home": 3.0, "service": 3.0}
SITTINGS = 8
TARGET_P50 = {"queue": 4.0, "case": 4.0}


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


def cookies(visitor: Visitor) -> str:
    """The visitor's cookies as a header."""
    for handler in visitor.opener.handlers:
        if hasattr(handler, "cookiejar"):
            return "; ".join(f"{c.name}={c.value}" for c in handler.cookiejar)
    return ""


def sign_in(base: str, account: dict) -> Visitor:
    """A visitor who has signed in."""
    visitor = Visitor(base)
    page = visitor.get("/akun/masuk")
    visitor.send(page, page.form_with("password"), {"login": account["username"], "password": account["password"]})
    return visitor


class Instance:
    """The demo on a database of its own, and the bare view beside it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.server: Embedded | None = None
        self.processes: list[subprocess.Popen] = []
        self.port, self.bare_port = free_port(), free_port()
        self.base = f"http://{HOST}:{self.port}"

    def start(self) -> None:
        """Database, demo, bare view."""
        url = os.environ.get("DATABASE_URL")
        if url:
            import psycopg

            url = re.sub(r"/[^/?]*(\?|$)", r"/dgs_bench\1", url, count=1) if url.count("/") > 2 else url
            with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
                connection.execute("DROP DATABASE IF EXISTS dgs_bench")
                connection.execute("CREATE DATABASE dgs_bench")
        else:
            self.server = Embedded(
                self.folder / "postgres", settings={"shared_buffers": "512MB", "max_wal_size": "4GB"}
            )
            self.server.start()
            import psycopg

            with psycopg.connect(self.server.url(), autocommit=True) as connection:
                connection.execute("CREATE DATABASE dgs")
            url = self.server.url("dgs")
        self.url = url
        self.environment = os.environ | {
            "DATABASE_URL": url,
            "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}",
            "DJANGO_SETTINGS_MODULE": "bench.settings",
        }
        self._run(
            ["-m", "dgs.cli", "demo", "--data", str(self.folder / "demo"), "--port", str(self.port)],
            self.environment,
            "demo.log",
        )
        self._wait(self.port, 240)
        self._run(
            [
                "-m",
                "gunicorn",
                "bench.bare:application",
                f"--bind={HOST}:{self.bare_port}",
                "--workers=2",
                "--worker-class=gthread",
                "--threads=4",
                "--keep-alive=15",
                "--no-control-socket",
            ],
            self.environment,
            "bare.log",
        )
        self._wait(self.bare_port, 30)

    def _run(self, command: list[str], environment: dict, log: str) -> None:
        parent = os.getpid()
        with open(self.folder / log, "ab") as out:
            self.processes.append(
                subprocess.Popen(
                    [sys.executable, *command],
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=out,
                    env=environment,
                    cwd=ROOT,
                    preexec_fn=lambda: become(parent),
                )
            )

    def _wait(self, port: int, seconds: float) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if any(p.poll() is not None for p in self.processes):
                break
            try:
                Visitor(f"http://{HOST}:{port}").get("/")
                return
            except Exception:
                time.sleep(0.2)
        for log in self.folder.glob("*.log"):
            sys.stderr.write(f"--- {log.name}\n{log.read_text()[-3000:]}\n")
        raise SystemExit("bench: the server did not start")

    def stop(self) -> None:
        """End what was started, the last first."""
        for process in reversed(self.processes):
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
        if self.server:
            self.server.stop()

    def accounts(self, role: str) -> list[dict]:
        """The demo's accounts of a role."""
        found = json.loads((self.folder / "demo" / "demo-accounts.json").read_text())["accounts"]
        return [a for a in found if a["role"] == role]

    def settings(self) -> dict[str, str]:
        """The demo's environment, so that this process speaks to the same database with the same keys."""
        return json.loads((self.folder / "demo" / "secrets.json").read_text()) | {
            "DATABASE_URL": self.url,
            "DGS_DEMO": "1",
            "DGS_DATA_DIR": str(self.folder / "demo"),
            "DGS_REGION": "banyuasin",
            "DJANGO_SETTINGS_MODULE": "dgs.config.settings",
        }


@dataclass
class Measured:
    """A page under load, and the bare view measured in turn with it: the machine is not the same all the time."""

    page: load.Result
    bare: load.Result

    @property
    def p50(self) -> float:
        """The page's median latency as a multiple of the bare view's."""
        return self.page.percentile(0.5) / self.bare.percentile(0.5)

    @property
    def rate(self) -> float:
        """The page's requests a second as a multiple of the bare view's."""
        return self.page.rate / self.bare.rate


def measure(instance: Instance, seconds: float, clients: int) -> dict[str, Measured]:
    """One round of all pages, each in turn with the bare view.

    In sittings of a second with new connections: how connections fall to the server's processes is chance, and with one
    throw of the dice half the clients may wait twice as long as the others.
    """
    from dgs.core.cases.models import Case

    host, port = HOST, instance.port

    def same(request):
        return [lambda: request] * clients

    def rotating(requests):
        turns = [iter_cycle(requests[i::clients] or requests) for i in range(clients)]
        return [lambda turn=turn: next(turn) for turn in turns]

    officer = cookies(
        sign_in(
            instance.base,
            next(
                a
                for a in instance.accounts("verifier")
                if "catatan sipil" in a["office"].lower() or "dukcapil" in a["office"].lower()
            ),
        )
    )
    # So many that none is opened twice: the page kept from a first look is measured by itself.
    references = list(
        Case.objects.filter(service__slug="akta-kelahiran").order_by("-id").values_list("reference", flat=True)[:6000]
    )
    looks = [load.get(host, port, f"/meja/berkas/{reference}", cookie=officer) for reference in references]
    names = ("siti+contoh", "budi+per", "ayu+ken", "dewi+teladan", "hasan+um", "ratna", "eko+sur", "wulan+mel")
    bare = load.Load(host, port, same(load.get(host, port, "/bench/bare")))
    drafts = open_drafts(instance, clients)
    pages = {
        "naked": load.Load(host, instance.bare_port, same(load.get(host, instance.bare_port, "/"))),
        "home": load.Load(host, port, same(load.get(host, port, "/"))),
        "service": load.Load(host, port, same(load.get(host, port, "/layanan/izin-trayek"))),
        "tracking": load.Load(host, port, same(load.get(host, port, "/lacak?reference=0000-0000-0000"))),
        "queue": load.Load(host, port, same(load.get(host, port, "/meja", cookie=officer))),
        "case": load.Load(host, port, rotating(looks[:-64])),
        "again": load.Load(host, port, rotating(looks[-64:])),
        "search": load.Load(
            host, port, rotating([load.get(host, port, f"/meja?box=all&q={n}", cookie=officer) for n in names])
        ),
        "step": load.Load(host, port, [lambda request=request: request for _draft, request in drafts]),
    }
    settle()
    bare.sit(load.Result("warm-up"), 2)
    pages["naked"].sit(load.Result("warm-up"), 1)
    found = {name: Measured(load.Result(name), load.Result("bare")) for name in pages}
    for name, page in pages.items():
        for _sitting in range(SITTINGS):
            bare.sit(found[name].bare, seconds / SITTINGS / 2)
            page.sit(found[name].page, seconds / SITTINGS)
    count_saves(drafts, found["step"].page)
    return found


def settle(most: float = 180) -> None:
    """Until what the demo's own cases have queued is done, and the tables that were filled are tended: the every-day state."""
    from django.db import connection

    until = time.monotonic() + most
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
        while time.monotonic() < until:
            cursor.execute(
                "SELECT (SELECT count(*) FROM procrastinate_jobs WHERE status IN ('todo', 'doing') "
                "        AND (scheduled_at IS NULL OR scheduled_at <= now())) "
                "     + (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'autovacuum worker')"
            )
            if cursor.fetchone()[0] == 0:
                return
            time.sleep(1)


def iter_cycle(items):
    """Endlessly one after the other."""
    while True:
        yield from items


def open_drafts(instance: Instance, clients: int) -> list[tuple[tuple[str, str], load.Request]]:
    """For each client a draft of its own (id, step) and the request that saves a complete page of it."""
    visitor = sign_in(instance.base, instance.accounts("citizen")[0])
    found = []
    for _client in range(clients):
        page = visitor.get("/ajukan/akta-kelahiran")
        page = visitor.send(page, page.form_with("applicant"), {"applicant": "person"})
        draft, step = re.search(r"/permohonan/isi/([0-9a-f-]+)/([a-z0-9_-]+)", page.path).groups()
        token = dict(page.form_with("saved").values)["csrfmiddlewaretoken"]
        body = "&".join(f"{k}={v}" for k, v in {"csrfmiddlewaretoken": token, **STEP}.items()).encode()
        kind = "application/x-www-form-urlencoded"
        request = load.post(HOST, instance.port, page.path, body, cookie=cookies(visitor), kind=kind)
        found.append(((draft, step), request))
    return found


def count_saves(drafts: list[tuple[tuple[str, str], load.Request]], result: load.Result) -> None:
    """Every save that was answered must be there; what is missing is an error."""
    from dgs.core.cases.models import Draft

    saved = sum(Draft.objects.get(pk=pk).saved_steps.get(step, 0) for (pk, step), _request in drafts)
    lost = len(result.latencies) - saved
    if lost > 0:
        result.errors["lost submit"] = lost


STEP: dict[str, str] = {}


def main(argv: list[str] | None = None) -> int:
    """Fill, measure, print, judge."""
    parser = argparse.ArgumentParser(prog="dgs bench", description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=200_000)
    parser.add_argument("--small", type=int, default=20_000, help="also measured at this size, for the ratio")
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=8.0, help="for each page")
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory(prefix="dgs-bench-") as folder:
        Path(folder).chmod(0o755)
        instance = Instance(Path(folder))
        try:
            instance.start()
            os.environ.update(instance.settings())
            import django

            django.setup()
            return report(instance, options)
        finally:
            instance.stop()


def report(instance: Instance, options: argparse.Namespace) -> int:
    """Both sizes, the table, and what was missed."""
    from bench import fill
    from django.utils import timezone

    STEP.update(complete_step())
    rounds = {}
    began = time.monotonic()
    fill.fill(options.small, now=timezone.now(), seed=1)
    took = time.monotonic() - began
    rounds[options.small] = measure(instance, options.seconds, options.clients)
    began = time.monotonic()
    fill.fill(options.cases - options.small, now=timezone.now(), seed=2)
    took += time.monotonic() - began
    rounds[options.cases] = measure(instance, options.seconds, options.clients)
    print(
        f"\n{options.cases:,} cases filled by COPY in {took:.1f} s; {options.clients} clients, {options.seconds:g} s a page\n"
    )
    missed = [] if took < 180 else [f"filling took {took:.0f} s, more than 180 s"]
    small, large = rounds[options.small], rounds[options.cases]
    sizes = f"p50 {options.cases // 1000}k/{options.small // 1000}k"
    print(
        f"{'page':10}{'p50 ms':>9}{'p95 ms':>9}{'req/s':>9}{'errors':>8}{'p50 / bare':>12}{'req/s / bare':>14}{sizes:>15}"
    )
    bare = [measured.bare for measured in large.values()]
    print(
        f"{'bare':10}{mean(r.percentile(0.5) for r in bare):9.1f}{mean(r.percentile(0.95) for r in bare):9.1f}"
        f"{mean(r.rate for r in bare):9.0f}{sum(r.failed for r in bare):8d}{1:12.2f}{1:14.2f}"
    )
    for name, measured in large.items():
        r, growth = measured.page, measured.p50 / small[name].p50
        print(
            f"{name:10}{r.percentile(0.5):9.1f}{r.percentile(0.95):9.1f}{r.rate:9.0f}{r.failed:8d}"
            f"{measured.p50:12.2f}{measured.rate:14.2f}{growth:15.2f}"
        )
        failed = {**small[name].page.errors, **r.errors}
        if failed:
            missed.append(f"{name}: errors {failed}")
        if name in TARGET_RATE and measured.rate < TARGET_RATE[name]:
            missed.append(f"{name}: {measured.rate:.2f} times the bare view's requests a second, not {TARGET_RATE[name]}")
        if name in TARGET_P50 and measured.p50 > TARGET_P50[name]:
            missed.append(f"{name}: p50 is {measured.p50:.2f} times the bare view's, not {TARGET_P50[name]}")
        if growth > 1.5:
            missed.append(f"{name}: grows with the number of cases, {growth:.2f} times")
    print("\nbare  = a Django view with one indexed SELECT in the same project, on the same server")
    print("naked = the same without any middleware, in a project and on a server of its own")
    print("case  = each case opened for the first time; again = one of 64 that were opened a moment ago")
    for line in missed:
        print(f"MISSED  {line}")
    print("all targets met" if not missed else f"{len(missed)} missed")
    return 1 if missed else 0


def complete_step() -> dict[str, str]:
    """A complete first page of the birth certificate as a browser sends it, from the definition's first example."""
    from urllib.parse import quote_plus

    from bench import fill
    from django.utils import timezone

    from dgs.cli.filling_in import form_values
    from dgs.core.services import api as services

    definition = services.definition_of(services.current_version("akta-kelahiran").pk)
    example = fill.examples()["akta-kelahiran"]
    values = services.example_values(
        dict(example.data), villages=fill.villages(), today=timezone.localdate(), file=lambda name: {"name": name}
    )
    values["relation"] = "mother"  # the invented citizen who signs in is a woman
    pairs = form_values(definition.form.steps[0].fields, values)
    return {quote_plus(k): quote_plus(v) for k, v in pairs}


if __name__ == "__main__":
    sys.exit(main())
