"""Hooks of the whole suite: test settings, blocked sockets, one database of the right content for each test."""

from __future__ import annotations

import gc
import socket
import tempfile
from pathlib import Path

import pytest
from tests import databases

pytest_plugins = ("tests.fixtures",)

REAL_CONNECT, REAL_CONNECT_EX = socket.socket.connect, socket.socket.connect_ex


def pytest_configure(config):
    """Settings that only tests have: quick passwords, files in a temporary folder, static files as they lie; and words."""
    from django.conf import settings
    from django.test import TransactionTestCase

    from dgs.cli import translations

    translations.compile_all()
    folder = config.dgs_folder = tempfile.TemporaryDirectory(prefix="dgs-suite-")
    settings.DATA_DIR = Path(folder.name)
    settings.STATIC_ROOT = settings.DATA_DIR / "static"
    settings.STATIC_ROOT.mkdir()
    settings.STORAGES["default"]["OPTIONS"]["location"] = settings.DATA_DIR / "files"
    settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
    settings.DGS_QUIET_HOURS = ""  # tests run at any hour; those of quiet hours set them
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    # A test that commits gets a fresh clone after it (tests/databases.py), so emptying its hundred tables is no use.
    TransactionTestCase._fixture_teardown = lambda self: None


def pytest_unconfigure(config):
    """Take the temporary folder away."""
    config.dgs_folder.cleanup()


def pytest_collection_finish(session):
    """What is loaded by now stays to the end: the garbage collector need not look through it, nor look so often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    """Sockets closed unless the test is marked, and the database that holds what its fixtures ask for."""
    if not (item.get_closest_marker("server") or item.get_closest_marker("browser")):
        socket.socket.connect = socket.socket.connect_ex = _refuse
    databases.choose(item)
    # What another test made and rolled back must not live on in the memory of this process.
    from dgs.core.regions import workdays
    from dgs.kernel import keeping

    workdays.forget()
    keeping.forget_all()


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item):
    """Sockets open again, for pytest's own use."""
    socket.socket.connect, socket.socket.connect_ex = REAL_CONNECT, REAL_CONNECT_EX


def _refuse(self, address):
    raise AssertionError(f"a test without the mark `server` or `browser` opened a connection to {address!r}")


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment, django_db_blocker, worker_id):
    """Instead of pytest-django's: clones of templates, so that migrations and reference data are made once a run."""
    with django_db_blocker.unblock():
        databases.begin(worker_id)
        yield
        databases.end()
