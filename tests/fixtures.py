"""Fixtures that any test may ask for: the clock, loaded reference data, people by role, queued jobs, query counts."""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from datetime import date, datetime
from inspect import iscoroutinefunction
from pathlib import Path
from time import time
from zoneinfo import ZoneInfo

import pytest
from asgiref.sync import async_to_sync
from procrastinate import JobContext
from procrastinate.jobs import Job

QUERY_COUNTS = Path(__file__).with_name("query_counts.json")


@pytest.fixture
def now():
    """Wednesday 18 November 2026, 09:00 in Jakarta: an ordinary working morning."""
    return datetime(2026, 11, 18, 9, tzinfo=ZoneInfo("Asia/Jakarta"))


@pytest.fixture
def regions(db):
    """Every region of Indonesia and the holidays are in the database."""


@pytest.fixture
def loaded_region(db):
    """Banyuasin with its offices, roles, demo accounts and published services, besides every region."""


@pytest.fixture
def office(loaded_region):
    """Finds an office by its kind: `office("transport")`."""
    from dgs.core.organisations.api import office_of_kind

    return office_of_kind


@pytest.fixture
def users(loaded_region):
    """Finds the demo people of a role by id: `users("verifier")[0]`, or `users("head", kind="transport")[0]`."""
    from django.contrib.auth import get_user_model

    def of(role: str, *, kind: str | None = None):
        found = get_user_model().objects.filter(grants__role=role)
        if kind:
            found = found.filter(grants__office__kind=kind)
        return list(found.distinct().order_by("id"))

    return of


@pytest.fixture
def run_jobs(db):
    """Runs what is queued, in this process and this transaction; returns how many jobs ran.

    Jobs whose time has not come stay queued. A job that fails raises here. `run_jobs("messaging.hand_over")`
    runs only tasks of these names.
    """
    from procrastinate.contrib.django import app
    from procrastinate.contrib.django.models import ProcrastinateJob

    def run(*names: str) -> int:
        from django.db import connection
        from django.utils import timezone

        ran = 0
        while True:
            job = (
                ProcrastinateJob.objects.filter(status="todo")
                .exclude(scheduled_at__gt=timezone.now())
                .filter(**({"task_name__in": names} if names else {}))
                .order_by("-priority", "id")
                .first()
            )
            if job is None:
                return ran
            task = app.tasks[job.task_name]
            call = async_to_sync(task.func) if iscoroutinefunction(task.func) else task.func
            with connection.cursor() as cursor:
                cursor.execute("UPDATE procrastinate_jobs SET status = 'doing' WHERE id = %s", [job.id])
            context = [JobContext(app=app, job=_as_worker_sees(job), start_timestamp=time(), abort_reason=lambda: None)]
            call(*(context if task.pass_context else []), **job.args)
            with connection.cursor() as cursor:
                cursor.execute("UPDATE procrastinate_jobs SET status = 'succeeded' WHERE id = %s", [job.id])
            ran += 1

    return run


def _as_worker_sees(job) -> Job:
    return Job(
        id=job.id,
        queue=job.queue_name,
        lock=job.lock,
        queueing_lock=job.queueing_lock,
        task_name=job.task_name,
        task_kwargs=job.args,
        attempts=job.attempts,
    )


@pytest.fixture
def assert_queries(django_assert_num_queries):
    """`with assert_queries("cases:desk", 50): ...` compares with tests/query_counts.json, for a list of 50 rows.

    The page is counted as the first one who asks for it gets it, with nothing of it kept from before; what is known of
    services and holidays stays in memory. With DGS_COUNT_QUERIES=write it is written down instead of compared.
    """
    from django.core.cache import cache
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from dgs.core.regions import workdays
    from dgs.kernel import keeping

    @contextmanager
    def check(name: str, rows: int):
        keeping.forget_all()
        cache.clear()
        # The calendar is looked after every few seconds; it is done now, so that no page is charged with it by chance.
        workdays.forget()
        workdays.is_working_day(date(2026, 11, 18))  # a Wednesday: on a Saturday nothing would be looked up
        with CaptureQueriesContext(connection) as seen:
            yield
        key, count = f"{name} {rows}", len(seen)
        known = json.loads(QUERY_COUNTS.read_text()) if QUERY_COUNTS.exists() else {}
        if os.environ.get("DGS_COUNT_QUERIES") == "write":
            known[key] = count
            QUERY_COUNTS.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n")
            return
        assert key in known, f"{key!r} has no committed query count; it takes {count} now"
        listed = "\n".join(query["sql"][:200] for query in seen.captured_queries)
        assert count == known[key], f"{key!r} took {count} queries, {known[key]} are committed:\n{listed}"

    return check


@pytest.fixture(scope="session")
def chromium():
    """The path of the browser that journeys run in; `./dgs test --browser` finds it."""
    path = os.environ.get("CHROMIUM")
    if not path:
        pytest.fail("CHROMIUM is not set: run the journeys with ./dgs test --browser")
    return path


@pytest.fixture(scope="session")
def browser(chromium):
    """One Chromium for all journeys, driven by Playwright."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"] if os.geteuid() == 0 else [])
        yield started
        started.close()


@pytest.fixture
def page(browser):
    """A fresh page of a citizen in Indonesia, 1280 px wide; `page.set_viewport_size` makes it a phone."""
    context = browser.new_context(locale="id-ID", viewport={"width": 1280, "height": 900})
    page = context.new_page()
    yield page
    context.close()


@pytest.fixture
def sms(db):
    """Sends us an SMS as a gateway does and answers with the text of our answer, or None: `sms("INFO akta", number="0812…")`.

    The same `gateway_id` is the same SMS. `sms.to(number)` answers with the newest message to a number.
    """
    from itertools import count
    from types import SimpleNamespace

    from django.utils import timezone

    from dgs.core.messaging.actions.receiving import receive
    from dgs.core.messaging.models import Message, Sender

    line, _new = Sender.objects.get_or_create(
        name="uji", defaults={"title": "Uji", "channel": "sms", "kind": "kannel", "created_at": timezone.now()}
    )
    ids = count(1)

    class Phone(SimpleNamespace):
        number = "6281399990001"

        def __call__(self, text, number=None, gateway_id=None, now=None):
            row = receive(
                sender=line, gateway_id=gateway_id or f"sms-{next(ids)}", number=number or self.number, text=text, to="1234",
                now=now or timezone.now(),
            )
            reply = Message.objects.filter(key=f"inbound:{row.pk}").first()
            return reply.body if reply else None

        def to(self, number):
            return Message.objects.filter(to=number).order_by("-pk").values_list("body", flat=True).first()

    return Phone()
