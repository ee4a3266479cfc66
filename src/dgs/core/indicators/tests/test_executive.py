"""The leaders' figures: counted rightly, scoped by office, each opening its list."""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.apps import apps
from django.core.cache import cache
from django.http import QueryDict
from django.urls import reverse
from django.utils import translation

from dgs.core.access.api import Reach
from dgs.core.access.models import Grant, Role
from dgs.core.billing import api as billing
from dgs.core.cases import api as cases
from dgs.core.cases.queries import Filter
from dgs.core.indicators import queries
from dgs.core.indicators.api import public_figures

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
TODAY = date(2026, 11, 20)


@pytest.fixture(autouse=True)
def clean(monkeypatch):
    cache.clear()
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    monkeypatch.setattr(queries, "_title", lambda version_id: "")
    yield
    cache.clear()


@pytest.fixture
def world(db):
    get = apps.get_model
    region, _new = get("regions", "Region").objects.get_or_create(code="16.07", defaults={"name": "Banyuasin", "level": 2})
    user = get("accounts", "User").objects.create_user(username="pimpinan@contoh.invalid", name="Budi Percobaan")
    party = get("parties", "Party").objects.create(kind="person", name="Siti Contohwati")
    places = {}
    for slug, name in (("dishub", "Dinas Perhubungan"), ("capil", "Dinas Dukcapil")):
        office = get("organisations", "Office").objects.create(slug=slug, kind=slug, name=name, short_name=slug, region=region)
        service = get("services", "Service").objects.create(slug=f"layanan-{slug}", subsystem="civil", office=office)
        version = get("services", "ServiceVersion").objects.create(
            service=service, number=1, digest=slug, sources={}, published_at=NOW, published_by="x"
        )
        places[slug] = (office, service, version)
    count = iter(range(1, 100_000))

    def case(place="dishub", received=TODAY, closed=None, days=None, outcome="granted", due=None, **more):
        office, service, version = places[place]

        def at(day):
            return datetime(day.year, day.month, day.day, 5, tzinfo=UTC)

        values = {
            "reference": f"R{next(count)}", "version": version, "service": service, "office": office, "applicant": party,
            "channel": "online", "submitted_by": user, "data": {}, "state": "x", "state_since": NOW, "holder_role": "verifier",
            "submitted_at": at(received), "due_on": due, "title": "Siti", "closed_at": at(closed) if closed else None,
            "days_used": days, "outcome": outcome if closed else "",
        } | more
        return get("cases", "Case").objects.create(**values)

    case.user, case.party, case.places = user, party, places
    return case


def flows(days=30, within=None):
    return cases.flows(TODAY - timedelta(days=days - 1), TODAY, today=TODAY, within=within)


def test_received_closed_open_and_overdue_are_counted_by_service_and_office(world):
    world(received=TODAY - timedelta(days=40), closed=TODAY, days=3, due=TODAY)
    world(received=TODAY - timedelta(days=2), closed=TODAY, days=9, due=TODAY - timedelta(days=1))
    world(due=TODAY - timedelta(days=1))
    world(due=TODAY - timedelta(days=1), paused_since=NOW)
    world("capil", step_due_on=TODAY - timedelta(days=1), due=TODAY)
    world("capil", due=TODAY)
    found = flows()
    total = found.total
    assert (total.received, total.closed, total.open, total.overdue) == (5, 2, 4, 2)
    assert (total.decided, total.on_time, total.on_time_percent) == (2, 1, 50)
    rows = {row.key: row for row in found.by_office}
    assert (rows["dishub"].overdue, rows["capil"].overdue, rows["capil"].open) == (1, 1, 2)
    assert {row.key for row in found.by_service} == {"layanan-dishub", "layanan-capil"}
    assert rows["capil"].median is None and rows["capil"].on_time_percent is None


def test_median_and_ninetieth_percentile_are_days_that_really_occurred(world):
    for days in range(1, 11):
        world(closed=TODAY, days=days)
    world(closed=TODAY, days=500, outcome="withdrawn")
    total = flows().total
    assert (total.median, total.slowest, total.closed, total.decided) == (5, 9, 11, 10)


