"""A region with a village, what was sent, and a citizen with an account for the tests of accounts."""

import re
from datetime import date

import pytest
from django.test import Client
from django.utils import timezone

from dgs.core.accounts import api
from dgs.core.accounts.contact import Address
from dgs.core.accounts.models import AttemptCount
from dgs.core.accounts.registration import NewCitizen, register_citizen
from dgs.core.messaging.models import Message
from dgs.core.regions.models import Region

PASSWORD = "perahu-songket-4821"
NIK = "1607105203919101"


@pytest.fixture
def village(db):
    """A village in Banyuasin, with what lies above it."""
    parent = None
    for code, level, name in [("16", 1, "Sumatera Selatan"), ("16.07", 2, "Kabupaten Banyuasin"),
                              ("16.07.10", 3, "Talang Kelapa"), ("16.07.10.1001", 4, "Contohrejo")]:
        parent = Region.objects.create(code=code, level=level, name=name, path_label=name, parent=parent,
                                       sort_name=name.lower())
    return parent


@pytest.fixture
def code_for():
    """Reads the code that was sent last to an address."""

    def newest(to: str) -> str:
        message = Message.objects.filter(to=to).order_by("-pk").first()
        found = re.search(r"\b(\d{6})\b", message.body)
        assert found, message.body
        return found[1]

    return newest


def citizen(nik=NIK, name="Siti Contohwati", region=None) -> NewCitizen:
    return NewCitizen(name=name, nik=nik, birth_place="Palembang", birth_on=date(1991, 3, 12), sex="P",
                      address="Jalan Contoh 9", region=region)


@pytest.fixture
def siti(village):
    """A citizen who registered with e-mail."""
    return register_citizen(
        address=Address("email", "siti@contoh.example"), citizen=citizen(region=village), password=PASSWORD,
        consent=True, language="id", now=timezone.now(),
    )


@pytest.fixture
def clerk(db):
    """A member of staff without a person's record."""
    return api.create_user(name="Lina Loketwati", email="lina@contoh.example", password=PASSWORD, now=timezone.now())


@pytest.fixture
def browser():
    """A browser that is not signed in."""
    return Client()


@pytest.fixture
def tomorrow_counts(db):
    """Forgets all counted attempts, as the next day would."""
    return lambda: AttemptCount.objects.all().delete()
