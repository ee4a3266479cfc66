"""Tests of giving and ending roles, and of what they let a person reach."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from dgs.core.access import api
from dgs.core.access.models import Grant, Role
from dgs.core.accounts import api as accounts
from dgs.core.audit.models import AuditRow
from dgs.core.regions.models import Region

pytestmark = pytest.mark.django_db
NOW = timezone.now()
TODAY = timezone.localdate(NOW)


def give(user, role, office=None, **more):
    return api.grant(user=user, role=role, office=office, by=more.pop("by", None), now=NOW, **more)


def test_loading_the_roles_twice_changes_nothing(roles):
    before = list(Role.objects.order_by("code").values())
    assert api.load_roles() == len(before) == 12
    assert list(Role.objects.order_by("code").values()) == before


def test_a_role_reaches_its_office_and_those_below_it_only(roles, offices, user):
    give(user, "verifier", offices["dishub"])
    access = api.Access(user)
    assert access.offices("cases.act") == {offices["dishub"].pk, offices["terminal"].pk}
    assert access.offices_as("verifier") == {offices["dishub"].pk, offices["terminal"].pk}
    assert access.allows("cases.act", offices["terminal"].pk)
    assert not access.allows("cases.act", offices["dukcapil"].pk)
    assert not access.allows("cases.act", offices["pemerintah"].pk)
    assert access.allows("cases.act")
    assert not access.allows("billing.view_desk")


def test_a_role_without_office_reaches_all(roles, offices, user):
    give(user, "auditor")
    assert api.Access(user).offices("audit.view_log") is None
    assert api.Access(user).allows("audit.view_log", offices["dukcapil"].pk)


def test_all_answers_of_a_request_cost_one_query(roles, offices, user, django_assert_num_queries):
    give(user, "verifier", offices["dishub"])
    give(user, "treasurer", offices["dukcapil"])
    access = api.Access(user)
    with django_assert_num_queries(1):
        assert access.is_staff
        assert access.roles == {"citizen", "verifier", "treasurer"}
        access.allows("cases.act", offices["dishub"].pk)
        access.offices("billing.view_desk")
        access.reaches("cases.act")


def test_somebody_who_has_not_signed_in_may_nothing_and_costs_no_query(django_assert_num_queries):
    access = api.Access(AnonymousUser())
    with django_assert_num_queries(0):
        assert access.roles == set()
        assert not access.is_staff
        assert access.offices("cases.act") == set()


def test_who_has_signed_in_is_a_citizen_without_a_grant(user):
    access = api.Access(user)
    assert access.roles == {"citizen"}
    assert not access.is_staff


def test_a_closed_account_may_nothing(roles, offices, user):
    give(user, "verifier", offices["dishub"])
    closed = accounts.close_account(user=user, by=None, now=NOW)
    assert api.Access(closed).offices("cases.act") == set()
    assert not api.holders_of("verifier", offices["dishub"]).exists()


@pytest.mark.parametrize(
    ("start", "end", "holds"),
    [(0, None, True), (0, 0, True), (-5, 3, True), (1, None, False), (-5, -1, False)],
)
def test_a_role_counts_on_its_days_only(roles, offices, user, start, end, holds):
    give(user, "verifier", offices["dishub"], valid_from=TODAY + timedelta(days=start),
         valid_to=None if end is None else TODAY + timedelta(days=end))
    assert api.Access(user).allows("cases.act") is holds
    assert api.holders_of("verifier", offices["dishub"]).exists() is holds


def test_regions_limit_a_role(roles, offices, user, region):
    give(user, "verifier", offices["dishub"], region=region)
    access = api.Access(user)
    assert {reach.region for reach in access.reaches("cases.act")} == {"16.07"}
    assert access.reaches("billing.view_desk") == []
    assert access.allows_at("cases.act", office_id=offices["dishub"].pk, region_code="16.07.10")
    assert not access.allows_at("cases.act", office_id=offices["dishub"].pk, region_code="16.071")
    assert not access.allows_at("cases.act", office_id=offices["dishub"].pk, region_code=None)


def test_two_limited_roles_do_not_add_up_to_a_wider_one(roles, offices, user, region):
    other = Region.objects.create(code="12.71", level=2, name="Medan", path_label="Medan")
    give(user, "verifier", offices["dishub"], region=region)
    give(user, "verifier", offices["dukcapil"], region=other)
    assert not api.Access(user).allows_at("cases.act", office_id=offices["dishub"].pk, region_code="12.71")


def test_holders_are_found_by_roles_given_above_the_office(roles, offices, user):
    give(user, "head", offices["pemerintah"])
    assert list(api.holders_of("head", offices["terminal"])) == [user]
    assert list(api.holders_of("head")) == [user]
    assert not api.holders_of("verifier", offices["terminal"]).exists()


def test_holders_below_an_office_are_not_holders_for_it(roles, offices, user):
    give(user, "head", offices["terminal"])
    assert not api.holders_of("head", offices["dishub"]).exists()


def test_an_administrator_gives_roles_in_the_own_office_and_below(admin, offices, user):
    made = give(user, "clerk", offices["terminal"], by=admin)
    assert made.given_by == admin
    row = AuditRow.objects.get(action="access.grant", subject=f"access.grant:{made.pk}")
    assert (row.actor, row.office) == (admin.pk, "terminal")


@pytest.mark.parametrize("slug", ["dukcapil", "pemerintah", None])
def test_an_administrator_cannot_give_beyond_the_own_office(admin, offices, user, slug):
    rows = AuditRow.objects.count()
    with pytest.raises(api.OutOfScope):
        give(user, "clerk", offices[slug] if slug else None, by=admin)
    assert not Grant.objects.filter(user=user).exists()
    assert AuditRow.objects.count() == rows


def test_an_administrator_of_one_region_cannot_give_for_all_regions(roles, offices, user, region):
    admin = accounts.create_user(name="Admi Wilayah", email="wilayah@dgs.example", now=NOW)
    give(admin, "administrator", offices["dishub"], region=region)
    with pytest.raises(api.OutOfScope):
        give(user, "clerk", offices["dishub"], by=admin)
    assert not Grant.objects.filter(user=user).exists()
    assert give(user, "clerk", offices["dishub"], region=region, by=admin)


def test_nobody_gives_a_role_to_themselves(admin, offices):
    with pytest.raises(api.SelfGrant):
        give(admin, "head", offices["dishub"], by=admin)
    assert Grant.objects.filter(user=admin).count() == 1


def test_who_may_not_give_roles_is_refused(roles, offices, user):
    other = accounts.create_user(name="Lina Loketwati", email="lina@dgs.example", now=NOW)
    give(user, "head", offices["dishub"])
    with pytest.raises(api.OutOfScope):
        give(other, "clerk", offices["dishub"], by=user)
    assert not Grant.objects.filter(user=other).exists()


@pytest.mark.parametrize("role", ["citizen", "king", ""])
def test_a_role_that_cannot_be_given_is_refused(roles, offices, user, role):
    with pytest.raises(api.GrantInvalid) as refused:
        give(user, role, offices["dishub"])
    assert "role" in refused.value.errors
    assert not Grant.objects.filter(user=user).exists()


def test_a_role_that_ends_before_it_starts_is_refused(roles, offices, user):
    with pytest.raises(api.GrantInvalid):
        give(user, "clerk", offices["dishub"], valid_from=TODAY, valid_to=TODAY - timedelta(days=1))
    assert not Grant.objects.exists()


def test_a_closed_account_is_given_nothing(roles, offices, user):
    accounts.close_account(user=user, by=None, now=NOW)
    with pytest.raises(api.GrantInvalid):
        give(user, "clerk", offices["dishub"])
    assert not Grant.objects.exists()


def test_the_same_role_for_the_same_office_is_given_once(roles, offices, user):
    give(user, "clerk", offices["dishub"])
    with pytest.raises(api.AlreadyGranted):
        give(user, "clerk", offices["dishub"], valid_from=TODAY + timedelta(days=9))
    assert Grant.objects.count() == 1


def test_an_ended_role_counts_no_more_and_can_be_given_again_the_same_day(admin, offices, user):
    made = give(user, "clerk", offices["dishub"], by=admin)
    ended = api.revoke(grant=made, by=admin, now=NOW)
    assert (ended.ended_at, ended.ended_by) == (NOW, admin)
    assert not api.Access(user).allows("cases.act")
    assert AuditRow.objects.filter(action="access.revoke", subject=f"access.grant:{made.pk}").exists()
    give(user, "clerk", offices["dishub"], by=admin)
    assert api.Access(user).allows("cases.act")


def test_a_role_is_ended_once(admin, offices, user):
    made = give(user, "clerk", offices["dishub"])
    api.revoke(grant=made, by=admin, now=NOW)
    with pytest.raises(api.GrantEnded):
        api.revoke(grant=made, by=admin, now=NOW + timedelta(hours=1))
    made.refresh_from_db()
    assert made.ended_at == NOW


def test_a_role_beyond_the_own_office_cannot_be_ended(admin, offices, user):
    made = give(user, "clerk", offices["dukcapil"])
    with pytest.raises(api.OutOfScope):
        api.revoke(grant=made, by=admin, now=NOW)
    made.refresh_from_db()
    assert made.ended_at is None


def test_nobody_ends_their_own_role(admin):
    made = Grant.objects.get(user=admin)
    with pytest.raises(api.SelfGrant):
        api.revoke(grant=made, by=admin, now=NOW)
    made.refresh_from_db()
    assert made.ended_at is None


def test_the_title_of_a_role_follows_the_language(roles):
    from django.utils.translation import override

    role = Role.objects.get(code="clerk")
    with override("id"):
        assert str(role) == "Petugas loket"
    with override("en"):
        assert str(role) == "Counter clerk"


def test_the_condition_on_rows_is_the_same_as_q_sql_and_python(roles, offices, user, region):
    """One mechanism in three languages: whatever is granted, each says the same of each row."""
    from django.db import connection

    district = Region.objects.create(code="16.07.10", level=3, name="Betung", path_label="Betung")
    other = Region.objects.create(code="16.08.01", level=3, name="Lain", path_label="Lain")
    rows = [
        Grant.objects.create(user=user, role_id="clerk", office=office, region=place, valid_from=TODAY + timedelta(days=9))
        for office in (offices["terminal"], offices["dukcapil"], offices["pemerintah"])
        for place in (region, district, other, None)
    ]
    for given in (
        [], [{"office": offices["dishub"]}], [{"region": district}], [{"office": offices["dishub"], "region": region}], [{}],
        [{"office": offices["dishub"], "region": district}, {"office": offices["dukcapil"], "region": other}],
    ):
        Grant.objects.filter(role="verifier").delete()
        for one in given:
            Grant.objects.create(user=user, role_id="verifier", valid_from=TODAY, **one)
        access = api.Access(user)
        mine = Grant.objects.filter(pk__in=[row.pk for row in rows])
        found = set(mine.filter(access.where("cases.act", "office", region="region")).values_list("pk", flat=True))
        reaches = access.reaches("cases.act")
        rule, values = api.as_sql(reaches, "office_id")
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT id FROM access_grant WHERE role_id = 'clerk' AND {rule}", values)  # noqa: S608
            by_sql = {pk for (pk,) in cursor.fetchall()}
        by_hand = {
            row.pk for row in rows for reach in reaches
            if reach.takes_office(row.office_id) and reach.takes_region(row.region.code if row.region else None)
        }
        assert found == by_sql == by_hand
        without_region = set(mine.filter(access.where("cases.act", "office")).values_list("pk", flat=True))
        whole = access.offices_everywhere("cases.act")
        assert without_region == {row.pk for row in rows if whole is None or row.office_id in whole}