def test_the_days_of_a_period_are_local_days(world):
    late_evening = datetime(2026, 11, 19, 17, 30, tzinfo=UTC)
    world(submitted_at=late_evening)
    assert cases.daily(TODAY, TODAY) == [(TODAY, 1, 0)]
    assert cases.counts(TODAY - timedelta(days=1), TODAY - timedelta(days=1)) == (0, 0)


def test_another_offices_cases_are_not_in_the_figures(world):
    world(), world("capil")
    mine = flows(within=[reach(world, "capil")])
    assert mine.total.received == 1 and [row.key for row in mine.by_office] == ["capil"]
    assert flows(within=[]).total.received == flows(within=[Reach(offices=frozenset(), region=None)]).total.received == 0


def reach(world, place=None, region=None):
    return Reach(offices=frozenset({world.places[place][0].pk}) if place else None, region=region)


def test_cases_of_another_region_are_in_no_figure(world):
    get = apps.get_model("regions", "Region").objects.get_or_create
    inside, beside = (get(code=code, defaults={"name": code, "level": 3})[0] for code in ("16.07.97", "16.07.9"))
    for region in (inside, beside, None):
        world(region=region)
        world("capil", region=region, closed=TODAY, days=3)
    for within, received in (
        ([reach(world, region="16.07.97")], 2),
        ([reach(world, region="16.07")], 4),
        ([reach(world, "dishub", "16.07.97")], 1),
        ([reach(world, "dishub", "16.07.97"), reach(world, "capil", "16.07.9")], 2),
        ([reach(world, "dishub"), reach(world, "capil", "16.07.9")], 4),
        ([reach(world, "dishub")], 3),
        ([reach(world)], 6),
    ):
        assert flows(within=within).total.received == received, within
        assert cases.counts(TODAY, TODAY, within=within)[0] == received
        assert cases.daily(TODAY, TODAY, within=within)[0][1] == received
        assert sum(month.decided for month in cases.monthly(TODAY, within=within)) == flows(within=within).total.closed


def test_the_page_of_a_leader_of_a_region_counts_that_region_alone_and_no_money(world, client):
    region = apps.get_model("regions", "Region").objects.get(code="16.07")
    far, _new = apps.get_model("regions", "Region").objects.get_or_create(code="16.71", defaults={"name": "x", "level": 2})
    world(region=region), world(region=far), world()
    role, _new = Role.objects.get_or_create(
        code="executive", defaults={"title": "x", "title_en": "x", "is_staff": True, "permissions": ["indicators.view_executive"]}
    )
    grant = Grant.objects.create(user=world.user, role=role, region=region, valid_from="2020-01-01")
    client.force_login(world.user)
    page = client.get(reverse("indicators:executive"))
    assert (page.context["total"].received, page.context["total"].open) == (1, 1)
    assert page.context["revenue"] == 0
    Grant.objects.filter(pk=grant.pk).update(region=None)
    assert client.get(reverse("indicators:executive")).context["total"].received == 3


def test_public_figures_give_twelve_months_and_none_while_nothing_was_decided(world):
    assert public_figures(NOW).median is None
    cache.clear()
    world(received=date(2026, 9, 1), closed=date(2026, 9, 10), days=7, due=date(2026, 9, 9))
    for days in (2, 4, 6):
        world(closed=TODAY, days=days, due=TODAY)
    found = public_figures(NOW)
    assert (found.done, found.median, found.on_time, found.month) == (3, 4, 100, date(2026, 11, 1))
    assert len(found.done_line) == 12 and found.done_line[-3:] == [1, 0, 3]
    assert found.on_time_line[-3:] == [0, None, 100]


def test_public_figures_are_counted_once_in_five_minutes(world, django_assert_num_queries):
    public_figures(NOW)
    with django_assert_num_queries(0):
        public_figures(NOW)


