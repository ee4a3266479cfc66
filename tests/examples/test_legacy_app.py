"""The sample application on a real port, signed in to by a person's browser through a live DGS; what it may and may not read."""

import importlib.util
import re
import threading
from pathlib import Path

import pytest
import requests
from werkzeug.serving import make_server

from dgs.core.accounts.tests.conftest import PASSWORD, siti, village  # noqa: F401 - fixtures
from dgs.core.signon.models import Consent
from dgs.core.signon.tests.conftest import dukcapil, register  # noqa: F401 - fixtures

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.server]
FILE = Path(__file__).resolve().parents[2] / "examples" / "legacy_app" / "app.py"


@pytest.fixture
def sample(live_server, settings, register):  # noqa: F811
    """Starts the application with the scopes it asks for; answers its address."""
    settings.BASE_URL = live_server.url
    spec = importlib.util.spec_from_file_location("legacy_app", FILE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    started = []

    def start(scope):
        server = make_server("127.0.0.1", 0, lambda environ, answer: app(environ, answer), threaded=True)
        here = f"http://127.0.0.1:{server.server_port}"
        known = register("Arsip Lama", redirect_uris=[f"{here}/kembali"], after_logout_uris=[f"{here}/"])
        app = module.make_app(issuer=live_server.url, client_id=known.client_id, secret=known.secret, scope=scope)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        started.append(server)
        return here

    yield start
    for server in started:
        server.shutdown()
        server.server_close()


class Browser(requests.Session):
    """Follows redirects and pages that lead on, as a browser does."""

    def open(self, address):
        """Where one ends up."""
        return self.led(self.get(address, timeout=20))

    def fill(self, page, **fields):
        """The form of a page, with its token."""
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)[1]
        return self.led(self.post(page.url, {**fields, "csrfmiddlewaretoken": token}, timeout=20))

    def led(self, answer):
        """On to where a page leads."""
        while "Refresh" in answer.headers:
            answer = self.get(requests.compat.urljoin(answer.url, answer.headers["Refresh"].removeprefix("0;url=")), timeout=20)
        return answer


def signed_in(here, person):
    browser = Browser()
    page = browser.open(f"{here}/masuk")
    consent = browser.fill(page, login=person.email, password=PASSWORD)
    return browser, browser.fill(consent, answer="yes")


def test_it_shows_what_its_scopes_allow_and_nothing_more(sample, siti):  # noqa: F811
    here = sample("openid profile")
    _browser, page = signed_in(here, siti)
    assert page.url == f"{here}/" and siti.name in page.text
    assert siti.email not in page.text and "nik" not in page.text


def test_after_withdrawal_it_is_told_no(sample, siti, live_server):  # noqa: F811
    here = sample("openid profile email")
    browser, page = signed_in(here, siti)
    assert siti.email in page.text
    assert siti.name in browser.post(f"{here}/segarkan", timeout=20).text
    mine = browser.get(f"{live_server.url}/akun/aplikasi", timeout=20)
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', mine.text)[1]
    browser.post(f"{live_server.url}/akun/aplikasi/{Consent.objects.get().pk}/cabut", {"csrfmiddlewaretoken": token}, timeout=20)
    answer = browser.post(f"{here}/segarkan", timeout=20)
    assert answer.status_code == 403 and siti.name not in answer.text


def test_signing_out_there_signs_out_here(sample, siti, live_server):  # noqa: F811
    here = sample("openid profile")
    browser, _page = signed_in(here, siti)
    assert browser.open(f"{here}/keluar").url == f"{here}/"
    assert "/akun/masuk" in browser.get(f"{live_server.url}/akun/profil", timeout=20).url


def test_a_scope_it_is_not_registered_for_is_refused(sample, siti):  # noqa: F811
    here = sample("openid identity")
    browser = Browser()
    answer = browser.open(f"{here}/masuk")
    assert answer.status_code == 403 and "invalid_scope" in answer.text
    assert not Consent.objects.exists()
