"""The look-up of regions over HTTP, and the page of the working calendar."""

from datetime import date

import pytest
from django.apps import apps
from django.contrib.auth import get_user_model

from dgs.core.audit.models import AuditRow
from dgs.core.regions import workdays
from dgs.core.regions.models import Holiday
from dgs.core.regions.permissions import Permission

JSON = {"headers": {"accept": "application/json"}}


@pytest.fixture(autouse=True)
def fresh():
    """What other tests remembered does not count here."""
    workdays.forget()
    yield
    workdays.forget()


def results(client, query):
    response = client.get(f"/wilayah/cari?{query}", **JSON)
    assert response.status_code == 200
    return response.json()["results"]


def test_what_is_typed_finds_at_most_twelve_regions_as_json(client, regions):
    found = results(client, "q=suka&level=4")
    assert len(found) == 12 and set(found[0]) == {"code", "name", "label", "level"}


def test_the_level_may_be_a_number_or_a_name_and_within_a_code(client, regions):
    assert results(client, "q=talang+kel&level=district&within=16.07")[0]["code"] == "16.07.10"
    assert results(client, "q=talang+kel&level=3&within=16.07") == results(
        client, "q=talang+kel&level=district&within=16.07")


def test_without_asking_for_json_list_items_come(client, regions):
    response = client.get("/wilayah/cari?q=talang+kelapa&field=birth_region")
    text = response.content.decode()
    assert text.count("<li") == 12 and 'id="birth_region-option-0"' in text and 'data-code="16.07.10"' in text
    assert "<html" not in text


def test_nothing_found_is_said(client, regions):
    assert "<li" in client.get("/wilayah/cari?q=xyzzyx").content.decode()
    assert results(client, "q=xyzzyx") == []


@pytest.mark.parametrize("query", [
    "", "q=", "q=%00", "q=" + "a" * 3000, "q=suka&level=9", "q=suka&level=x", "q=suka&within=';DROP", "q=suka&within=%",
    "q=suka&field=%22%3E%3Cscript%3E", "q=%F0%9F%A6%9C", "q=suka&within=" + "1" * 50,
])
def test_nonsense_is_answered_calmly(client, regions, query):
    response = client.get(f"/wilayah/cari?{query}")
    assert response.status_code == 200 and b"<script" not in response.content


def test_the_look_up_needs_no_account_and_may_be_kept_for_minutes(client, regions, django_assert_max_num_queries):
    with django_assert_max_num_queries(3):
        response = client.get("/wilayah/cari?q=banyuasin", **JSON)
    assert "max-age=300" in response["Cache-Control"] and "Accept" in response["Vary"]
    assert client.post("/wilayah/cari").status_code == 405


# The calendar


def sign_in(client, *permissions):
    """Sign somebody in who holds these permissions everywhere."""
    user = get_user_model().objects.create_user(username=f"u{len(permissions)}@dgs.example", name="Dewi Percobaan")
    role = apps.get_model("access", "Role").objects.create(code="tester", title="x", permissions=list(permissions))
    apps.get_model("access", "Grant").objects.create(user=user, role=role, valid_from=date(2020, 1, 1))
    client.force_login(user)
    return client


@pytest.fixture
def administrator(client, regions):
    """A browser in which an administrator is signed in."""
    return sign_in(client, Permission.CHANGE_CALENDAR)


def test_who_is_not_signed_in_is_asked_to(client, regions):
    assert client.get("/kalender").status_code == 302


def test_any_staff_reads_the_calendar_and_only_administrators_see_how_to_change_it(client, regions):
    sign_in(client)
    response = client.get("/kalender?year=2026")
    assert response.status_code == 200 and not response.context["may_change"]
    assert b"/kalender/tambah" not in response.content
    assert response.context["worked"] == 240 and len(response.context["months"]) == 12


def test_a_month_names_its_holidays(administrator):
    response = administrator.get("/kalender?year=2026&month=12")
    month, = response.context["months"]
    assert month.worked == 21 and len(month.weeks) == 5
    assert "Hari Raya Natal" in response.content.decode()


def test_a_local_holiday_is_added_and_removed_again(administrator):
    response = administrator.post("/kalender/tambah", {"on": "2026-04-10", "name": "Hari Jadi", "source": "SK Bupati 1"})
    assert response.status_code == 302 and response["Location"] == "/kalender?year=2026"
    holiday = Holiday.objects.get(kind="local")
    assert (holiday.region.code, holiday.on) == ("16.07", date(2026, 4, 10))
    assert not workdays.is_working_day(date(2026, 4, 10))
    assert administrator.post(f"/kalender/hapus/{holiday.pk}").status_code == 302
    assert workdays.is_working_day(date(2026, 4, 10))
    acts = AuditRow.objects.filter(subject=f"regions.holiday:{holiday.pk}").order_by("id")
    assert [row.action for row in acts] == ["regions.holiday_added", "regions.holiday_removed"]
    assert all(row.actor for row in acts)


@pytest.mark.parametrize("form, field", [
    ({"on": ""}, "on"), ({"on": "31-02-2026"}, "on"), ({"on": "2199-01-01"}, "on"), ({"name": ""}, "name"),
    ({"name": "x" * 500}, "name"), ({"source": ""}, "source"), ({"name": "Hari\u202eJadi"}, "name"),
])
def test_a_holiday_written_wrongly_comes_back_with_what_was_written(administrator, form, field):
    given = {"on": "2026-04-10", "name": "Hari Jadi", "source": "SK Bupati 1", **form}
    response = administrator.post("/kalender/tambah", given)
    assert response.status_code == 422 and field in response.context["form"].errors
    assert not Holiday.objects.filter(kind="local").exists()


def test_a_day_that_is_local_already_is_refused_in_words(administrator):
    for status in (302, 409):
        response = administrator.post("/kalender/tambah", {"on": "2026-04-10", "name": "Hari Jadi", "source": "SK 1"})
        assert response.status_code == status
    assert Holiday.objects.filter(kind="local").count() == 1


def test_who_may_not_change_the_calendar_is_refused(client, regions):
    sign_in(client)
    assert client.post("/kalender/tambah", {"on": "2026-04-10", "name": "Hari Jadi", "source": "SK"}).status_code == 403
    assert client.post("/kalender/hapus/1").status_code == 403
    assert not Holiday.objects.filter(kind="local").exists()


def test_national_holidays_cannot_be_removed_and_unknown_ones_are_not_found(administrator):
    christmas = Holiday.objects.get(on=date(2026, 12, 25))
    assert administrator.post(f"/kalender/hapus/{christmas.pk}").status_code == 409
    assert administrator.post("/kalender/hapus/999999999").status_code == 404
    assert Holiday.objects.filter(pk=christmas.pk).exists()


def test_a_year_without_holidays_warns(administrator):
    response = administrator.get("/kalender?year=2031")
    assert response.context["has_none"] and response.context["worked"] == 261


def test_a_year_without_its_decree_warns(administrator):
    assert administrator.get("/kalender?year=2027").context["is_unverified"]
    assert not administrator.get("/kalender?year=2026").context["is_unverified"]


@pytest.mark.parametrize("query", ["year=0", "year=abc", "year=99999", "month=13", "month=-1", "year=2000", "year=2100"])
def test_nonsense_in_the_address_shows_a_calendar(administrator, query):
    assert administrator.get(f"/kalender?{query}").status_code == 200


def test_the_page_costs_a_fixed_number_of_queries(administrator, django_assert_num_queries):
    administrator.get("/kalender")
    with django_assert_num_queries(5):
        administrator.get("/kalender?year=2026")
