"""A citizen reads what the office said, with and without JavaScript, and chooses what to be told; the service worker starts."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils import timezone

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def told(loaded_region):
    """Something was said to Siti by SMS."""
    from dgs.core.messaging import api as messaging

    siti = get_user_model().objects.get(username="siti@dgs.example")
    with transaction.atomic():
        return messaging.say(
            key="journey", channel="sms", to="081234567890", body="Akta kelahiran Ananda siap diambil di loket.",
            party_id=siti.party_id, now=timezone.now(),
        )


@pytest.mark.parametrize("has_script", [True, False])
def test_a_message_is_read_and_kinds_are_switched_off(live_server, browser, enter, told, has_script):
    context = browser.new_context(locale="id-ID", java_script_enabled=has_script, viewport={"width": 360, "height": 740})
    enter(context, "siti")
    page = context.new_page()
    page.goto(f"{live_server.url}/akun/pesan")
    page.get_by_role("link", name="Akta kelahiran Ananda").click()
    page.get_by_text("siap diambil di loket").wait_for()
    page.get_by_role("link", name="Semua pesan").click()
    assert page.locator(f"[data-message='{told.pk}'][data-unread]").count() == 0
    page.get_by_role("link", name="Yang ingin saya ketahui").click()
    page.locator("[name=sms-news]").uncheck()
    page.get_by_role("button", name="Simpan").click()
    page.get_by_text("Pilihan Anda tersimpan").wait_for()
    assert not page.locator("[name=sms-news]").is_checked()
    assert page.locator("[name=sms-matter]").is_checked()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    context.close()


def test_the_service_worker_starts_and_the_site_can_be_installed(live_server, browser, enter):
    """Headless Chromium reaches no push service, so that it ends here; the notices themselves are tested in the room."""
    context = browser.new_context(locale="id-ID", permissions=["notifications"])
    enter(context, "siti")
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(f"{live_server.url}/akun/pesan/pilihan")
    page.locator("[data-notices-on]").wait_for()
    state = page.evaluate("navigator.serviceWorker.ready.then(one => [one.active !== null, new URL(one.scope).pathname])")
    assert state == [True, "/"]
    found = page.evaluate("fetch(document.querySelector('link[rel=manifest]').href).then(answer => answer.json())")
    assert found["start_url"] == "/" and found["icons"]
    assert page.evaluate("at => fetch(at).then(answer => answer.status)", found["icons"][0]["src"]) == 200
    assert not said
    context.close()
