"""What the tests of documents share: a private archive, an office with a head, and a signed document."""

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from dgs.core.accounts.models import User
from dgs.core.documents import api
from dgs.core.organisations.api import Signatory
from dgs.core.organisations.models import Office
from dgs.core.regions.models import Region

LETTER = """#import "/letterhead.typ": *
#let data = json("/data.json")
#show: letter.with(data)
Memberikan izin kepada #data.applicant.name.
"""


@pytest.fixture(autouse=True)
def archive(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    settings.STORAGES = settings.STORAGES | {
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path / "files"}
        }
    }
    yield default_storage


@pytest.fixture
def office(db):
    region = Region.objects.create(code="16.07", level=2, name="Kabupaten Banyuasin", path_label="Banyuasin")
    return Office.objects.create(
        slug="dishub", kind="transport", name="Dinas Perhubungan", short_name="Dishub", region=region,
        address="Jl. Contoh No. 1", phone="(0711) 000000", email="dishub@contoh.id",
    )


@pytest.fixture
def head(db):
    return User.objects.create_user(
        username="kepala@contoh.id", name="Drs. Budi Percobaan, M.Si.", nip="197001011990011001"
    )


@pytest.fixture
def citizen(db):
    return User.objects.create_user(username="siti@contoh.id", name="Siti Contohwati")


@pytest.fixture
def issued(office, head):
    return issue(office, head)


def issue(office, head, **changes):
    signatory = Signatory(
        user=head, name=head.name, nip=head.nip, title="Kepala Dinas Perhubungan", capacity="plt"
    )
    values = {
        "about": "cases.case:1", "kind": "route-permit", "title": "Izin Trayek", "number": "551.2/0001/DISHUB/2026",
        "holder": "Siti Contohwati", "office": office, "letter": LETTER,
        "data": {"applicant": {"name": "Siti Contohwati"}}, "valid_until": None, "signatory": signatory,
        "now": timezone.now(), "by": head,
    }
    return api.issue(**(values | changes))


@pytest.fixture
def grant_all(head):
    """Head holds every permission of the room, everywhere."""
    from datetime import date

    from dgs.core.access.api import Access
    from dgs.core.access.models import Grant, Role

    role = Role.objects.create(code="uji", title="Uji", permissions=["documents.revoke", "documents.view_issued"])
    Grant.objects.create(user=head, role=role, valid_from=date(2020, 1, 1))
    return Access(head)
