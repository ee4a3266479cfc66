"""The drawn days against real processes, of which some are killed at drawn moments: each rupiah stands once in the end.

`DGS_TEST_DAYS=3000` draws a tenth as many lives here, for a process that was killed takes its time to come back.
"""

import os
import random
import threading
import time
from datetime import timedelta

import pytest
from django.db import connections
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from procrastinate.contrib.django.models import ProcrastinateJob, ProcrastinateWorker

from dgs.cli.killing import DATABASE, WEB, WORKER, Killer
from dgs.cli.tests.instance import running
from dgs.core.banking.adversary.wire import BROKEN, Wire
from dgs.core.banking.tests.asking import Broken, new_place
from dgs.core.banking.tests.days import lives
from dgs.core.banking.tests.here import is_taken
from dgs.core.banking.tests.judged import judge
from dgs.core.banking.tests.living import Living
from dgs.core.billing import api as billing

MANY = int(os.environ.get("DGS_TEST_DAYS", "0")) // 10
FEW = 4
# A job of a killed worker is given back after 30 seconds at the most, by a worker that may have to be started first.
PATIENCE = 60
# When, in milliseconds after the one before, and of which kind.
KILLS = st.lists(st.tuples(st.integers(0, 400), st.sampled_from((WEB, WEB, DATABASE, DATABASE, DATABASE, WORKER))), max_size=8)


class There:
    """The program as processes of its own, over HTTP and by the worker."""

    def __init__(self, instance, folder) -> None:
        self.folder, self.wire = folder, Wire(instance.url)
        self.killer = Killer(web=instance.web, worker=instance.worker, url=instance.database)
        self.place, self.lives, self.days, self.broken = new_place(), 0, 0, 0

    def live(self, life, kills) -> None:
        self.lives, self.days = self.lives + 1, self.days + len(life.days)
        living = Living(life, place=self.place, folder=self.folder, reach=self.reach, sweep=self.sweep, hands=4)
        over, chance = threading.Event(), random.Random(len(kills))

        def kill() -> None:
            for after, kind in kills:
                if over.wait(after / 1000):
                    return
                self.killer.kill(kind, chance)

        thread = threading.Thread(target=kill)
        thread.start()
        try:
            living.go()
        finally:
            over.set()
            thread.join()
        self.broken += living.broken
        judge(living)

    def reach(self, sent, broken):
        try:
            answer = self.wire.ask(sent)
        except BROKEN:
            raise Broken from None
        if answer.status >= 500 or broken == "unheard":
            raise Broken
        return answer

    def sweep(self, living, name):
        until = time.monotonic() + PATIENCE
        while not is_taken(self.folder, name):
            assert not list(self.folder.glob("refused/*")), list(self.folder.glob("refused/*"))
            assert time.monotonic() < until, (name, self.killer.worker.last_lines(30))
            self.killer.mend()
            billing.look_soon()
            time.sleep(0.02)


@pytest.mark.server
@pytest.mark.django_db(transaction=True)
def test_while_processes_are_killed_each_rupiah_stands_once(tmp_path, capsys):
    with running(tmp_path) as instance:
        there = There(instance, tmp_path / "statements")

        @given(life=lives(most_at=40), kills=KILLS)
        @settings(
            max_examples=MANY or FEW, derandomize=not MANY, deadline=None, database=None, print_blob=True,
            # The same life and kills may go well the next time: to look for a smaller one says nothing.
            phases=[Phase.generate], suppress_health_check=list(HealthCheck), report_multiple_bugs=False,
        )
        def any_life(life, kills):
            there.live(life, kills)

        began = time.monotonic()
        any_life()
        if MANY:
            with capsys.disabled():
                print(
                    f"\n{there.lives} lives, {there.days} days, {there.broken} broken off, {dict(there.killer.killed)},"
                    f" {there.killer.ended} workers ended by themselves, {time.monotonic() - began:.0f} s"
                )
        idle(there)
    connections.close_all()


def idle(there):
    """What is queued is done, and nothing is held by anybody."""
    until = time.monotonic() + PATIENCE
    left = ProcrastinateJob.objects.filter(status__in=["todo", "doing"])
    while left.exists():
        there.killer.mend()
        if not MANY:
            age_the_dead()
        assert time.monotonic() < until, list(left.values_list("task_name", "status", "worker_id"))
        time.sleep(0.1)


def age_the_dead():
    """As if a minute had gone by since the killed workers gave a sign of life; the last one lives."""
    dead = [one.pk for one in ProcrastinateWorker.objects.order_by("-pk")[1:]]
    ProcrastinateWorker.objects.filter(pk__in=dead).update(last_heartbeat=timezone.now() - timedelta(minutes=1))
