"""`./dgs bench messages`: SMS through a real Kannel to an operator that speaks SMPP, while a broadcast of 100,000 runs.

One DGS of its own with one worker. Measured: how long the broadcast takes to be queued; how many SMS a minute reach the operator;
how long after their commit single messages reach it meanwhile; how long after it was written an SMS command is answered. With
`--kill` the worker, Kannel and connections to the database are killed meanwhile, and afterwards every message must have reached
the operator once, or be known as uncertain. It exits with 1 when a target is missed. Needs Debian's kannel and a Node.js.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path

from tests.operator import Gateway, Operator, missing, wait

from dgs.cli.embedded import Embedded

ROOT = Path(__file__).resolve().parents[1]
TARGETS = {"queued": 10.0, "a minute": 3000, "single p95": 10.0, "command p95": 1.0}

ASKED = (
    "INFO akta kelahiran", "SYARAT izin trayek", "STATUS K7P2-9XQF-3MTC", "TAGIHAN", "LANGGANAN", "BANTUAN STATUS", "apa kabar",
)


def percentile(values: list[float], part: float) -> float:
    """The value below which that part lies; 0 of nothing."""
    return sorted(values)[min(len(values) - 1, int(len(values) * part))] if values else 0.0


def subscribers(count: int) -> None:
    """As many subscribers of one topic."""
    from django.utils import timezone

    from dgs.core.messaging.models import Subscription, Topic

    topic = Topic.objects.create(word="BANJIR", title_id="Peringatan banjir", title_en="Flood warnings")
    now = timezone.now()
    rows = (Subscription(topic=topic, channel="sms", address=f"62811{n:08}", since=now) for n in range(count))
    Subscription.objects.bulk_create(rows, batch_size=5000)


def broadcast():
    """Send one to all of them; how long until it was queued."""
    from django.contrib.auth import get_user_model
    from django.utils import timezone

    from dgs.core.messaging.actions.broadcasting import send_broadcast, write_broadcast

    by = get_user_model().objects.order_by("pk").first()
    one = write_broadcast(
        title="Air naik", text_id="Air sungai naik. Warga di tepi sungai diminta bersiap mengungsi.", channels=["sms"],
        audiences=[["topic", "BANJIR"]], regions=[], by=by, now=timezone.now(),
    )
    began = time.monotonic()
    send_broadcast(broadcast_id=one.pk, by=by, now=timezone.now())

    def is_queued() -> bool:
        one.refresh_from_db()
        return one.queued_at is not None

    wait(is_queued, "the broadcast was not queued", 120)
    return one, time.monotonic() - began


class Singles(threading.Thread):
    """Somebody to whom something is said every tenth of a second while the broadcast runs."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.said: dict[str, float] = {}
        self.over = threading.Event()

    def run(self) -> None:
        """Until told to stop."""
        from django.db import connection, transaction
        from django.utils import timezone

        from dgs.core.messaging import api as messaging

        number = 0
        while not self.over.wait(0.1):
            number += 1
            to = f"62812{number:08}"
            with transaction.atomic():
                body = f"Berkas Anda {number} maju."
                messaging.say(key=f"single:{number}", channel="sms", to=to, body=body, now=timezone.now())
            self.said[to] = time.time()
        connection.close()


class Writers(threading.Thread):
    """Telephones that write to us twice a second."""

    def __init__(self, operator: Operator) -> None:
        super().__init__(daemon=True)
        self.operator, self.said, self.over = operator, {}, threading.Event()

    def run(self) -> None:
        """Until told to stop."""
        number = 0
        while not self.over.wait(0.5):
            number += 1
            to = f"62813{number:08}"
            self.said[to] = time.time()
            self.operator.say(ASKED[number % len(ASKED)], number=to)


