"""Tests of the pages of positions."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from dgs.core.access import api as access
from dgs.core.accounts import api as accounts
from dgs.core.organisations import api
from dgs.core.organisations.models import Appointment, Office, Position
from dgs.core.regions.models import Region

pytestmark = pytest.mark.django_db
NOW = timezone.now()
TODAY = timezone.localdate(NOW)


@pytest.fixture
def positions():
    region = Region.objects.create(code="16.07", level=2, name="Banyuasin", path_label="Banyuasin", sort_name="banyuasin")
    found = {}
    for slug in ("dishub", "dukcapil"):
        office = Office.objects.create(slug=slug, kind=slug, name=f"Dinas {slug}", short_name=slug, region=region)
        found[slug] = Position.objects.create(office=office, title=f"Kepala {slug}", is_signatory=True)
    return found


def person(name, email):
    return accounts.create_user(name=name, email=email, now=NOW)


@pytest.fixture
def admin(positions):
    access.load_roles()
    admin = person("Admi Nistrawan", "admi@dgs.example")
    access.grant(user=admin, role="administrator", office=positions["dishub"].office, by=None, now=NOW)
    return admin


@pytest.fixture
def head(admin, positions):
    head = person("Laju Jalanwan", "laju@dgs.example")
    access.grant(user=head, role="head", office=positions["dishub"].office, by=None, now=NOW)
    return head


@pytest.fixture
def desk(admin):
    browser = Client()
    browser.force_login(admin)
    return browser


def appoint(desk, position, **more):
    data = {"login": "laju@dgs.example", "capacity": "definitive", "valid_from": TODAY.isoformat(), "valid_to": "",
            "letter_number": "800/1/CONTOH", **more}
    return desk.post(f"/jabatan/{position.pk}", data)


def test_a_head_is_appointed_and_signs(desk, head, positions):
    assert "belum ada" in desk.get("/jabatan").content.decode()
    assert appoint(desk, positions["dishub"]).status_code == 302
    assert api.signatory_of(positions["dishub"].office, TODAY).user == head
    assert "Laju Jalanwan" in desk.get("/jabatan").content.decode()
    assert "800/1/CONTOH" in desk.get(f"/jabatan/{positions['dishub'].pk}").content.decode()


@pytest.mark.parametrize(
    "more",
    [{"login": "nobody@dgs.example"}, {"login": ""}, {"capacity": "king"}, {"capacity": "plh"}, {"valid_from": "x"},
     {"valid_to": "2000-01-01"}, {"letter_number": ""}, {"login": "admi@dgs.example"}],
)
def test_what_cannot_stand_is_said_in_words_and_appoints_nobody(desk, head, positions, more):
    answer = appoint(desk, positions["dishub"], **more)
    assert answer.status_code == 422
    assert answer.context["form"].errors
    assert not Appointment.objects.exists()


def test_a_citizen_cannot_be_appointed(desk, head, positions):
    person("Siti Contohwati", "siti@dgs.example")
    assert appoint(desk, positions["dishub"], login="siti@dgs.example").status_code == 422
    assert not Appointment.objects.exists()


def test_a_second_head_is_refused_in_words(desk, head, positions):
    appoint(desk, positions["dishub"])
    answer = appoint(desk, positions["dishub"])
    assert answer.status_code == 422
    assert "Laju Jalanwan" in str(answer.context["form"].errors)


def test_an_appointment_ends_today(desk, head, positions):
    appoint(desk, positions["dishub"])
    made = Appointment.objects.get()
    address = f"/jabatan/{positions['dishub'].pk}/{made.pk}/akhiri"
    assert desk.get(address).status_code == 302
    made.refresh_from_db()
    assert made.valid_to is None
    assert desk.post(address).status_code == 302
    with pytest.raises(api.NoSignatory):
        api.signatory_of(positions["dishub"].office, TODAY + timedelta(days=1))


def test_positions_of_other_offices_are_not_found(desk, head, positions):
    other = positions["dukcapil"]
    made = api.appoint(position=other, user=head, valid_from=TODAY, by=None, now=NOW)
    assert "Kepala dukcapil" not in desk.get("/jabatan").content.decode()
    assert desk.get(f"/jabatan/{other.pk}").status_code == 404
    assert appoint(desk, other).status_code == 404
    assert desk.post(f"/jabatan/{other.pk}/{made.pk}/akhiri").status_code == 404
    assert desk.post(f"/jabatan/{positions['dishub'].pk}/{made.pk}/akhiri").status_code == 404
    made.refresh_from_db()
    assert made.valid_to is None


def test_who_may_not_appoint_is_refused(head, positions):
    browser = Client()
    browser.force_login(head)
    assert browser.get("/jabatan").status_code == 403
    assert appoint(browser, positions["dishub"]).status_code == 403


def test_nobody_appoints_themselves(admin, positions):
    with pytest.raises(api.SelfAppointment):
        api.appoint(position=positions["dishub"], user=admin, valid_from=TODAY, by=admin, now=NOW)
    assert not Appointment.objects.exists()


def test_the_list_costs_the_same_for_many_offices(desk, head, positions, assert_queries):
    region = positions["dishub"].office.region
    for number in range(20):
        office = Office.objects.create(slug=f"x{number}", kind="x", name=f"X {number}", short_name=f"x{number}",
                                       region=region, parent=positions["dishub"].office)
        Position.objects.create(office=office, title=f"Kepala X {number}", is_signatory=True)
    with assert_queries("organisations:positions", 20):
        assert "Kepala X 19" in desk.get("/jabatan").content.decode()
