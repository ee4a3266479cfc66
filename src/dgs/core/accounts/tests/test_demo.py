"""Tests of the demo's invented people: the same in every region, and never anybody real."""

import json
import stat

import pytest
from django.utils import timezone

from dgs.core.access import api as access
from dgs.core.access.models import Grant
from dgs.core.accounts import api
from dgs.core.accounts.models import User
from dgs.core.organisations import api as organisations
from dgs.core.organisations.models import Appointment
from dgs.core.parties import api as parties
from dgs.core.parties.models import Business, Household, Person

pytestmark = pytest.mark.django_db


@pytest.fixture
def load(regions, settings, tmp_path):
    """Loads the demo of a region."""

    def of(region):
        settings.REGION = region
        settings.DATA_DIR = tmp_path
        organisations.load_region_offices(region)
        access.load_roles()
        return api.load_demo_accounts(region)

    return of


@pytest.mark.parametrize("region", ["banyuasin", "medan", "banten"])
def test_each_role_has_somebody_who_can_sign_in(load, region):
    accounts = load(region)
    assert {account.role for account in accounts} == {role["code"] for role in access_roles()}
    for account in accounts:
        user = User.objects.get(username=account.username)
        assert user.is_demo
        assert user.check_password(account.password)
        assert account.office or account.role == "citizen"


def access_roles():
    from dgs.core.access.loading import role_entries

    return role_entries()


@pytest.mark.parametrize("kind", ["one-stop", "civil-registration", "transport"])
def test_the_heads_sign_for_their_offices(load, kind):
    load("banyuasin")
    office = organisations.office_of_kind(kind)
    signs = organisations.signatory_of(office, timezone.localdate())
    assert signs.user in access.holders_of("head", office)
    assert len(signs.nip) == 18


def test_those_who_serve_the_whole_region_reach_every_office(load):
    load("banyuasin")
    transport = organisations.office_of_kind("transport").pk
    for role, permission in [("treasurer", "billing.view_desk"), ("administrator", "access.grant"),
                             ("auditor", "audit.view_log"), ("executive", "indicators.view_executive")]:
        user = User.objects.get(grants__role=role)
        assert access.Access(user).allows(permission, transport), role
    assert not access.Access(User.objects.get(grants__role="clerk")).allows("cases.act", transport)


@pytest.mark.parametrize(
    ("region", "prefix"), [("banyuasin", "160710"), ("medan", "127101"), ("banten", "367301")]
)
def test_the_couple_lives_in_the_region_under_invented_numbers(load, region, prefix):
    load(region)
    siti, budi = (User.objects.get(username=f"{name}@dgs.example").party.person for name in ("siti", "budi"))
    for person in (siti, budi):
        nik = parties.nik_of(person, by=None, purpose="test", now=timezone.now())
        assert nik.startswith(prefix)
        assert nik[12] == "9"
        assert parties.check_nik(nik).birth_on == person.birth_on
        assert person.party.region.level == 4
    assert {(m.person_id, m.relation) for m in Household.objects.get().members.all()} == {
        (siti.pk, "wife"), (budi.pk, "head")
    }
    assert parties.businesses_of(budi, timezone.localdate()) == [Business.objects.get()]
    assert not parties.businesses_of(siti, timezone.localdate())


def test_the_spouse_is_found_for_a_form(load):
    load("banyuasin")
    siti = User.objects.get(username="siti@dgs.example")
    values = parties.attribute_values(applicant=siti.party, business=None, by=siti, purpose="test", now=timezone.now())
    assert values["applicant.name"] == "Siti Contohwati"
    assert values["spouse.name"] == "Budi Percobaan"
    assert values["household.kk"].startswith("160710")


def test_loading_again_changes_nothing(load):
    first = load("banyuasin")

    def rows():
        return [list(model.objects.order_by("pk").values()) for model in (User, Grant, Appointment, Person, Household)]

    before = rows()
    assert api.load_demo_accounts("banyuasin") == first
    assert rows() == before


def test_the_passwords_lie_in_a_file_for_the_owner_only(load, settings):
    accounts = load("banyuasin")
    path = settings.DATA_DIR / "demo-accounts.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    kept = json.loads(path.read_text())
    assert [account["username"] for account in kept["accounts"]] == [account.username for account in accounts]


def test_a_lost_password_file_gives_all_a_new_password(load, settings):
    first = load("banyuasin")
    (settings.DATA_DIR / "demo-accounts.json").unlink()
    again = api.load_demo_accounts("banyuasin")
    assert again[0].password != first[0].password
    assert User.objects.get(username=again[-1].username).check_password(again[-1].password)
