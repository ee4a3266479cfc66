"""Tests of roles of the region: made and changed by two people, those of the release left alone, no power by a crafted form."""

import pytest
from django.utils import timezone

from dgs.core.access import api
from dgs.core.access.actions.grants import GrantInvalid, NotWaiting, OutOfScope, SecondPerson
from dgs.core.access.actions.roles import (
    ChangeWaits,
    NothingChanges,
    RoleOfRelease,
    as_data,
    decide_role,
    propose_role,
)
from dgs.core.access.models import Role, RoleChange
from dgs.core.accounts import api as accounts
from dgs.core.audit.models import AuditRow
from dgs.kernel.errors import NotFound, RuleBroken

pytestmark = pytest.mark.django_db
NOW = timezone.now()
WANTED = {"title": "Arsiparis", "title_en": "Archivist", "about": "Mengelola arsip.", "permissions": ["documents.view_issued"]}


@pytest.fixture
def two(roles, offices):
    found = []
    for name in ("satu", "dua"):
        user = accounts.create_user(name=f"Admi {name}", email=f"{name}@contoh.test", now=NOW)
        api.grant(user=user, role="administrator", office=offices["pemerintah"], by=None, now=NOW)
        found.append(user)
    return found


def ask(by, code="", **more):
    return propose_role(code=code, wanted=WANTED | more, reason="SK Bupati 1/CONTOH", by=by, now=NOW)


def test_a_new_role_is_there_once_a_second_person_agrees(two, offices):
    first, second = two
    change = ask(first)
    assert not Role.objects.filter(title="Arsiparis").exists()
    decide_role(change_id=change.pk, is_agreed=True, by=second, now=NOW)
    role = Role.objects.get(title="Arsiparis")
    assert (role.code, role.is_own, role.is_staff, role.permissions) == ("own-arsiparis", True, True, ["documents.view_issued"])
    holder = accounts.create_user(name="Arsi Paris", email="arsi@contoh.test", now=NOW)
    api.grant(user=holder, role=role.code, office=offices["dishub"], by=first, now=NOW)
    assert api.Access(holder).offices("documents.view_issued") == {offices["dishub"].pk, offices["terminal"].pk}
    told = AuditRow.objects.get(action="access.agree_role")
    assert told.facts["added"] == ["documents.view_issued"] and told.actor == second.pk
    api.load_roles()
    assert Role.objects.get(pk=role.pk).permissions == ["documents.view_issued"], "a new release leaves it as it is"


def test_who_proposes_does_not_agree(two):
    change = ask(two[0])
    with pytest.raises(SecondPerson):
        decide_role(change_id=change.pk, is_agreed=True, by=two[0], now=NOW)
    assert not Role.objects.filter(is_own=True).exists()


def test_who_administers_one_office_neither_proposes_nor_agrees(two, admin):
    with pytest.raises(OutOfScope):
        ask(admin)
    change = ask(two[0])
    with pytest.raises(OutOfScope):
        decide_role(change_id=change.pk, is_agreed=True, by=admin, now=NOW)
    assert RoleChange.objects.get().decided_at is None


def test_nobody_makes_the_second_person_who_agrees_to_a_role(two, user, offices):
    change = ask(two[0], permissions=["access.grant"])
    api.grant(user=user, role="executive", office=offices["pemerintah"], by=two[0], now=NOW)
    with pytest.raises(SecondPerson):
        decide_role(change_id=change.pk, is_agreed=True, by=user, now=NOW)
    assert not Role.objects.filter(is_own=True).exists() and RoleChange.objects.get().decided_at is None


def test_a_refused_one_changes_nothing_and_another_may_be_proposed(two):
    change = ask(two[0])
    with pytest.raises(GrantInvalid):
        decide_role(change_id=change.pk, is_agreed=False, answer=" ", by=two[1], now=NOW)
    decide_role(change_id=change.pk, is_agreed=False, answer="terlalu luas", by=two[1], now=NOW)
    assert not Role.objects.filter(is_own=True).exists()
    with pytest.raises(NotWaiting):
        decide_role(change_id=change.pk, is_agreed=True, by=two[1], now=NOW)
    ask(two[0])