def latencies(operator: Operator, said: dict[str, float], patience: float = 30) -> tuple[list[float], int]:
    """Seconds from saying to the operator, for each number; and how many never came."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        came = {}
        for one in list(operator.took):
            came.setdefault(one["to"], one["at"] / 1000)
        if said.keys() <= came.keys():
            break
        time.sleep(0.5)
    return [came[to] - at for to, at in said.items() if to in came], len(said.keys() - came.keys())


def measure(options, operator: Operator) -> list[str]:
    """The figures, printed; what was missed."""
    from django.utils import timezone

    from dgs.core.messaging.actions.broadcasting import stop_broadcast
    from dgs.core.messaging.models import Message

    subscribers(options.people)
    one, queued = broadcast()
    singles, writers = Singles(), Writers(operator)
    time.sleep(3)  # the pump's start is not the rate
    began, before = time.monotonic(), len(operator.took)
    singles.start()
    writers.start()
    time.sleep(options.seconds)
    reached, lasted = len(operator.took) - before, time.monotonic() - began
    singles.over.set()
    writers.over.set()
    is_running = Message.objects.filter(about=one.about, state="queued").exists()
    single, lost = latencies(operator, singles.said)
    command, unanswered = latencies(operator, writers.said)
    saved = stop_broadcast(broadcast_id=one.pk, by=one.by, now=timezone.now())
    wait(lambda: not Message.objects.filter(state__in=["queued", "going"]).exists(), "the line did not empty", 60)
    time.sleep(3)
    states = Counter(Message.objects.values_list("state", flat=True))
    rate = reached / lasted * 60
    print(f"\nbroadcast of {one.total:,} queued in {queued:.1f} s (target {TARGETS['queued']:g})")
    print(f"reached the operator: {reached:,} in {lasted:.0f} s = {rate:,.0f} a minute by one worker"
          f" (target {TARGETS['a minute']:,})")
    print(f"single messages meanwhile: {len(single)}, p50 {percentile(single, .5):.2f} s, p95 {percentile(single, .95):.2f} s "
          f"(target {TARGETS['single p95']:g}), {lost} never came")
    print(f"SMS commands meanwhile: {len(command)}, p50 {percentile(command, .5):.2f} s, p95 {percentile(command, .95):.2f} s "
          f"(target {TARGETS['command p95']:g}), {unanswered} never answered")
    print(f"stopped with {saved:,} to go; states {dict(states)}")
    # Of a long one each part comes once.
    twice = [to for (to, _part), times in Counter((one["to"], one["part"]) for one in operator.took).items() if times > 1]
    missed = [] if is_running else ["the broadcast was over before the measuring was: choose fewer --seconds or more --people"]
    for name, got, ok in (
        ("queued", queued, queued <= TARGETS["queued"]), ("a minute", rate, rate >= TARGETS["a minute"]),
        ("single p95", percentile(single, .95), percentile(single, .95) <= TARGETS["single p95"]),
        ("command p95", percentile(command, .95), percentile(command, .95) <= TARGETS["command p95"]),
        ("lost", lost + unanswered, not lost and not unanswered), ("twice", len(twice), not twice),
        ("one worker", len(single), len(single) > 5 * options.seconds),
    ):
        if not ok:
            missed.append(f"{name}: {got}")
    return missed


def torment(options, operator: Operator, gateway: Gateway, own) -> list[str]:
    """Kill at random while messages go out; then look at each of them."""
    from django.db import connection, transaction
    from django.utils import timezone

    from dgs.core.messaging import api as messaging
    from dgs.core.messaging.models import Attempt, Message

    chance, killer = random.Random(options.seed), own.killer()
    killed: Counter[str] = Counter()
    count, began = 0, time.monotonic()
    last = {"background workers": 0.0, "kannel": 0.0}
    while time.monotonic() - began < options.seconds:
        with transaction.atomic():
            for _n in range(chance.randint(1, 200)):
                count += 1
                messaging.say(key=f"t:{count}", channel="sms", to=f"62812{count:08}", body=f"Pesan {count}", now=timezone.now())
        time.sleep(chance.random() * 0.5)
        kind = chance.choice(["database connections", "background workers", "kannel", ""])
        if kind in last and time.monotonic() - last[kind] < 5:
            continue
        if kind in last:
            last[kind] = time.monotonic()
        if kind == "kannel":
            gateway.kill()
            gateway.start()
            killed[kind] += 1
        elif kind:
            killed[kind] += killer.kill(kind, chance)
        killer.mend()
    killer.mend()

    def is_over() -> bool:
        # Two minutes after its begin an attempt that has no end has none; here they pass at once.
        killer.mend()
        old = timezone.now() - timedelta(seconds=40)
        Attempt.objects.filter(ended_at=None, began_at__lt=old).update(began_at=old - timedelta(minutes=2))
        Message.objects.filter(state="held").update(not_before=timezone.now())
        with connection.cursor() as cursor:
            cursor.execute("UPDATE messaging_sender SET shut_until = NULL WHERE shut_until > now() + interval '2 seconds'")
        return not Message.objects.filter(state__in=["queued", "going", "held"]).exists()

    wait(is_over, "the line did not empty", 240)
    time.sleep(3)
    came = Counter(one["to"] for one in operator.took)
    states = Counter(Message.objects.values_list("state", flat=True))
    lost = [m.to for m in Message.objects.exclude(state="uncertain") if not came[m.to]]
    again = Message.objects.filter(state="uncertain").count()
    tried_twice = [
        m for m in Message.objects.filter(attempts__outcome="handed").distinct()
        if m.attempts.exclude(outcome="later").count() > 1
    ]
    twice = {to: times for to, times in came.items() if times > 1}
    attempts = Counter(
        (to, Attempt.objects.filter(message__to=to).exclude(outcome="later").count()) for to in twice
    )
    print(f"\n{count:,} messages, killed meanwhile: {dict(killed)}; states {dict(states)}; {again} uncertain")
    print(f"lost: {len(lost)}; handed over twice by DGS: {len(tried_twice)}; more than once at the operator: {len(twice)}")
    if twice:
        print("of those handed over once by DGS (Kannel gave its stored one again):", sum(1 for (_to, n) in attempts if n == 1))
    return [f"lost {lost[:5]}"] * bool(lost) + [f"twice {tried_twice[:5]}"] * bool(tried_twice)


def main() -> int:
    """Start, measure, print, judge."""
    asked = argparse.ArgumentParser(prog="dgs bench messages", description=__doc__.splitlines()[0])
    asked.add_argument("--people", type=int, default=100_000)
    asked.add_argument("--seconds", type=float, default=60.0)
    asked.add_argument("--kill", action="store_true", help="kill worker, Kannel and connections meanwhile; then look at each")
    asked.add_argument("--seed", type=int, default=7)
    options = asked.parse_args()
    if lacks := missing():
        print(lacks)
        return 2
    with tempfile.TemporaryDirectory(prefix="dgs-bench-") as made:
        Path(made).chmod(0o755)
        operator = Operator()
        gateway = Gateway(Path(made), operator)
        os.environ |= {"DJANGO_SETTINGS_MODULE": "dgs.config.settings", "PYTHONPATH": str(ROOT / "src")} | gateway.settings
        server = None
        if not os.environ.get("DATABASE_URL"):
            server = Embedded(Path(made) / "postgres", settings={"shared_buffers": "512MB", "max_wal_size": "4GB"})
            server.start()
            os.environ["DATABASE_URL"] = server.url()
        from dgs.cli.simulating import own

        try:
            with own() as dgs:
                from django.db import connections

                from dgs.core.messaging.models import Sender
                from dgs.core.messaging.senders import program_of

                wait(lambda: Sender.objects.filter(name="settings-sms").exists(), "the worker did not start", 60)
                gateway.configure(program_of(Sender.objects.get(name="settings-sms")).get_url())
                gateway.start()
                missed = torment(options, operator, gateway, dgs) if options.kill else measure(options, operator)
                connections.close_all()
        finally:
            gateway.close()
            operator.close()
            if server:
                server.stop()
    for line in missed:
        print(f"MISSED  {line}")
    print("all targets met" if not missed else f"{len(missed)} missed")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
