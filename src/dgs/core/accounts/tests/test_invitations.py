"""Tests of inviting staff: within one's scope, by a link that works once, for seven days."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from dgs.core.access import api as access
from dgs.core.access.models import Grant
from dgs.core.accounts import api, invitations
from dgs.core.accounts.models import Invitation, User
from dgs.core.accounts.tests.conftest import PASSWORD
from dgs.core.audit.models import AuditRow
from dgs.core.messaging.models import Message
from dgs.core.organisations.models import Office

pytestmark = pytest.mark.django_db
NOW = timezone.now()
NEW = "rina@kantor.example"


@pytest.fixture
def offices(village):
    def make(slug, parent=None):
        return Office.objects.create(slug=slug, kind=slug, name=f"Dinas {slug.title()}", short_name=slug,
                                     parent=parent, region=village.parent.parent)

    return {"dishub": make("dishub"), "dukcapil": make("dukcapil")}


@pytest.fixture
def admin(offices):
    access.load_roles()
    admin = api.create_user(name="Admi Nistrawan", email="admi@kantor.example", password=PASSWORD, now=NOW)
    access.grant(user=admin, role="administrator", office=offices["dishub"], by=None, now=NOW)
    return admin


def invite(admin, **more):
    given = {"email": NEW, "name": "Rina Undangwati", "role": "clerk", "office": "dishub", "by": admin, "now": NOW,
             "role_title": "Petugas loket", "office_name": "Dinas Perhubungan", **more}
    return invitations.invite_staff(**given)


def link(to=NEW):
    body = Message.objects.filter(to=to).order_by("-pk").first().body
    return re.search(r"/akun/undangan/\S+", body)[0]


def accept(browser, path, password=PASSWORD):
    return browser.post(path, {"password": password})


def test_the_link_reaches_the_invited_by_e_mail_only(admin):
    made = invite(admin)
    message = Message.objects.get()
    assert (message.channel, message.to, message.is_secret) == ("email", NEW, True)
    assert "Petugas loket" in message.body
    assert link().rsplit("/", 1)[1] not in made.token_hash


def test_the_invited_chooses_a_password_and_has_the_role(admin, offices):
    invite(admin)
    browser = Client()
    assert b"Petugas loket" in browser.get(link()).content
    answer = accept(browser, link())
    assert answer.status_code == 302, answer.content.decode()
    user = User.objects.get(email=NEW)
    assert user.check_password(PASSWORD)
    assert int(browser.session["_auth_user_id"]) == user.pk
    assert access.Access(user).allows("cases.enter_counter", offices["dishub"].pk)
    assert Grant.objects.get(user=user).given_by == admin
    actions = set(AuditRow.objects.values_list("action", flat=True))
    assert {"accounts.invite_staff", "accounts.accept_invitation"} <= actions


def test_looking_at_the_link_does_not_use_it_up(admin):
    invite(admin)
    for _ in range(3):
        assert Client().get(link()).status_code == 200
    assert accept(Client(), link()).status_code == 302


def test_a_used_link_opens_nothing(admin):
    invite(admin)
    accept(Client(), link())
    second = Client()
    assert second.get(link()).status_code == 410
    assert accept(second, link(), "lain-kali-4822").status_code == 410
    assert User.objects.get(email=NEW).check_password(PASSWORD)
    assert Grant.objects.filter(user__email=NEW).count() == 1


@pytest.mark.parametrize(("days", "status"), [(6.99, 200), (7, 410), (30, 410)])
def test_a_link_lives_seven_days(admin, days, status):
    invite(admin, now=NOW - timedelta(days=days))
    assert Client().get(link()).status_code == status
    if status == 410:
        assert accept(Client(), link()).status_code == 410
        assert not User.objects.filter(email=NEW).exists()


@pytest.mark.parametrize("token", ["x", "a" * 200, "🙂"])
def test_an_unknown_link_says_to_ask_for_a_new_one(token):
    answer = Client().get(f"/akun/undangan/{token}")
    assert answer.status_code == 410


def test_a_withdrawn_link_opens_nothing(admin):
    made = invite(admin)
    invitations.withdraw_invitation(invitation=made, by=admin, now=NOW)
    assert accept(Client(), link()).status_code == 410
    with pytest.raises(invitations.InvitationGone):
        invitations.withdraw_invitation(invitation=made, by=admin, now=NOW)
    assert not User.objects.filter(email=NEW).exists()


def test_only_the_newest_link_opens(admin):
    invite(admin)
    first = link()
    invite(admin)
    assert Client().get(first).status_code == 410
    assert Client().get(link()).status_code == 200


@pytest.mark.parametrize(
    "more", [{"office": "dukcapil"}, {"office": "nirvana"}, {"role": "citizen"}, {"role": "king"}]
)
def test_nobody_is_invited_beyond_the_own_scope(admin, more):
    with pytest.raises(Exception) as refused:
        invite(admin, **more)
    assert isinstance(refused.value, access.OutOfScope | access.GrantInvalid)
    assert not Invitation.objects.exists()
    assert not Message.objects.exists()


def test_who_may_not_give_roles_cannot_invite(admin, clerk):
    with pytest.raises(access.OutOfScope):
        invite(clerk)
    assert not Invitation.objects.exists()


def test_an_invitation_dies_with_the_rights_of_who_sent_it(admin, offices):
    invite(admin)
    access.revoke(grant=Grant.objects.get(user=admin), by=None, now=NOW)
    answer = accept(Client(), link())
    assert answer.status_code == 403
    assert not User.objects.filter(email=NEW).exists()
    assert Invitation.objects.get().accepted_at is None


def test_an_invitation_of_a_closed_account_opens_nothing(admin):
    invite(admin)
    api.close_account(user=admin, by=None, now=NOW)
    assert Client().get(link()).status_code == 410


def test_a_weak_password_is_refused_and_the_link_still_works(admin):
    invite(admin)
    assert accept(Client(), link(), "123").status_code == 422
    assert not User.objects.filter(email=NEW).exists()
    assert accept(Client(), link()).status_code == 302


def test_who_has_an_account_signs_in_and_takes_the_role_into_it(admin, offices, siti):
    invite(admin, email=siti.email)
    path = link(siti.email)
    stranger = Client()
    page = stranger.get(path)
    assert f"next={path}" in page.content.decode()
    assert "login=" not in page.content.decode()
    assert stranger.get(page.context["sign_in_url"]).context["form"].initial["login"] == siti.email
    assert Client().get(f"/akun/masuk?login={siti.email}").context["form"].initial["login"] == ""
    assert b"password" not in page.content
    assert accept(stranger, path).status_code == 200
    assert not Grant.objects.filter(user=siti).exists()
    signed_in = Client()
    signed_in.force_login(siti)
    assert signed_in.post(path).status_code == 302
    assert access.Access(siti).allows("cases.enter_counter", offices["dishub"].pk)
    assert User.objects.get(pk=siti.pk).check_password(PASSWORD)


def test_somebody_else_who_is_signed_in_cannot_take_the_invitation(admin, siti):
    invite(admin)
    other = Client()
    other.force_login(siti)
    assert other.post(link(), {"password": PASSWORD}).status_code == 403
    assert Invitation.objects.get().accepted_at is None
    assert not Grant.objects.filter(user=siti).exists()


class TestPages:
    """What the administrator sees."""

    @pytest.fixture
    def desk(self, admin):
        browser = Client()
        browser.force_login(admin)
        return browser

    def test_inviting_by_the_page_sends_the_link_and_shows_it_waiting(self, desk):
        answer = desk.post("/pengguna/undang", {"name": "Rina Undangwati", "email": " RINA@kantor.example",
                                                "office": "dishub", "role": "clerk"})
        assert answer.status_code == 302, answer.content.decode()
        assert b"rina@kantor.example" in desk.get("/pengguna").content
        assert accept(Client(), link()).status_code == 302

    def test_only_offices_of_the_own_scope_are_offered_or_taken(self, desk):
        page = desk.get("/pengguna/undang").content.decode()
        assert 'value="dishub"' in page
        assert "dukcapil" not in page
        answer = desk.post("/pengguna/undang", {"name": "Rina Undangwati", "email": NEW, "office": "dukcapil",
                                                "role": "clerk"})
        assert answer.status_code == 422
        assert not Invitation.objects.exists()

    def test_an_invitation_is_withdrawn_by_the_page(self, desk, admin):
        made = invite(admin)
        assert desk.post(f"/pengguna/undangan/{made.pk}/batalkan").status_code == 302
        assert Client().get(link()).status_code == 410

    def test_an_invitation_of_another_office_cannot_be_seen_or_withdrawn(self, desk, offices):
        root = api.create_user(name="Admi Pusat", email="pusat@kantor.example", now=NOW)
        access.grant(user=root, role="administrator", by=None, now=NOW)
        made = invite(root, office="dukcapil")
        assert NEW.encode() not in desk.get("/pengguna").content
        assert desk.post(f"/pengguna/undangan/{made.pk}/batalkan").status_code == 404
        made.refresh_from_db()
        assert made.withdrawn_at is None

    def test_only_staff_of_the_own_offices_are_listed(self, desk, clerk, offices):
        access.grant(user=clerk, role="clerk", office=offices["dukcapil"], by=None, now=NOW)
        assert b"Lina Loketwati" not in desk.get("/pengguna").content
        access.grant(user=clerk, role="clerk", office=offices["dishub"], by=None, now=NOW)
        assert b"Lina Loketwati" in desk.get("/pengguna").content
        assert b"Lina Loketwati" in desk.get("/pengguna?q=loket").content
        assert b"Lina Loketwati" not in desk.get("/pengguna?q=zzz").content

    def test_a_citizen_sees_no_staff(self, siti):
        browser = Client()
        browser.force_login(siti)
        for path in ("/pengguna", "/pengguna/undang"):
            assert browser.get(path).status_code == 403

    def test_the_list_costs_the_same_for_many_people(self, desk, offices, assert_queries):
        for number in range(30):
            user = api.create_user(name=f"Orang {number}", email=f"orang{number}@kantor.example", now=NOW)
            access.grant(user=user, role="clerk", office=offices["dishub"], by=None, now=NOW)
        with assert_queries("accounts:staff", 30):
            desk.get("/pengguna")
