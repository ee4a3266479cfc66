"""A small office tree with people for the tests of roles and grants."""

import pytest
from django.utils import timezone

from dgs.core.access import api
from dgs.core.accounts import api as accounts
from dgs.core.organisations.models import Office
from dgs.core.regions.models import Region

NOW = timezone.now()


@pytest.fixture
def region(db):
    return Region.objects.create(code="16.07", level=2, name="Banyuasin", path_label="Banyuasin")


@pytest.fixture
def offices(region):
    """government > dishub > terminal; government > dukcapil."""

    def make(slug, kind, parent=None):
        return Office.objects.create(slug=slug, kind=kind, name=slug.title(), short_name=slug, parent=parent,
                                     region=region)

    government = make("pemerintah", "government")
    dishub = make("dishub", "transport", government)
    return {
        "pemerintah": government,
        "dishub": dishub,
        "terminal": make("terminal", "terminal", dishub),
        "dukcapil": make("dukcapil", "civil-registration", government),
    }


@pytest.fixture
def roles(db):
    api.load_roles()


@pytest.fixture
def user(db):
    return accounts.create_user(name="Tera Telaahwati", email="tera@dgs.example", now=NOW)


@pytest.fixture
def admin(roles, offices):
    """An administrator of dishub and what is below."""
    admin = accounts.create_user(name="Admi Nistrawan", email="admi@dgs.example", now=NOW)
    api.grant(user=admin, role="administrator", office=offices["dishub"], by=None, now=NOW)
    return admin
