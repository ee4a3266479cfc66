"""A citizen's passkey in a real browser, on Chromium's virtual device: added, signs in alone, is the second step, is removed."""

from __future__ import annotations

import pytest

from tests.journeys.conftest import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def device(page):
    """A device that says yes at once."""
    cdp = page.context.new_cdp_session(page)
    cdp.send("WebAuthn.enable")
    made = cdp.send("WebAuthn.addVirtualAuthenticator", {"options": {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True,
    }})["authenticatorId"]
    return lambda verified: cdp.send("WebAuthn.setUserVerified", {"authenticatorId": made, "isUserVerified": verified})


def by_password(page, server, address):
    page.goto(f"{server}/akun/masuk")
    page.fill("[name=login]", address)
    page.fill("[name=password]", PASSWORD)
    page.locator(".form button.button--primary").click()


def sign_out(page, server):
    page.goto(f"{server}/akun/keluar")
    page.locator("main button").first.click()
    page.wait_for_load_state()


def test_a_passkey_is_added_signs_in_is_the_second_step_and_is_removed(
    live_server, page, password, device, settings, complaints
):
    server = settings.BASE_URL = live_server.url
    by_password(page, server, password("siti"))
    page.goto(f"{server}/akun/keamanan/kunci-sandi")
    page.fill("[name=password]", PASSWORD)
    page.locator(".form button.button--primary").click()
    page.wait_for_url("**/akun/keamanan/kunci-sandi")
    page.fill("[name=name]", "Telepon saya")
    page.locator("[data-passkey] button").click()
    page.wait_for_url("**/akun/keamanan/kode")

    sign_out(page, server)
    page.goto(f"{server}/akun/masuk?next=/akun/profil")
    page.locator("[data-passkey] button").click()
    page.wait_for_url("**/akun/profil")
    page.get_by_text("Telepon saya").first.wait_for()

    sign_out(page, server)
    by_password(page, server, "siti@dgs.example")
    page.wait_for_url("**/akun/masuk/langkah-kedua")
    device(False)
    page.locator("[data-passkey] button").click()
    page.locator("[data-passkey-stopped]").wait_for(state="visible")
    device(True)
    page.locator("[data-passkey] button").click()
    page.wait_for_url(lambda url: "/akun/masuk" not in url)

    page.goto(f"{server}/akun/profil")
    page.locator("a[href$='/hapus']").click()
    page.wait_for_load_state()
    page.locator("a[href^='/akun/pastikan/kunci-sandi']").click()
    page.wait_for_url("**/akun/pastikan/kunci-sandi?**")
    page.locator("[data-passkey] button").click()
    page.locator("button.button--danger").click()
    page.wait_for_url("**/akun/profil")
    assert page.get_by_text("Telepon saya").count() == 0
    assert not [said for said in complaints if "422" not in said]
