"""What the tests of messaging share: the two sinks, set up as the senders, and a pump that runs in the test itself."""

import time
from datetime import date

import pytest
from django.apps import apps

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


@pytest.fixture
def offices(db):
    """Two offices of one region."""
    create = apps.get_model("organisations", "Office").objects.create
    region = apps.get_model("regions", "Region").objects.create(code="16.07", level=2, name="Banyuasin", path_label="x")
    return [create(slug=slug, kind=slug, name=slug, short_name=slug, region=region) for slug in ("dishub", "dukcapil")]


DESK = ("messaging.view_outbox", "messaging.resend", "messaging.answer", "messaging.manage_senders")


@pytest.fixture
def enter(client, django_user_model):
    """Sign in as somebody who holds these permissions, for an office or for all."""
    def sign_in(permissions=DESK, office=None, client=client, **values):
        name = f"p{django_user_model.objects.count()}@contoh.id"
        user = django_user_model.objects.create_user(username=name, name="Petugas Percobaan", **values)
        role = apps.get_model("access", "Role").objects.create(code=name[:20], title="Uji", permissions=list(permissions))
        apps.get_model("access", "Grant").objects.create(user=user, role=role, office=office, valid_from=date(2020, 1, 1))
        client.force_login(user)
        return user
    return sign_in
