"""Tests of roles that take a second person: not in force before, decided by somebody else, and of the last who can give roles."""

import pytest
from django.test import Client
from django.utils import timezone

from dgs.core.access import api
from dgs.core.access.models import Grant, Role
from dgs.core.accounts import api as accounts
from dgs.core.audit.models import AuditRow

pytestmark = pytest.mark.django_db
NOW = timezone.now()


@pytest.fixture
def make(roles, offices):
    """`make(name, role, office)`: an account with a role that the system gave."""

    def made(name, role=None, office="pemerintah"):
        user = accounts.create_user(name=name, email=f"{name.replace(' ', '.').lower()}@contoh.test", now=NOW)
        if role:
            api.grant(user=user, role=role, office=offices[office] if office else None, by=None, now=NOW)
        return user

    return made


@pytest.fixture
def given(make, offices):
    """The role of treasurer, given by one administrator, with another to agree."""
    giver, holder = make("Admi Satu", "administrator"), make("Bena Hara")
    made = api.grant(user=holder, role="treasurer", office=offices["dishub"], by=giver, now=NOW, reason="SK 1/CONTOH")
    return giver, holder, made, make("Admi Dua", "administrator")


def test_a_sensitive_role_is_not_in_force_until_a_second_person_agrees(given):
    giver, holder, made, other = given
    assert made.waits
    assert not api.Access(holder).allows("billing.view_desk") and holder not in api.holders_of("treasurer")
    api.approve(grant=made, by=other, now=NOW)
    assert api.Access(holder).allows("billing.view_desk") and list(api.holders_of("treasurer")) == [holder]
    found = Grant.objects.get(pk=made.pk)
    assert (found.given_by, found.approved_by, found.approved_at) == (giver, other, NOW)
    assert AuditRow.objects.filter(action="access.approve", actor=other.pk).count() == 1


@pytest.mark.parametrize("who", ["giver", "holder", "outsider", "auditor"])
def test_nobody_else_can_be_the_second_person(given, make, who):
    giver, holder, made, _other = given
    people = {"giver": giver, "holder": holder}
    by = people.get(who) or make("Orang Lain", "administrator" if who == "outsider" else "auditor",
                                 "dukcapil" if who == "outsider" else "pemerintah")
    if who == "holder":
        Role.objects.filter(code="treasurer").update(permissions=["access.approve"])
    for act, more in ((api.approve, {}), (api.decline, {"reason": "tidak"})):
        with pytest.raises((api.SecondPerson, api.OutOfScope)):
            act(grant=made, by=by, now=NOW, **more)
    made.refresh_from_db()
    assert made.waits and made.ended_at is None


@pytest.mark.parametrize("how", ["given", "plh"])
def test_nobody_makes_their_own_second_person(given, make, offices, how):
    giver, holder, made, other = given
    more = {} if how == "given" else {"capacity": "plh", "letter_number": "800/1", "valid_to": timezone.localdate(NOW)}
    puppet = make("Boneka Satu")
    api.grant(user=puppet, role="head", office=offices["dishub"], by=giver, now=NOW, **more)
    for act, more in ((api.approve, {}), (api.decline, {"reason": "tidak"})):
        with pytest.raises(api.SecondPerson):
            act(grant=made, by=puppet, now=NOW, **more)
    made.refresh_from_db()
    assert made.waits and made.ended_at is None and not api.Access(holder).allows("billing.view_desk")
    # What somebody else gave is worth what it was, whatever the first person adds to it.
    head = make("Kepala Satu")
    api.grant(user=head, role="head", office=offices["dishub"], by=other, now=NOW)
    api.grant(user=head, role="executive", office=offices["pemerintah"], by=giver, now=NOW)
    api.approve(grant=made, by=head, now=NOW)
    assert api.Access(holder).allows("billing.view_desk")


def test_a_refused_one_never_counts_and_is_decided_once(given):
    _giver, holder, made, other = given
    with pytest.raises(api.GrantInvalid):
        api.decline(grant=made, reason="  ", by=other, now=NOW)
    api.decline(grant=made, reason="belum ada SK", by=other, now=NOW)
    assert not api.Access(holder).allows("billing.view_desk")
    for act in (api.approve, api.decline):
        with pytest.raises(api.NotWaiting):
            act(grant=made, by=other, now=NOW, **({"reason": "x"} if act is api.decline else {}))


