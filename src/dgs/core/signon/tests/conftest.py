"""Applications registered at an office, a citizen with an account, and a browser that is signed in."""

import pytest
from django.test import Client
from django.utils import timezone

from dgs.core.accounts.models import User
from dgs.core.accounts.tests.conftest import PASSWORD, code_for, siti, village  # noqa: F401 - fixtures
from dgs.core.organisations.models import Office
from dgs.core.signon.actions.applications import register_application
from dgs.core.signon.models import Application

BACK = "http://127.0.0.1:9/kembali"
AFTER = "http://127.0.0.1:9/keluar"


@pytest.fixture
def dukcapil(village):  # noqa: F811
    return Office.objects.create(slug="dukcapil", kind="civil-registration", name="Dinas Dukcapil", short_name="Dukcapil",
                                 region=village)


@pytest.fixture
def register(dukcapil):
    """Registers an application; answers it with its secret as `.secret`."""

    def make(name="Arsip", **fields):
        found = Application(**{
            "name": name, "office": dukcapil, "contact": "arsip@contoh.example", "purpose": "Mencari arsip",
            "purpose_en": "Looking for files", "redirect_uris": [BACK], "after_logout_uris": [AFTER],
            "scopes": ["openid", "profile", "email"], **fields,
        })
        found.secret = register_application(application=found, by=None, now=timezone.now())
        return found

    return make


@pytest.fixture
def arsip(register):
    return register()


@pytest.fixture
def signed_in(siti):  # noqa: F811
    """Siti's browser, signed in with her password."""
    browser = Client()
    browser.post("/akun/masuk", {"login": siti.email, "password": PASSWORD})
    return browser


@pytest.fixture
def clerk_browser(db):
    """Somebody else's browser."""
    browser = Client()
    browser.force_login(User.objects.create_user(username="lain@contoh.example", name="Orang Lain"))
    return browser
