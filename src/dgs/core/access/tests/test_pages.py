"""Tests of the page of a person's roles."""

import pytest
from django.test import Client
from django.utils import timezone

from dgs.core.access import api
from dgs.core.access.models import Grant
from dgs.core.accounts import api as accounts

pytestmark = pytest.mark.django_db
NOW = timezone.now()


@pytest.fixture
def desk(admin):
    browser = Client()
    browser.force_login(admin)
    return browser


@pytest.fixture
def clerk(admin, offices, user):
    """Somebody with a role in the administrator's office."""
    api.grant(user=user, role="clerk", office=offices["dishub"], by=None, now=NOW)
    return user


def give(browser, person, **more):
    data = {"role": "verifier", "office": "terminal", "valid_from": "2026-01-05", "valid_to": "",
            "reason": "SK 800/12/CONTOH", **more}
    return browser.post(f"/pengguna/{person.pk}/peran", data)


def test_an_administrator_gives_a_role(desk, admin, clerk, offices):
    assert give(desk, clerk).status_code == 302
    made = Grant.objects.get(user=clerk, role="verifier")
    assert (made.office, made.given_by, made.reason) == (offices["terminal"], admin, "SK 800/12/CONTOH")
    assert b"SK 800/12/CONTOH" in desk.get(f"/pengguna/{clerk.pk}/peran").content


def test_a_role_can_be_given_for_one_region(desk, clerk, region):
    assert b'name="region"' in desk.get(f"/pengguna/{clerk.pk}/peran").content
    assert give(desk, clerk, region="16.07").status_code == 302
    made = Grant.objects.get(user=clerk, role="verifier")
    assert made.region == region
    assert [reach.region for reach in api.Access(clerk).reaches_as("verifier")] == ["16.07"]


@pytest.mark.parametrize("more", [{"region": "99.99"}, {"region": "x\x00"}, {"region-text": "Antah Berantah"}])
def test_a_region_that_is_none_gives_no_role(desk, clerk, more):
    assert give(desk, clerk, **more).status_code == 422
    assert not Grant.objects.filter(user=clerk, role="verifier").exists()


def test_only_offices_of_the_own_scope_can_be_chosen(desk, clerk):
    page = desk.get(f"/pengguna/{clerk.pk}/peran").content.decode()
    assert 'value="terminal"' in page
    assert 'value="dukcapil"' not in page
    assert 'value="*"' not in page
    for office in ("dukcapil", "pemerintah", "*", ""):
        assert give(desk, clerk, office=office).status_code == 422
    assert Grant.objects.filter(user=clerk).count() == 1


@pytest.mark.parametrize(
    "more", [{"role": "citizen"}, {"role": ""}, {"valid_to": "2025-01-01"}, {"valid_from": "x"}, {"reason": ""},
             {"role": "clerk", "office": "dishub", "valid_from": "2026-01-05"}],
)
def test_what_cannot_stand_is_said_in_words_and_changes_nothing(desk, clerk, more):
    answer = give(desk, clerk, **more)
    assert answer.status_code == 422
    assert answer.context["form"].errors
    assert Grant.objects.filter(user=clerk).count() == 1


def test_an_administrator_ends_a_role(desk, clerk):
    held = Grant.objects.get(user=clerk)
    assert desk.post(f"/pengguna/{clerk.pk}/peran/{held.pk}/akhiri").status_code == 302
    assert not api.Access(clerk).is_staff
    assert desk.post(f"/pengguna/{clerk.pk}/peran/{held.pk}/akhiri").status_code == 409


def test_staff_of_other_offices_are_not_found(desk, offices):
    other = accounts.create_user(name="Catur Catatwan", email="catur@dgs.example", now=NOW)
    held = api.grant(user=other, role="clerk", office=offices["dukcapil"], by=None, now=NOW)
    assert desk.get(f"/pengguna/{other.pk}/peran").status_code == 404
    assert give(desk, other).status_code == 404
    assert desk.post(f"/pengguna/{other.pk}/peran/{held.pk}/akhiri").status_code == 404
    assert desk.get("/pengguna/999999/peran").status_code == 404
    assert Grant.objects.filter(user=other, ended_at=None).count() == 1


def test_a_citizen_without_roles_is_not_found(desk, user):
    assert desk.get(f"/pengguna/{user.pk}/peran").status_code == 404


def test_a_role_of_another_person_is_not_ended_through_this_one(desk, clerk, offices):
    other = accounts.create_user(name="Lain Orangwati", email="lain@dgs.example", now=NOW)
    held = api.grant(user=other, role="clerk", office=offices["dishub"], by=None, now=NOW)
    assert desk.post(f"/pengguna/{clerk.pk}/peran/{held.pk}/akhiri").status_code == 404
    held.refresh_from_db()
    assert held.ended_at is None


def test_a_role_beyond_the_own_scope_is_shown_but_cannot_be_ended(desk, clerk, offices):
    far = api.grant(user=clerk, role="head", office=offices["dukcapil"], by=None, now=NOW)
    page = desk.get(f"/pengguna/{clerk.pk}/peran")
    assert [row["may_end"] for row in page.context["rows"] if row["grant"].pk == far.pk] == [False]
    assert desk.post(f"/pengguna/{clerk.pk}/peran/{far.pk}/akhiri").status_code == 403
    far.refresh_from_db()
    assert far.ended_at is None


def test_ones_own_roles_are_shown_without_the_form(desk, admin):
    page = desk.get(f"/pengguna/{admin.pk}/peran")
    assert page.context["form"] is None
    assert give(desk, admin).status_code == 403
    assert Grant.objects.filter(user=admin).count() == 1


def test_an_auditor_sees_roles_but_gives_none(clerk, offices):
    auditor = accounts.create_user(name="Audita Telitiwati", email="audita@dgs.example", now=NOW)
    api.grant(user=auditor, role="auditor", by=None, now=NOW)
    browser = Client()
    browser.force_login(auditor)
    assert browser.get(f"/pengguna/{clerk.pk}/peran").context["form"] is None
    assert give(browser, clerk).status_code == 403
    held = Grant.objects.get(user=clerk)
    assert browser.post(f"/pengguna/{clerk.pk}/peran/{held.pk}/akhiri").status_code == 403


def test_who_holds_no_such_right_is_refused(clerk):
    browser = Client()
    browser.force_login(clerk)
    assert browser.get(f"/pengguna/{clerk.pk}/peran").status_code == 403