def test_a_role_of_the_release_keeps_its_permissions_and_takes_the_switches(two):
    clerk = as_data(Role.objects.get(code="clerk"))
    for more in ({"permissions": [*clerk["permissions"], "access.grant"]}, {"title": "Raja"}):
        with pytest.raises(RoleOfRelease):
            propose_role(code="clerk", wanted=clerk | more, reason="x", by=two[0], now=NOW)
    with pytest.raises(NothingChanges):
        propose_role(code="clerk", wanted=clerk, reason="x", by=two[0], now=NOW)
    change = propose_role(code="clerk", wanted=clerk | {"asks_second_step": True}, reason="x", by=two[0], now=NOW)
    with pytest.raises(ChangeWaits):
        propose_role(code="clerk", wanted=clerk | {"is_closed": True}, reason="x", by=two[1], now=NOW)
    decide_role(change_id=change.pk, is_agreed=True, by=two[1], now=NOW)
    assert Role.objects.get(code="clerk").asks_second_step


@pytest.mark.parametrize("more", [
    {"permissions": ["cases.everything"]}, {"permissions": ["'; DROP TABLE"]}, {"title": "   "},
])  # fmt: skip
def test_what_cannot_be_is_refused(two, more):
    with pytest.raises(GrantInvalid):
        ask(two[0], **more)
    assert not RoleChange.objects.exists()


@pytest.mark.parametrize("code", ["citizen", "nobody", "own-x"])
def test_there_is_no_changing_of_what_is_not_there(two, code):
    with pytest.raises(NotFound):
        ask(two[0], code=code)


def test_a_change_is_refused_when_the_role_was_changed_meanwhile(two):
    change = ask(two[0])
    decide_role(change_id=change.pk, is_agreed=True, by=two[1], now=NOW)
    code = Role.objects.get(is_own=True).code
    later = ask(two[0], code=code, permissions=[])
    Role.objects.filter(code=code).update(about="Lain.")
    with pytest.raises(RuleBroken):
        decide_role(change_id=later.pk, is_agreed=True, by=two[1], now=NOW)
    assert Role.objects.get(code=code).permissions == ["documents.view_issued"]


def test_titles_that_are_alike_get_different_codes(two):
    for _n in range(2):
        decide_role(change_id=ask(two[0]).pk, is_agreed=True, by=two[1], now=NOW)
    assert sorted(Role.objects.filter(is_own=True).values_list("code", flat=True)) == ["own-arsiparis", "own-arsiparis-2"]


def test_the_pages_ask_and_agree(two, client):
    first, second = two
    client.force_login(first)
    assert client.get("/akses/peran").status_code == 200
    assert "Salinan" in client.get("/akses/peran/baru?dari=clerk").content.decode()
    answer = client.post("/akses/peran/baru", WANTED | {"reason": ""})
    assert answer.status_code == 422 and "Arsiparis" in answer.content.decode()
    assert client.post("/akses/peran/baru", WANTED | {"reason": "SK 1"}).status_code == 302
    client.force_login(second)
    text = client.get("/akses/menunggu").content.decode()
    assert "Arsiparis" in text and "SK 1" in text
    client.post(f"/akses/menunggu/peran/{RoleChange.objects.get().pk}", {"act": "agree"})
    assert "Arsiparis" in client.get("/akses/peran/own-arsiparis").content.decode()


def test_a_crafted_form_gives_a_role_of_the_release_no_more(two, client):
    client.force_login(two[0])
    client.post("/akses/peran/clerk", {"permissions": ["access.grant"], "title": "Raja", "is_sensitive": "1", "reason": "x"})
    wanted = RoleChange.objects.get().wanted
    assert wanted["is_sensitive"] and wanted["title"] == "Petugas loket" and "access.grant" not in wanted["permissions"]


def test_who_only_sees_roles_is_offered_no_change(roles, offices, user, client):
    api.grant(user=user, role="auditor", office=offices["pemerintah"], by=None, now=NOW)
    client.force_login(user)
    assert 'name="reason"' not in client.get("/akses/peran/clerk").content.decode()
    assert client.get("/akses/peran/baru").status_code == 403
    client.post("/akses/peran/clerk", {"is_sensitive": "1", "reason": "x"})
    assert not RoleChange.objects.exists()
