"""Tests of appointments and of who signs for an office on a day."""

from datetime import date

import pytest
from django.utils import timezone

from dgs.core.accounts import api as accounts
from dgs.core.audit.models import AuditRow
from dgs.core.organisations import api
from dgs.core.organisations.models import Appointment, Office, Position
from dgs.core.regions.models import Region

pytestmark = pytest.mark.django_db
NOW = timezone.now()


@pytest.fixture
def office():
    region = Region.objects.create(code="16.07", level=2, name="Banyuasin", path_label="Banyuasin")
    return Office.objects.create(slug="dishub", kind="transport", name="Dinas Perhubungan", short_name="Dishub",
                                 region=region)


@pytest.fixture
def head(office):
    return Position.objects.create(office=office, title="Kepala Dinas Perhubungan", is_signatory=True)


def person(name):
    return accounts.create_user(name=name, email=f"{name.split()[0].lower()}@dgs.example", nip="198001012005011901",
                                now=NOW)


def appoint(position, user, start, end=None, capacity="definitive"):
    return api.appoint(position=position, user=user, valid_from=start, valid_to=end, capacity=capacity, by=None,
                       now=NOW)


def test_the_definitive_holder_signs_within_the_dates(office, head):
    user = person("Laju Jalanwan")
    appoint(head, user, date(2026, 1, 1), date(2026, 12, 31))
    signs = api.signatory_of(office, date(2026, 12, 31))
    assert (signs.user, signs.name, signs.nip) == (user, "Laju Jalanwan", "198001012005011901")
    assert (signs.title, signs.capacity, signs.full_title) == (
        "Kepala Dinas Perhubungan", "definitive", "Kepala Dinas Perhubungan"
    )


@pytest.mark.parametrize("on", [date(2025, 12, 31), date(2027, 1, 1)])
def test_nobody_signs_outside_the_dates(office, head, on):
    appoint(head, person("Laju Jalanwan"), date(2026, 1, 1), date(2026, 12, 31))
    with pytest.raises(api.NoSignatory) as refused:
        api.signatory_of(office, on)
    assert "Dinas Perhubungan" in str(refused.value)


def test_an_acting_head_signs_while_there_is_no_definitive_one(office, head):
    acting = person("Ganti Sementara")
    appoint(head, acting, date(2026, 1, 1), capacity="plt")
    assert api.signatory_of(office, date(2026, 5, 5)).full_title == "Plt. Kepala Dinas Perhubungan"
    definitive = person("Laju Jalanwan")
    appoint(head, definitive, date(2026, 6, 1))
    assert api.signatory_of(office, date(2026, 5, 5)).user == acting
    assert api.signatory_of(office, date(2026, 6, 1)).user == definitive


def test_a_substitute_goes_before_the_head_on_its_days_only(office, head):
    definitive, substitute = person("Laju Jalanwan"), person("Harian Pelaksana")
    appoint(head, definitive, date(2026, 1, 1))
    appoint(head, substitute, date(2026, 11, 2), date(2026, 11, 6), capacity="plh")
    assert api.signatory_of(office, date(2026, 11, 1)).user == definitive
    assert api.signatory_of(office, date(2026, 11, 2)).user == substitute
    assert api.signatory_of(office, date(2026, 11, 6)).full_title == "Plh. Kepala Dinas Perhubungan"
    assert api.signatory_of(office, date(2026, 11, 7)).user == definitive


def test_who_holds_a_position_that_does_not_sign_never_signs(office):
    secretary = Position.objects.create(office=office, title="Sekretaris Dinas Perhubungan")
    appoint(secretary, person("Sekre Tariswati"), date(2026, 1, 1))
    with pytest.raises(api.NoSignatory):
        api.signatory_of(office, date(2026, 5, 5))


def test_a_closed_account_does_not_sign(office, head):
    user = person("Laju Jalanwan")
    appoint(head, user, date(2026, 1, 1))
    accounts.close_account(user=user, by=None, now=NOW)
    with pytest.raises(api.NoSignatory):
        api.signatory_of(office, date(2026, 5, 5))


def test_finding_the_signatory_costs_one_query(office, head, django_assert_num_queries):
    appoint(head, person("Laju Jalanwan"), date(2026, 1, 1))
    with django_assert_num_queries(1):
        api.signatory_of(office, date(2026, 5, 5))


def test_an_appointment_is_audited(office, head):
    made = appoint(head, person("Laju Jalanwan"), date(2026, 1, 1))
    row = AuditRow.objects.get(action="organisations.appoint")
    assert row.subject == f"organisations.appointment:{made.pk}"
    assert row.office == "dishub"


@pytest.mark.parametrize(
    ("start", "end"),
    [(date(2026, 6, 1), None), (date(2025, 1, 1), date(2026, 1, 1)), (date(2025, 1, 1), None)],
)
def test_two_definitive_heads_on_one_day_are_refused(office, head, start, end):
    appoint(head, person("Laju Jalanwan"), date(2026, 1, 1), date(2026, 12, 31))
    with pytest.raises(api.AppointmentOverlaps) as refused:
        appoint(head, person("Kedua Kalinya"), start, end)
    assert "Laju Jalanwan" in str(refused.value)
    assert Appointment.objects.count() == 1


def test_a_head_after_the_head_is_accepted(office, head):
    appoint(head, person("Laju Jalanwan"), date(2026, 1, 1), date(2026, 6, 30))
    appoint(head, person("Kedua Kalinya"), date(2026, 7, 1))
    assert api.signatory_of(office, date(2026, 7, 1)).name == "Kedua Kalinya"


def test_a_substitute_without_a_last_day_is_refused(office, head):
    with pytest.raises(api.AppointmentDates):
        appoint(head, person("Harian Pelaksana"), date(2026, 1, 1), capacity="plh")
    assert not Appointment.objects.exists()


def test_a_last_day_before_the_first_is_refused(office, head):
    with pytest.raises(api.AppointmentDates):
        appoint(head, person("Laju Jalanwan"), date(2026, 1, 2), date(2026, 1, 1))
    assert not Appointment.objects.exists()


def test_an_appointment_can_be_ended(office, head):
    made = appoint(head, person("Laju Jalanwan"), date(2026, 1, 1))
    api.end_appointment(appointment=made, last_day=date(2026, 6, 30), by=None, now=NOW)
    with pytest.raises(api.NoSignatory):
        api.signatory_of(office, date(2026, 7, 1))


def test_ending_before_the_first_day_is_refused(office, head):
    made = appoint(head, person("Laju Jalanwan"), date(2026, 1, 1))
    with pytest.raises(api.AppointmentDates):
        api.end_appointment(appointment=made, last_day=date(2025, 6, 30), by=None, now=NOW)
    made.refresh_from_db()
    assert made.valid_to is None


def test_an_appointment_that_has_ended_is_not_drawn_out(office, head):
    made = appoint(head, person("Laju Jalanwan"), date(2026, 1, 1), date(2026, 6, 30))
    appoint(head, person("Kedua Kalinya"), date(2026, 7, 1))
    with pytest.raises(api.AppointmentEnded):
        api.end_appointment(appointment=made, last_day=date(2026, 9, 1), by=None, now=NOW)
    made.refresh_from_db()
    assert made.valid_to == date(2026, 6, 30)
    assert api.end_appointment(appointment=made, last_day=date(2026, 5, 31), by=None, now=NOW).valid_to == date(2026, 5, 31)