@pytest.mark.parametrize(
    ("code", "first", "before"),
    [
        ("7", date(2026, 11, 14), (date(2026, 11, 7), date(2026, 11, 13))),
        ("tahun", date(2026, 1, 1), (date(2025, 1, 1), date(2025, 11, 20))),
        ("'; DROP", date(2026, 10, 22), (date(2026, 9, 22), date(2026, 10, 21))),
    ],
)
def test_a_period_compares_with_the_one_before(code, first, before):
    span = queries.period(code, TODAY)
    assert (span.first, (span.before.first, span.before.last)) == (first, before)


def test_long_periods_are_drawn_by_week_and_lose_nothing():
    rows = [(date(2026, 1, 1) + timedelta(days=n), 1, Decimal(2)) for n in range(200)]
    weeks = queries.by_week_if_long(rows)
    assert len(weeks) < 31 and sum(week[1] for week in weeks) == 200 and weeks[0][0] == date(2025, 12, 29)
    assert queries.by_week_if_long(rows[:30]) == rows[:30]


def test_the_headline_names_the_office_where_most_are_late(world):
    for _n in range(3):
        world(due=date(2026, 11, 1))
    world("capil", due=date(2026, 11, 1))
    found = flows()
    with translation.override("id"):
        assert queries.headline(found.total, found.by_office) == (
            "4 permohonan terlambat, 3 di antaranya di Dinas Perhubungan."
        )


@pytest.fixture
def leader(client, world):
    role, _new = Role.objects.update_or_create(
        code="executive", defaults={"title": "Pimpinan", "permissions": ["indicators.view_executive"], "is_staff": True}
    )
    Grant.objects.create(user=world.user, role=role, valid_from=date(2026, 1, 1))
    client.force_login(world.user)
    client.role = role
    return client


def test_the_page_shows_figures_money_and_tables(leader, world, django_assert_max_num_queries):
    office = world.places["dishub"][0]
    world(closed=TODAY, days=3, due=TODAY), world(due=date(2026, 11, 1))
    bill = billing.issue_bill(
        about="tests.thing:1", payer=world.party, office=office, title="Izin", due_on=TODAY, now=NOW,
        lines=[{"account": "4.1.02.03.03.0001", "description": "x", "quantity": 1, "unit": 750_000, "amount": 750_000}],
    )
    billing.load_bank_accounts("banyuasin")
    billing.take_statement(billing.simulate_transfer(bill, NOW).data, file_name="a", account=None, by=None, now=NOW)
    with django_assert_max_num_queries(20):
        answer = leader.get(reverse("indicators:executive"), {"periode": "tahun"})
    text = answer.content.decode()
    assert answer.status_code == 200
    assert "1 permohonan terlambat, semuanya di Dinas Perhubungan." in text
    assert "Rp\u00a0750.000" in text and "Dinas Perhubungan" in text and "3 hari kerja" in text
    assert "?box=" not in text


def test_each_figure_opens_the_list_behind_it_for_who_may_see_the_desk(leader, world):
    desk = reverse("cases:desk")
    leader.role.permissions = ["indicators.view_executive", "cases.view_desk"]
    leader.role.save()
    world(due=date(2026, 11, 1))
    text = leader.get(reverse("indicators:executive"), {"periode": "7"}).content.decode()
    assert f"{desk}?box=overdue&amp;office=dishub" in text
    assert f"{desk}?box=all&amp;since=2026-11-14&amp;until=2026-11-20" in text
    for query in re.findall(re.escape(desk) + r"\?([^\"]+)", text):
        asked = QueryDict(query.replace("&amp;", "&"))
        understood = Filter.from_query(asked)
        assert (understood.box, understood.office, understood.service) == (
            asked["box"], asked.get("office", ""), asked.get("service", "")
        )


def test_who_does_not_lead_may_not_enter(client, world):
    client.force_login(world.user)
    assert client.get(reverse("indicators:executive")).status_code == 403


@pytest.mark.parametrize("rows", [5, 50])
def test_the_page_asks_the_database_equally_often_for_any_number_of_cases(leader, world, assert_queries, rows):
    for number in range(rows):
        world(("dishub", "capil")[number % 2], closed=TODAY, days=number)
    with assert_queries("indicators:executive", rows):
        assert leader.get(reverse("indicators:executive")).status_code == 200
