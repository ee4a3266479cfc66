"""Tests of the worker itself, killed in the middle of its work: nothing is lost, nothing is sent twice."""

import asyncio
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from django.db import connection, transaction
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob, ProcrastinateWorker

from dgs.core.messaging.actions.saying import say
from dgs.core.messaging.models import Attempt, Message
from dgs.core.messaging.tasks import give_back_stalled

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.server]

# A worker that is killed leaves at most a window of each sender begun and not ended.
EACH, KILLS, HANDS = 30, 4, 2 * 4


def surroundings():
    """The environment of a process on the database of this test."""
    database = connection.settings_dict
    where = f"{quote(database['USER'] or '', safe='')}:{quote(database['PASSWORD'] or '', safe='')}@"
    query = f"host={quote(database['HOST'] or '', safe='')}&port={database['PORT'] or ''}"
    return os.environ | {
        "DATABASE_URL": f"postgres://{where}/{database['NAME']}?{query}".replace("://:@", "://"),
        "DJANGO_SETTINGS_MODULE": "dgs.config.settings", "PYTHONPATH": str(Path(__file__).resolve().parents[4]),
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def start(mail, gateway, tmp_path):
    environment = surroundings() | {
        "DGS_SMTP_HOST": "127.0.0.1", "DGS_SMTP_PORT": str(mail.port), "DGS_SMS_URL": gateway.url,
        "DGS_SMS_USER": "dgs", "DGS_SMS_PASSWORD": "rahasia", "DGS_QUIET_HOURS": "", "DGS_SIGNER": "local",
        "DGS_DATA_DIR": str(tmp_path),
    }
    return subprocess.Popen([sys.executable, "-m", "dgs.cli", "worker"], env=environment, stderr=subprocess.PIPE)


def wait(until, seconds=40):
    end = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < end, "the worker did not get on in time"
        time.sleep(0.02)


def give_back():
    async def back():
        connector = app.connector.get_worker_connector()
        with app.replace_connector(connector) as connected:
            async with connected.open_async():
                await give_back_stalled(connected.job_manager, seconds=0)
    asyncio.run(back())


def test_a_worker_killed_at_any_moment_loses_nothing_and_doubles_nothing(mail, gateway, tmp_path):
    chance = random.Random(20261122)
    mail.pause = gateway.pause = 0.05
    now = timezone.now()
    with transaction.atomic():
        for n in range(EACH):
            say(key=f"sms-{n}", channel="sms", to=f"0812345678{n:02}", body=f"pesan ke {n}", now=now)
            say(key=f"surel-{n}", channel="email", to=f"warga{n}@contoh.id", subject="Kabar", body=f"isi {n}", now=now)

    def taken():
        return len(mail.taken) + len(gateway.taken)

    said = b""
    for _n in range(KILLS):
        before = taken()
        worker = start(mail, gateway, tmp_path)
        wait(lambda before=before: taken() > before or not left().exists())
        time.sleep(chance.random() * 0.3)
        worker.send_signal(signal.SIGKILL)
        said += worker.communicate()[1]
    # Two minutes pass: what the dead had begun has no end.
    Attempt.objects.filter(ended_at=None).update(began_at=now - timedelta(minutes=3))
    worker = start(mail, gateway, tmp_path)
    wait(lambda: not left().exists())
    worker.send_signal(signal.SIGTERM)
    said += worker.communicate(timeout=20)[1]
    assert worker.returncode == 0

    got = Counter(number for number, _text, _coding in gateway.taken)
    got += Counter(re.search(r"^To: (.*?)\r$", text, re.MULTILINE)[1] for text in mail.taken)
    assert max(got.values()) == 1
    states = Counter(Message.objects.values_list("state", flat=True))
    assert states["handed"] + states["uncertain"] == 2 * EACH
    assert states["uncertain"] <= KILLS * HANDS
    for message in Message.objects.all():
        assert got[message.to] == 1 or message.state == "uncertain"
        assert message.attempts.count() == 1
    assert not re.search(rb"62812345678|warga\d+@", said), "the log names a person"


def left():
    return Message.objects.filter(state__in=["queued", "held", "going"])


@pytest.fixture
def worker(tmp_path):
    """Starts `./dgs worker` as a process of its own; ended at the end."""
    started = []

    def start_it():
        environment = surroundings() | {"DGS_SIGNER": "local", "DGS_DATA_DIR": str(tmp_path), "PGAPPNAME": "worker-of-a-test"}
        started.append(subprocess.Popen([sys.executable, "-m", "dgs.cli", "worker"], env=environment, stderr=subprocess.PIPE))
        return started[-1]

    yield start_it
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


def job(status, queueing_lock, task="messaging.retry_stalled"):
    """A job that nobody's worker holds, or that waits; its number."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, status, queueing_lock, args)"
            """ VALUES ('upkeep', %s, %s, %s, '{"timestamp": 0}') RETURNING id""",
            [task, status, queueing_lock],
        )
        return cursor.fetchone()[0]


def test_a_job_of_a_dead_worker_is_given_back_though_another_is_queued_twice():
    twins = [job(status, "messaging.retry_stalled") for status in ("doing", "doing", "todo")]
    other = job("doing", "message:1")
    give_back()
    states = dict(ProcrastinateJob.objects.values_list("id", "status"))
    assert [states[one] for one in twins] == ["aborted", "aborted", "todo"]
    assert states[other] == "todo"


@contextmanager
def losing(table, condition):
    """Meanwhile the database drops whoever changes a row of this table so."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS"
            " 'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END'"
        )
        cursor.execute(
            f"CREATE TRIGGER lose BEFORE UPDATE ON {table} FOR EACH ROW WHEN ({condition}) EXECUTE FUNCTION lose()"
        )
        try:
            yield
        finally:
            cursor.execute(f"DROP TRIGGER lose ON {table}")
            cursor.execute("DROP FUNCTION lose")


def test_a_worker_that_loses_the_database_ends_to_be_started_again_and_one_that_is_told_ends_in_order(worker):
    with losing("procrastinate_workers", "true"):  # its signs of life
        process = worker()
        said = process.communicate(timeout=30)[1].decode()
    assert process.returncode == 1 and "started again" in said
    process = worker()
    wait(ProcrastinateWorker.objects.exists)
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0


def test_a_job_whose_end_could_not_be_written_down_is_done_by_the_next_worker_at_once(worker):
    mine = ProcrastinateJob.objects.filter(pk=job("todo", "messaging.retry_stalled"))
    with losing("procrastinate_jobs", "NEW.status = 'succeeded'"):
        assert worker().wait(30) == 1
    assert mine.get().status == "doing" and mine.get().worker_id is None
    worker()
    wait(lambda: mine.get().status in {"succeeded", "aborted"}, seconds=15)


def test_a_worker_that_hears_nothing_from_the_database_is_ended_though_nothing_in_it_moves():
    code = "; ".join([
        "import sys, django", "django.setup()", "from dgs.core.messaging import worker", "worker.SILENT = 2",
        "sys.exit(not worker.work(concurrency=1))",
    ])  # fmt: skip
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE procrastinate_jobs")
        process = subprocess.Popen([sys.executable, "-c", code], env=surroundings(), stderr=subprocess.PIPE)
        said = process.communicate(timeout=30)[1].decode()
    assert process.returncode == 1 and "Timeout" in said


def test_the_worker_finds_the_rooms_tasks_and_its_periodic_ones():
    names = {periodic.task.name for periodic in app.periodic_registry.periodic_tasks.values()}
    assert {"messaging.retry_stalled", "messaging.forget_jobs"} <= names
