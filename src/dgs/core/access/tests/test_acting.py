"""Tests of standing in for somebody: by letter, for days, never longer than the roles they take the place of."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from dgs.core.access import api
from dgs.core.access.actions.acting import NothingToStandFor, stand_in
from dgs.core.access.models import Grant
from dgs.core.accounts import api as accounts
from dgs.kernel.errors import RuleBroken

pytestmark = pytest.mark.django_db
NOW = timezone.now()
TODAY = timezone.localdate(NOW)


@pytest.fixture
def people(roles, offices):
    def made(name, *held):
        user = accounts.create_user(name=name, email=f"{name.split()[0].lower()}@contoh.test", now=NOW)
        for role, office in held:
            api.grant(user=user, role=role, office=offices[office], by=None, now=NOW)
        return user

    return {
        "absent": made("Kepala Satu", ("head", "dishub"), ("clerk", "terminal")),
        "deputy": made("Wakil Satu", ("clerk", "dishub")), "giver": made("Admi Satu", ("administrator", "pemerintah")),
    }


def let(people, *, grants=None, **more):
    held = Grant.objects.filter(user=people["absent"]).values_list("pk", flat=True) if grants is None else grants
    values = {
        "capacity": "plh", "letter_number": "800/12/CONTOH", "letter_on": TODAY, "valid_from": TODAY,
        "valid_to": TODAY + timedelta(days=3),
    }
    return stand_in(
        absent=people["absent"], deputy=people["deputy"], grants=list(held), by=people["giver"], now=NOW, **(values | more)
    )


def test_the_deputy_holds_the_roles_of_the_absent_for_those_days(people, offices):
    made = let(people)
    assert {(one.role_id, one.office.slug, one.capacity, one.letter_number) for one in made} == {
        ("head", "dishub", "plh", "800/12/CONTOH"), ("clerk", "terminal", "plh", "800/12/CONTOH"),
    }
    assert api.Access(people["deputy"]).offices("documents.revoke") == {offices["dishub"].pk, offices["terminal"].pk}
    assert people["deputy"] in api.holders_of("head", offices["dishub"])
    assert people["absent"] in api.holders_of("head", offices["dishub"]), "who is away keeps what is theirs"


def test_it_ends_with_the_last_day_and_with_the_role_it_stands_for(people):
    made = let(people)
    given = Grant.objects.filter(pk__in=[one.pk for one in made])
    given.update(valid_from=TODAY - timedelta(days=9), valid_to=TODAY - timedelta(days=1))
    assert not api.Access(people["deputy"]).allows("documents.revoke")
    given.update(valid_to=TODAY)
    assert api.Access(people["deputy"]).allows("documents.revoke")
    api.revoke(grant=Grant.objects.get(user=people["absent"], role="head"), by=people["giver"], now=NOW)
    assert not api.Access(people["deputy"]).allows("documents.revoke")


def test_it_never_lasts_longer_than_the_role_it_stands_for(people):
    Grant.objects.filter(user=people["absent"], role="head").update(valid_to=TODAY + timedelta(days=1))
    assert {one.role_id: one.valid_to for one in let(people)}["head"] == TODAY + timedelta(days=1)


def test_a_plt_may_have_no_end_and_outlives_the_former_holder(people):
    let(people, capacity="plt", valid_to=None)
    api.revoke(grant=Grant.objects.get(user=people["absent"], role="head"), by=people["giver"], now=NOW)
    assert api.Access(people["deputy"]).allows("documents.revoke")


@pytest.mark.parametrize(("more", "refusal"), [
    ({"letter_number": "  "}, api.GrantInvalid), ({"valid_to": None}, api.GrantInvalid), ({"capacity": "own"}, api.GrantInvalid),
    ({"capacity": "king"}, api.GrantInvalid), ({"valid_to": TODAY - timedelta(days=1)}, api.GrantInvalid),
    ({"grants": []}, NothingToStandFor), ({"grants": [10**9]}, NothingToStandFor),
])  # fmt: skip
def test_what_cannot_stand_is_refused_and_gives_nothing(people, more, refusal):
    before = Grant.objects.count()
    with pytest.raises(refusal):
        let(people, **more)
    assert Grant.objects.count() == before


def test_the_roles_of_somebody_else_are_not_taken_over_by_their_number(people):
    other = Grant.objects.get(user=people["giver"])
    with pytest.raises(NothingToStandFor):
        let(people, grants=[other.pk])
    assert not Grant.objects.filter(user=people["deputy"], role="administrator").exists()


def test_what_the_deputy_holds_already_is_left_as_it_is(people):
    let(people)
    with pytest.raises(RuleBroken):
        let(people)
    assert Grant.objects.filter(user=people["deputy"]).count() == 3


def test_nobody_makes_themselves_a_deputy_nor_stands_in_for_themselves(people, offices):
    for deputy in ("giver", "absent"):
        with pytest.raises((api.SelfGrant, api.GrantInvalid)):
            let(people | {"deputy": people[deputy]})


def test_the_database_itself_refuses_who_acts_without_letter_or_end(people):
    made = let(people)[0]
    for change in ({"letter_number": ""}, {"valid_to": None}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Grant.objects.filter(pk=made.pk).update(**change)


def test_the_page_finds_the_absent_and_lets_somebody_stand_in(people, client):
    client.force_login(people["giver"])
    assert "Kepala Satu" in client.get("/akses/pengganti?q=kepala").content.decode()
    address = f"/akses/pengganti?untuk={people['absent'].pk}"
    page = client.get(address).content.decode()
    assert "Wakil Satu" in page and "Petugas loket" in page
    data = {
        "deputy": people["deputy"].pk, "capacity": "plh", "letter_number": "", "letter_on": str(TODAY), "valid_from": str(TODAY),
        "valid_to": str(TODAY), "grants": [Grant.objects.get(user=people["absent"], role="head").pk],
    }
    assert client.post(address, data).status_code == 422
    assert client.post(address, data | {"letter_number": "800/1"}).status_code == 302
    assert api.Access(people["deputy"]).allows("documents.revoke")
    assert "800/1" in client.get("/akses/pengganti").content.decode()


def test_people_of_other_offices_are_not_found(people, client, admin):
    client.force_login(admin)
    stranger = accounts.create_user(name="Orang Capil", email="capil@contoh.test", now=NOW)
    assert client.get(f"/akses/pengganti?untuk={stranger.pk}").status_code == 404
    for typed in ("x", "99999999999999999999", "-1", "²"):
        assert client.get("/akses/pengganti", {"untuk": typed}).status_code == 404
