"""What the tests of the verbs share: an installation whose database and keys are named."""

import pytest

from dgs.cli.production import KEYS


@pytest.fixture
def installation(monkeypatch):
    """The verbs take the database of the test for that of an installation."""
    monkeypatch.setenv("DATABASE_URL", "postgres://the-test-database")
    for name in KEYS:
        monkeypatch.setenv(name, "one that is not looked at here")
    monkeypatch.setattr("dgs.cli.stamp.check_server", lambda url: None)
    monkeypatch.setattr("django.setup", lambda: None)