def test_what_the_system_gives_and_ordinary_roles_do_not_wait(make, offices):
    admin = make("Admi Satu", "administrator")
    assert not Grant.objects.get(user=admin).waits
    clerk = make("Loket Satu")
    assert not api.grant(user=clerk, role="clerk", office=offices["dishub"], by=admin, now=NOW).waits
    Role.objects.filter(code="clerk").update(is_sensitive=True)
    assert api.grant(user=clerk, role="clerk", office=offices["dukcapil"], by=admin, now=NOW).waits


def test_loading_the_roles_again_keeps_what_the_region_decided_of_them(roles):
    Role.objects.filter(code="treasurer").update(is_sensitive=False, asks_second_step=True)
    Role.objects.filter(code="clerk").update(is_closed=True, permissions=[])
    api.load_roles()
    treasurer, clerk = Role.objects.get(code="treasurer"), Role.objects.get(code="clerk")
    assert (treasurer.is_sensitive, treasurer.asks_second_step, clerk.is_closed) == (False, True, True)
    assert "cases.act" in clerk.permissions


def test_a_role_that_is_closed_is_not_given_and_stays_with_who_holds_it(make, offices):
    holder = make("Loket Satu", "clerk", "dishub")
    Role.objects.filter(code="clerk").update(is_closed=True)
    assert api.Access(holder).allows("cases.act")
    with pytest.raises(api.GrantInvalid):
        api.grant(user=make("Loket Dua"), role="clerk", office=offices["dishub"], by=None, now=NOW)
    assert "clerk" not in dict(api.Access(holder).role_choices())


def test_the_last_who_can_give_roles_everywhere_stays(make, offices):
    first, second = make("Admi Satu", "administrator"), make("Admi Dua", "administrator")
    make("Admi Tiga", "administrator", "dishub")
    api.revoke(grant=Grant.objects.get(user=first), by=second, now=NOW)
    with pytest.raises(api.LastKeeper):
        api.revoke(grant=Grant.objects.get(user=second), by=None, now=NOW)
    with pytest.raises(api.LastKeeper):
        accounts.close_account(user=second, by=None, now=NOW)
    second.refresh_from_db()
    assert second.is_active and Grant.objects.get(user=second).ended_at is None


def test_the_page_lists_what_waits_and_takes_the_decision(given, client, offices):
    _giver, holder, made, other = given
    client.force_login(other)
    text = client.get("/akses/menunggu").content.decode()
    assert holder.name in text and "SK 1/CONTOH" in text
    client.post(f"/akses/menunggu/{made.pk}", {"act": "agree"})
    assert api.Access(holder).allows("billing.view_desk")
    assert "Tidak ada yang menunggu" in client.get("/akses/menunggu").content.decode()
    again = client.post(f"/akses/menunggu/{made.pk}", {"act": "refuse", "reason": "x"}, follow=True)
    assert "tidak lagi menunggu" in again.content.decode()
    made.refresh_from_db()
    assert made.ended_at is None


def test_the_page_offers_nothing_to_who_gave_it_and_nothing_at_all_to_other_offices(given, client, make):
    giver, holder, made, _other = given
    client.force_login(giver)
    assert 'value="agree"' not in client.get("/akses/menunggu").content.decode()
    client.post(f"/akses/menunggu/{made.pk}", {"act": "agree"})
    outsider = Client()
    outsider.force_login(make("Kepala Lain", "head", "dukcapil"))
    assert holder.name not in outsider.get("/akses/menunggu").content.decode()
    assert outsider.post(f"/akses/menunggu/{made.pk}", {"act": "agree"}).status_code == 404
    made.refresh_from_db()
    assert made.waits


def test_a_role_asks_for_the_second_step_as_the_region_set_it(make, settings):
    settings.DGS_SECOND_STEP = []
    holder = make("Loket Satu", "clerk", "dishub")
    assert not api.is_second_step_missing(api.Access(holder))
    Role.objects.filter(code="clerk").update(asks_second_step=True)
    assert api.is_second_step_missing(api.Access(holder))


def test_closing_an_account_ends_what_it_holds_and_who_stands_in(make, offices):
    head, deputy = make("Kepala Satu", "head", "dishub"), make("Wakil Satu", "clerk", "dishub")
    keeper = make("Admi Satu", "administrator")
    grant = Grant.objects.get(user=head)
    made = api.grant(
        user=deputy, role="head", office=offices["dishub"], by=keeper, now=NOW, capacity="plh", letter_number="800/1",
        stands_for=grant, valid_to=timezone.localdate(NOW),
    )
    accounts.close_account(user=head, by=keeper, now=NOW, reason="pensiun")
    for one in (grant, made):
        one.refresh_from_db()
        assert one.ended_at == NOW and one.ended_by == keeper
    assert api.Access(deputy).roles == {"citizen", "clerk"}
