"""`./dgs bench callbacks`: what banks ask and tell by SNAP BI, with many clients at once, against a bare view on the same server.

200,000 bills are issued by one act, and 3,000 of them are paid and the tables vacuumed and analysed before anything is measured,
as in a region that is some days old, in the morning. Inquiries and payments are measured in turn with the bare view (one indexed
SELECT, one process pool, the same middleware), because single times say little on a shared machine. Every payment is of a bill of
its own; then all clients pay one and the same bill at once. It exits with 1 when a target is missed, on any error, and when the
books do not add up.
"""

from __future__ import annotations

import argparse
import cProfile
import gc
import os
import pstats
import random
import secrets
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from bench import load

from dgs.cli.embedded import Embedded

ROOT = Path(__file__).resolve().parents[1]
TARGET_P50 = {"inquiry": 4.0, "payment": 4.0}
SITTINGS = 16
AHEAD = 400  # calls a second and page that are signed before a sitting, more than are answered
HOT_BILLS = 12
# The database plans by what it knows of its tables, and each connection keeps its plans: what is measured is no region that
# never took a payment.
EARLIER = 3000


class Bank:
    """The demo's bank, signing calls in advance, so that the clients only send bytes."""

    def __init__(self, host: str, port: int) -> None:
        from django.utils import timezone

        from dgs.core.banking import api as banking

        self.host, self.port, self.now = host, port, timezone.now
        self.side = banking.demo_bank()
        self.token, self.until = "", 0.0

    def _token(self) -> str:
        if time.monotonic() > self.until:
            from dgs.core.banking.adversary.wire import Wire

            answer = Wire(f"http://{self.host}:{self.port}").ask(self.side.token(self.now()))
            self.token, self.until = answer.body["accessToken"], time.monotonic() + 600
        return self.token

    def _request(self, sent, expected: int = 200) -> load.Request:
        lines = [f"{sent.method} {sent.path} HTTP/1.1", f"Host: {self.host}:{self.port}", "Content-Type: application/json"]
        lines += [f"{name}: {value}" for name, value in sent.headers.items()] + [f"Content-Length: {len(sent.body)}"]
        return load.Request(("\r\n".join(lines) + "\r\n\r\n").encode() + sent.body, expected)

    def inquiry(self, code: str) -> load.Request:
        """What is owed?"""
        return self._request(self.side.inquiry(self._token(), code, self.now()))

    def payment(self, code: str, amount: int, request_id: str = "") -> load.Request:
        """It was paid."""
        return self._request(self.side.payment(self._token(), code, amount, self.now(), request_id=request_id))


def makers(requests: list[load.Request], clients: int) -> list[Callable[[], load.Request | None]]:
    """One maker a client; each hands out its share of the requests, and then nothing more."""

    def one(share: Iterator[load.Request]) -> Callable[[], load.Request | None]:
        return lambda: next(share, None)

    return [one(iter(requests[n::clients])) for n in range(clients)]


def issue(count: int) -> list[tuple[str, int]]:
    """As many open bills as asked: payment code and total."""
    from bench.statements import ground
    from django.utils import timezone

    from dgs.core.billing import api as billing
    from dgs.core.parties import api as parties

    office, account = ground()
    now = timezone.now()
    numbers = [f"8{secrets.randbelow(10**12):012d}" for _payer in range(200)]
    payers = [parties.register_business(name=f"PT Contoh {number}", nib=number, now=now).party.pk for number in numbers]
    rows = (
        billing.RunRow(f"bench.callback:{n}", payers[n % 200], "PBB-P2 (contoh)", account.pk, 25_000 + (n % 400) * 1250, "16.07")
        for n in range(count)
    )
    due_on = timezone.localdate() + timedelta(days=60)
    issued = billing.issue_run(name="Contoh", office=office, rows=rows, due_on=due_on, now=now, kind="tax")
    tidy()
    found = [(code, int(total)) for _pk, _number, code, total in billing.bills_of_run(issued.run)]
    random.Random(5).shuffle(found)
    return found


