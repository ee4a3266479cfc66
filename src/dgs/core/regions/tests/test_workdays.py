"""The working calendar: which days are worked, counting them, and that no process counts by an old calendar."""

import threading
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from dgs.core.audit.models import AuditRow
from dgs.core.regions import actions, api, workdays
from dgs.core.regions.models import Holiday, ReferenceData, Region
from dgs.kernel.errors import InvalidInput

NOW = datetime(2026, 11, 23, 2, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def fresh():
    """What other tests remembered does not count here."""
    workdays.forget()
    yield
    workdays.forget()


@pytest.fixture
def calendar(regions):
    """The home region; every region and the national holidays are there."""
    return api.home_region()


@pytest.mark.parametrize("day, worked", [
    ("2026-11-23", True), ("2026-11-21", False), ("2026-11-22", False), ("2026-12-24", False), ("2026-12-25", False),
    ("2026-12-28", True), ("2026-03-17", True), ("2026-03-18", False), ("2026-03-25", True), ("2028-01-03", True),
])
def test_weekends_holidays_and_collective_leave_are_not_worked(calendar, day, worked):
    assert api.is_working_day(date.fromisoformat(day)) is worked


@pytest.mark.parametrize("start, n, end", [
    ("2026-11-20", 0, "2026-11-20"), ("2026-11-20", 1, "2026-11-23"), ("2026-11-21", 1, "2026-11-23"),
    ("2026-12-23", 1, "2026-12-28"), ("2026-12-23", 5, "2027-01-04"), ("2026-03-17", 1, "2026-03-25"),
])
def test_the_nth_working_day_comes_after_the_start(calendar, start, n, end):
    assert api.add_working_days(date.fromisoformat(start), n) == date.fromisoformat(end)


@pytest.mark.parametrize("start, end, count", [
    ("2026-11-20", "2026-11-20", 0), ("2026-11-20", "2026-11-23", 1), ("2026-11-23", "2026-11-20", 0),
    ("2026-12-23", "2026-12-28", 1), ("2026-03-17", "2026-03-25", 1), ("2026-11-16", "2026-11-20", 4),
    ("2025-12-31", "2026-12-31", 261 - 21),
])
def test_working_days_between_count_the_end_and_not_the_start(calendar, start, end, count):
    assert api.working_days_between(date.fromisoformat(start), date.fromisoformat(end)) == count


def test_counting_and_adding_agree_day_by_day_over_three_years(calendar):
    start = date(2025, 1, 1)
    counted = 0
    for step in range(1, 1095):
        day = start + timedelta(days=step)
        counted += api.is_working_day(day)
        assert api.working_days_between(start, day) == counted
    assert api.add_working_days(start, counted) <= day


@given(st.dates(date(1, 1, 1), date(2200, 1, 1)), st.integers(0, 800))
def test_weekdays_are_counted_by_the_formula_as_one_by_one(start, length):
    end = start.toordinal() + length
    one_by_one = sum(date.fromordinal(day).weekday() < 5 for day in range(start.toordinal() + 1, end + 1))
    assert workdays._weekdays(end) - workdays._weekdays(start.toordinal()) == one_by_one


@pytest.mark.parametrize("n", [-1, 10_001])
def test_absurd_numbers_of_days_are_refused(calendar, n):
    with pytest.raises(ValueError, match="working days"):
        api.add_working_days(date(2026, 1, 1), n)


def test_questions_after_the_first_cost_no_query(calendar, django_assert_num_queries):
    workdays.forget()
    with django_assert_num_queries(2):
        api.is_working_day(date(2026, 11, 23))
    with django_assert_num_queries(0):
        api.add_working_days(date(2026, 11, 23), 50)
        api.working_days_between(date(2026, 1, 1), date(2026, 11, 23))


def test_after_the_time_of_trust_one_query_asks_whether_anything_changed(calendar, monkeypatch,
                                                                        django_assert_num_queries):
    api.is_working_day(date(2026, 11, 23))
    monkeypatch.setattr(workdays, "CHECK_EVERY", 0)
    with django_assert_num_queries(1):
        api.is_working_day(date(2026, 11, 23))


def test_a_local_holiday_counts_at_once_and_is_on_the_record(calendar):
    day = date(2026, 4, 10)
    assert api.is_working_day(day)
    holiday = api.add_local_holiday(on=day, name="Hari Jadi Kabupaten", source="SK Bupati 1/2026", region=calendar,
                                    by=None, now=NOW)
    assert not api.is_working_day(day)
    assert AuditRow.objects.get().facts["on"] == "2026-04-10"
    api.remove_local_holiday(holiday=holiday, by=None, now=NOW)
    assert api.is_working_day(day)
    assert [row.action for row in AuditRow.objects.order_by("id")] == ["regions.holiday_added",
                                                                       "regions.holiday_removed"]


def test_removing_twice_is_done_once(calendar):
    holiday = api.add_local_holiday(on=date(2026, 4, 10), name="Hari Jadi", source="SK 1", region=calendar, by=None,
                                    now=NOW)
    api.remove_local_holiday(holiday=holiday, by=None, now=NOW)
    api.remove_local_holiday(holiday=Holiday(pk=holiday.pk), by=None, now=NOW)
    assert AuditRow.objects.count() == 2


def test_a_change_in_another_process_is_seen_after_the_time_of_trust(transactional_db, monkeypatch):
    api.load_regions(only=("16.07.01",))
    day = date(2026, 4, 10)
    assert api.is_working_day(day)

    def elsewhere():
        # Another process has its own memory: this one's is kept as it was.
        monkeypatch.setattr(workdays, "forget", lambda: None)
        try:
            api.add_local_holiday(on=day, name="Hari Jadi", source="SK 1", region=api.home_region(), by=None, now=NOW)
        finally:
            connection.close()

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert api.is_working_day(day)
    monkeypatch.setattr(workdays, "CHECK_EVERY", 0)
    assert not api.is_working_day(day)


def test_holidays_of_the_province_count_and_those_of_a_neighbour_do_not(calendar):
    neighbour = Region.objects.get(code="16.71")
    for region, day in ((calendar.parent, 10), (neighbour, 13)):
        Holiday.objects.create(region=region, on=date(2026, 4, day), name="x", kind="local", source="x")
    workdays.forget()
    assert not api.is_working_day(date(2026, 4, 10)) and api.is_working_day(date(2026, 4, 13))


def test_a_day_is_a_local_holiday_once(calendar):
    for turn in range(2):
        if turn:
            with pytest.raises(actions.HolidayThere, match="Hari Jadi"):
                api.add_local_holiday(on=date(2026, 4, 10), name="Lain", source="SK 1", region=calendar, by=None, now=NOW)
        else:
            api.add_local_holiday(on=date(2026, 4, 10), name="Hari Jadi", source="SK 1", region=calendar, by=None,
                                  now=NOW)
    assert Holiday.objects.filter(kind="local").count() == 1 and AuditRow.objects.count() == 1


@pytest.mark.parametrize("given, field", [
    ({"name": ""}, "name"), ({"name": "x" * 121}, "name"), ({"source": "  "}, "source"), ({"name": "Hari\u202e"}, "name"),
    ({"on": date(1899, 1, 1)}, "on"), ({"on": date(2101, 1, 1)}, "on"),
])
def test_a_local_holiday_without_name_source_or_sense_is_refused(calendar, given, field):
    with pytest.raises(InvalidInput) as refusal:
        api.add_local_holiday(**{"on": date(2026, 4, 10), "name": "Hari Jadi", "source": "SK 1", "region": calendar,
                                 "by": None, "now": NOW, **given})
    assert set(refusal.value.errors) == {field}
    assert not Holiday.objects.filter(kind="local").exists() and not AuditRow.objects.exists()


def test_national_holidays_cannot_be_removed(calendar):
    national = Holiday.objects.get(on=date(2026, 12, 25))
    with pytest.raises(actions.HolidayNotLocal):
        api.remove_local_holiday(holiday=national, by=None, now=NOW)
    assert Holiday.objects.filter(pk=national.pk).exists() and not AuditRow.objects.exists()


def test_years_without_holidays_are_named(calendar):
    assert api.years_without_holidays(date(2026, 11, 23)) == []
    assert api.years_without_holidays(date(2027, 2, 1)) == [2028]
    Holiday.objects.all().delete()
    assert api.years_without_holidays(date(2026, 11, 23)) == [2026, 2027]


@pytest.mark.parametrize("name, code", [("banyuasin", "16.07"), ("medan", "12.71"), ("banten", "36"), ("16.71", "16.71")])
def test_the_home_region_is_named_or_given_by_code(db, settings, name, code):
    settings.REGION = name
    region = Region.objects.create(code=code, level=1, name="x", path_label="x", sort_name="x")
    assert api.home_region() == region


def test_without_regions_the_home_region_says_what_to_do(db):
    with pytest.raises(ImproperlyConfigured, match="load the regions"):
        api.home_region()


def test_without_regions_and_holidays_weekends_still_count(db):
    assert api.is_working_day(date(2026, 12, 25)) and not api.is_working_day(date(2026, 12, 26))
    assert not ReferenceData.objects.exists()
