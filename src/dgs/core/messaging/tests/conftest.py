"""What the tests of messaging share: the two sinks, set up as the senders, and a pump that runs in the test itself."""

import time

import pytest

from dgs.core.messaging.pump import Pump
from dgs.core.messaging.tests.sinks import MailSink, SmsSink


@pytest.fixture
def mail(settings):
    sink = MailSink()
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", sink.port
    yield sink
    sink.close()


@pytest.fixture
def gateway(settings):
    sink = SmsSink()
    settings.DGS_SMS_URL, settings.DGS_SMS_USER, settings.DGS_SMS_PASSWORD = sink.url, "dgs", "rahasia"
    yield sink
    sink.close()


@pytest.fixture
def pump():
    """Runs what waits in the line until nothing does; `pump()` is a new process each time, as after a restart."""
    def run():
        Pump().run(is_once=True)
        time.sleep(0)
    return run