def tidy() -> None:
    """What the database does by itself at night."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def hot(bank: Bank, bills: list[tuple[str, int]], clients: int) -> list[str]:
    """All clients at one bill: as many payments, retries of one payment, and inquiries; what was not as it must be."""
    wrong = []
    for number, (code, total) in enumerate(bills):
        result = load.Result("hot")
        if number % 2:
            calls, wanted = [bank.payment(code, total) for _client in range(clients)], Counter({"404": clients - 1})
            accepted = 1
        else:
            request_id = f"HOT{number}{secrets.token_hex(6)}"
            calls, wanted = [bank.payment(code, total, request_id) for _client in range(clients)], Counter()
            accepted = clients
        load.Load(bank.host, bank.port, makers(calls, clients)).sit(result, 60)
        if len(result.latencies) != accepted or Counter(result.errors) != wanted:
            wrong.append(f"hot bill {number}: {len(result.latencies)} accepted, {result.errors}")
        asked = load.Result("hot inquiry")
        other = bills[(number + 1) % len(bills)][0] if number + 1 < len(bills) else ""
        if other:
            load.Load(bank.host, bank.port, makers([bank.inquiry(other) for _client in range(clients)], clients)).sit(asked, 60)
            if asked.failed:
                wrong.append(f"inquiries of one bill: {asked.errors}")
    return wrong


Bills = Iterator[tuple[str, int]]


def iter_cycle(items: list) -> Iterator:
    """Endlessly one after the other."""
    while True:
        yield from items


def measure(bank: Bank, bills: dict[str, Bills], seconds: float, clients: int) -> dict[str, tuple[load.Result, load.Result]]:
    """Each call in turn with the bare view, in sittings with new connections."""
    gc.collect()
    gc.freeze()  # the bills in this process cost its clients nothing
    bare = load.Load(bank.host, bank.port, [lambda: load.get(bank.host, bank.port, "/bench/bill")] * clients)
    bare.sit(load.Result("warm-up"), 2)
    found = {name: (load.Result(name), load.Result("bare")) for name in ("inquiry", "payment")}
    length = seconds / SITTINGS
    for sitting in range(-1, SITTINGS):
        for name, (result, beside) in found.items():
            few = [next(bills[name]) for _call in range(int(AHEAD * length * (2 if name == "inquiry" else 1)))]
            calls = [bank.inquiry(code) if name == "inquiry" else bank.payment(code, total) for code, total in few]
            into, next_to = (load.Result("warm-up"), load.Result("warm-up")) if sitting < 0 else (result, beside)
            bare.sit(next_to, length / 2)
            load.Load(bank.host, bank.port, makers(calls, clients)).sit(into, length)
    return found


def profile(bank: Bank, bills: Iterator[tuple[str, int]], calls: int) -> None:
    """Where the time of a call goes, in this process, by Django's test client."""
    from django.test import Client

    client = Client(SERVER_NAME=bank.host)
    for name in ("inquiry", "payment"):
        made = []
        for _call in range(calls):
            code, total = next(bills)
            side, token, now = bank.side, bank._token(), bank.now()
            made.append(side.inquiry(token, code, now) if name == "inquiry" else side.payment(token, code, total, now))
        made.pop().by(client)
        profiler = cProfile.Profile()
        profiler.enable()
        for sent in made:
            assert sent.by(client).status_code == 200
        profiler.disable()
        print(f"--- {name}, {calls} calls")
        pstats.Stats(profiler).sort_stats("cumulative").print_stats(55)


def main() -> int:
    """Start, issue, measure, print, judge."""
    asked = argparse.ArgumentParser(prog="dgs bench callbacks", description=__doc__.splitlines()[0])
    asked.add_argument("--bills", type=int, default=200_000)
    asked.add_argument("--clients", type=int, default=32)
    asked.add_argument("--seconds", type=float, default=16.0, help="for each kind of call")
    asked.add_argument("--profile", action="store_true", help="also say where the time goes in one process")
    options = asked.parse_args()
    if options.bills < options.seconds * AHEAD * 2 + EARLIER + 1000:
        asked.error("each payment is of a bill of its own: that takes about 1,000 bills for each second")
    with tempfile.TemporaryDirectory(prefix="dgs-bench-") as made:
        Path(made).chmod(0o755)
        server = None
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "bench.settings", "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}",
            "DGS_CHECKOUT": str(ROOT),
        }
        if not os.environ.get("DATABASE_URL"):
            server = Embedded(Path(made) / "postgres", settings={"shared_buffers": "512MB", "max_wal_size": "4GB"})
            server.start()
            os.environ["DATABASE_URL"] = server.url()
        from dgs.cli.simulating import own

        try:
            with own() as made:
                return report(made.address, options)
        finally:
            if server:
                server.stop()


def report(url: str, options: argparse.Namespace) -> int:
    """The table and what was missed."""
    from django.db import connections

    from dgs.core.billing import api as billing

    parts = urlsplit(url)
    began = time.monotonic()
    bills = issue(options.bills)
    issued_in = time.monotonic() - began
    bank, rest = Bank(parts.hostname, parts.port), iter(bills)
    hot_bills = [next(rest) for _bill in range(HOT_BILLS)]
    asked_about = iter_cycle([next(rest) for _bill in range(options.bills // 4)])
    if options.profile:
        profile(bank, rest, 200)
    earlier, calls = load.Result("earlier"), [bank.payment(*next(rest)) for _bill in range(EARLIER)]
    load.Load(bank.host, bank.port, makers(calls, options.clients)).sit(earlier, 120)
    tidy()
    found = measure(bank, {"inquiry": asked_about, "payment": rest}, options.seconds, options.clients)
    missed = hot(bank, hot_bills, options.clients)
    if len(earlier.latencies) != EARLIER:
        missed.append(f"before anything was measured {len(earlier.latencies)} of {EARLIER} were paid: {earlier.errors}")
    money = billing.check_money()
    connections.close_all()
    clients = options.clients
    print(f"\n{options.bills:,} bills issued in {issued_in:.1f} s; {clients} clients, {options.seconds:g} s a kind of call\n")
    print("".join([f"{'call':10}", *(f"{head:>12}" for head in ("p50 ms", "p95 ms", "calls/s", "errors", "p50 / bare"))]))
    for name, (result, beside) in found.items():
        ratio = result.percentile(0.5) / beside.percentile(0.5)
        for one, shown in ((beside, 1.0), (result, ratio)):
            print(
                f"{one.name:10}{one.percentile(0.5):12.1f}{one.percentile(0.95):12.1f}{one.rate:12.0f}{one.failed:12}{shown:12.2f}"
            )
            if one.errors:
                missed.append(f"{one.name}: errors {one.errors}")
        if ratio > TARGET_P50[name]:
            missed.append(f"{name}: p50 is {ratio:.2f} times the bare view's, not {TARGET_P50[name]}")
    print(f"\n{HOT_BILLS} bills paid by all clients at once; bare = a view with one indexed SELECT in the same project")
    missed += money.problems
    for line in missed:
        print(f"MISSED  {line}")
    print("all targets met" if not missed else f"{len(missed)} missed")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
