"""oidc-client-ts in a real Chromium as an application without a secret: signing in, reading, renewing, silence, signing out."""

import pytest
from playwright.sync_api import expect

from dgs.core.accounts.tests.conftest import PASSWORD, siti, village  # noqa: F401 - fixtures
from dgs.core.signon.models import Consent, SignOn
from dgs.core.signon.tests.conftest import dukcapil, register  # noqa: F401 - fixtures
from tests.oidc_client import BrowserApplication, install, missing

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]


@pytest.fixture
def peta(live_server, settings, register):  # noqa: F811
    """The application, registered."""
    if lacks := missing():
        pytest.fail(lacks)
    install()
    settings.BASE_URL = live_server.url
    started = BrowserApplication()
    known = register(
        "Peta", kind="browser", scopes=["openid", "profile"], redirect_uris=[f"{started.url}/kembali", f"{started.url}/diam"],
        after_logout_uris=[f"{started.url}/"],
    )
    started.settings = {"issuer": live_server.url, "client_id": known.client_id}
    yield started
    started.close()


def sign_in(page, peta, person):
    page.goto(peta.url)
    page.evaluate("void manager.signinRedirect()")
    page.locator("input[name=login]").fill(person.email)
    page.locator("input[type=password]").fill(PASSWORD)
    page.locator("main form button.button--primary").first.click()
    page.get_by_role("button", name="Setuju dan lanjutkan").click()
    expect(page.locator("#state")).to_have_text(f"in {person.name}")


def test_it_signs_in_reads_renews_and_signs_out(peta, page, siti):  # noqa: F811
    broken = []
    page.on("console", lambda message: broken.append(message.text) if message.type == "error" else None)
    sign_in(page, peta, siti)
    user = page.evaluate("manager.getUser().then((user) => ({...user}))")
    assert user["profile"]["name"] == siti.name and user["scope"] == "openid profile" and user["refresh_token"]
    renewed = page.evaluate("manager.signinSilent().then((user) => user.refresh_token)")
    assert renewed and renewed != user["refresh_token"]
    silent = page.evaluate("manager.removeUser().then(() => manager.signinSilent()).then((user) => user.profile.name)")
    assert silent == siti.name and SignOn.objects.filter(ended_at=None).count() == 2
    page.evaluate("void manager.signoutRedirect()")
    page.wait_for_url(f"{peta.url}/")
    assert not SignOn.objects.filter(ended_at=None).exists()
    assert page.evaluate("manager.signinSilent().then(() => 'in', (error) => error.error)") == "login_required"
    assert broken == []


def test_who_does_not_agree_stays_out(peta, page, siti):  # noqa: F811
    page.goto(peta.url)
    page.evaluate("void manager.signinRedirect()")
    page.locator("input[name=login]").fill(siti.email)
    page.locator("input[type=password]").fill(PASSWORD)
    page.locator("main form button.button--primary").first.click()
    page.get_by_role("button", name="Tidak setuju").click()
    expect(page.locator("#state")).to_contain_text("error access_denied")
    assert not Consent.objects.exists() and not SignOn.objects.exists()
