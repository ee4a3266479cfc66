"""A real Kannel between an operator that speaks SMPP and this DGS, for the tests of this folder."""

import tempfile
from pathlib import Path

import pytest

from dgs.core.messaging.pump import Pump
from dgs.core.messaging.senders import ensure_senders, program_of
from tests.operator import Gateway, Operator, missing


@pytest.fixture(scope="session")
def operator():
    """The operator, for all tests."""
    if lacks := missing():
        pytest.fail(lacks)
    started = Operator()
    yield started
    started.close()


@pytest.fixture
def kannel(operator, live_server, settings):
    """Kannel, bound to the operator and bringing what it hears to this test's server."""
    from dgs.core.messaging.models import Sender

    settings.BASE_URL = live_server.url
    operator.took.clear()
    operator.set(receipts="DELIVRD", repeat=1, delay=0, throttle=0, refuse="", mute=False)
    with tempfile.TemporaryDirectory(prefix="dgs-kannel-") as made:
        gateway = Gateway(Path(made), operator)
        for name, value in gateway.settings.items():
            setattr(settings, name, value)
        ensure_senders()
        gateway.configure(program_of(Sender.objects.get(name="settings-sms")).get_url())
        gateway.start()
        yield gateway
        gateway.close()


@pytest.fixture
def pump():
    """Hands over what waits."""
    return lambda: Pump().run(is_once=True)
