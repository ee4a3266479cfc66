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
from pathlib import Path
from urllib.parse import quote

import pytest
from django.db import connection, transaction
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from dgs.core.messaging.actions import say
from dgs.core.messaging.models import Message
from dgs.core.messaging.tasks import give_back_stalled

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.server]

EACH, KILLS, HANDS = 30, 4, 3


def start(mail, gateway):
    database = connection.settings_dict
    where = f"{quote(database['USER'] or '', safe='')}:{quote(database['PASSWORD'] or '', safe='')}@"
    query = f"host={quote(database['HOST'] or '', safe='')}&port={database['PORT'] or ''}"
    environment = os.environ | {
        "DATABASE_URL": f"postgres://{where}/{database['NAME']}?{query}".replace("://:@", "://"),
        "DJANGO_SETTINGS_MODULE": "dgs.config.settings", "PYTHONPATH": str(Path(__file__).resolve().parents[4]),
        "DGS_SMTP_HOST": "127.0.0.1", "DGS_SMTP_PORT": str(mail.port), "DGS_SMS_URL": gateway.url,
        "DGS_SMS_USER": "dgs", "DGS_SMS_PASSWORD": "rahasia", "PYTHONDONTWRITEBYTECODE": "1",
    }
    command = [sys.executable, "-m", "django", "procrastinate", "worker", f"--concurrency={HANDS}"]
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


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


def test_a_worker_killed_at_any_moment_loses_nothing_and_doubles_nothing(mail, gateway):
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
        worker = start(mail, gateway)
        wait(lambda before=before: taken() > before or not left().exists())
        time.sleep(chance.random() * 0.3)
        worker.send_signal(signal.SIGKILL)
        said += worker.communicate()[1]
        give_back()
    worker = start(mail, gateway)
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
    assert not ProcrastinateJob.objects.filter(status__in=["doing", "failed"]).exists()


def left():
    return ProcrastinateJob.objects.filter(task_name="messaging.hand_over", status__in=["todo", "doing"])


def test_the_worker_finds_the_rooms_tasks_and_its_periodic_ones():
    names = {periodic.task.name for periodic in app.periodic_registry.periodic_tasks.values()}
    assert {"messaging.tend", "messaging.retry_stalled", "messaging.forget_jobs"} <= names
    assert "messaging.hand_over" in app.tasks
