"""Tests that explanations say what the rules say, in words, and only of people one may know about."""

import itertools
from datetime import timedelta

import pytest
from django.utils import timezone

from dgs.core.access import api
from dgs.core.access.explaining import explain
from dgs.core.access.models import Grant, Role
from dgs.core.accounts import api as accounts
from dgs.core.regions.models import Region

pytestmark = pytest.mark.django_db
NOW = timezone.now()
TODAY = timezone.localdate(NOW)


def test_it_agrees_with_the_rules_for_every_shape_of_grant(roles, offices, region, user):
    district = Region.objects.create(code="16.07.10", level=3, name="Betung", path_label="Betung")
    Role.objects.filter(code="treasurer").update(is_sensitive=True)
    shapes = itertools.product(
        ("verifier", "auditor"), (None, offices["dishub"], offices["terminal"]), (None, district),
        (
            {}, {"ended_at": NOW}, {"waits": True}, {"valid_from": TODAY + timedelta(days=1)},
            {"valid_to": TODAY - timedelta(days=1)},
        ),
    )
    seen = set()
    for role, office, place, more in shapes:
        Grant.objects.all().delete()
        Grant.objects.create(user=user, role_id=role, office=office, region=place, given_by=user, **(
            {"valid_from": TODAY - timedelta(days=9)} | more
        ))
        for asked_office, asked_place in itertools.product((offices["terminal"], offices["dukcapil"]), (region, district)):
            said = explain(user, "cases.act", on=TODAY, office=asked_office, region=asked_place)
            rule = api.Access(user).allows_at("cases.act", office_id=asked_office.pk, region_code=asked_place.code)
            assert said.is_allowed == rule, (role, office, place, more, asked_office, asked_place)
            seen.add(rule)
    assert seen == {True, False}


def test_a_closed_account_may_nothing_and_that_is_said(roles, offices, user):
    api.grant(user=user, role="verifier", office=offices["dishub"], by=None, now=NOW)
    assert explain(user, "cases.act", on=TODAY).is_allowed
    user.is_active = False
    said = explain(user, "cases.act", on=TODAY)
    assert not said.is_allowed and said.account is not None


def test_the_page_says_yes_and_no_with_the_condition_that_is_not_met(roles, offices, user, client):
    api.grant(user=user, role="verifier", office=offices["dishub"], by=None, now=NOW)
    client.force_login(user)
    assert "Ya, Anda boleh" in client.get("/akses/mengapa?izin=cases.act&kantor=terminal").content.decode()
    text = client.get("/akses/mengapa?izin=cases.act&kantor=dukcapil").content.decode()
    assert "Tidak, Anda tidak boleh" in text and "tidak termasuk" in text
    text = client.get("/akses/mengapa?izin=billing.view_desk").content.decode()
    assert "Bendahara penerimaan" in text, "the roles that hold it are named"


def test_a_citizen_sees_that_they_hold_no_role(client, user):
    client.force_login(user)
    assert "tidak memegang peran" in client.get("/akses/mengapa?izin=cases.act").content.decode()
    assert client.get("/akses/mengapa").status_code == 200


def test_of_others_only_those_of_ones_own_offices_are_explained(roles, offices, user, admin, client):
    stranger = accounts.create_user(name="Orang Capil", email="capil@contoh.test", now=NOW)
    api.grant(user=stranger, role="clerk", office=offices["dukcapil"], by=None, now=NOW)
    api.grant(user=user, role="clerk", office=offices["terminal"], by=None, now=NOW)
    client.force_login(admin)
    assert user.name in client.get(f"/akses/mengapa?orang={user.pk}&izin=cases.act").content.decode()
    for typed in (stranger.pk, "x", "99999999999999999999", "²"):
        assert client.get("/akses/mengapa", {"orang": typed}).status_code == 404
    assert "Orang Capil" not in client.get("/akses/mengapa?q=orang").content.decode()
    client.force_login(user)
    assert client.get(f"/akses/mengapa?orang={admin.pk}").status_code == 404


def test_a_page_that_is_closed_leads_to_the_reason(client, user):
    client.force_login(user)
    refused = client.get("/akses").content.decode()
    assert "/akses/mengapa?izin=access.view_grants" in refused
    assert client.get("/akses/mengapa?izin=access.view_grants").status_code == 200
