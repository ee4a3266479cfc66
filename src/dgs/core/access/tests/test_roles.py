"""Tests that roles and manifests name the same permissions."""

from dgs.core.access.loading import role_entries
from dgs.kernel import registry


def test_every_permission_a_role_names_is_declared_by_a_room():
    declared = set(registry.permissions())
    unknown = {role["code"]: sorted(set(role["permissions"]) - declared) for role in role_entries()}
    assert not {code: names for code, names in unknown.items() if names}


def test_every_declared_permission_is_held_by_some_role():
    held = {permission for role in role_entries() for permission in role["permissions"]}
    assert not sorted(set(registry.permissions()) - held)


def test_a_citizen_holds_no_permission_because_own_rows_are_ones_own():
    citizen = next(role for role in role_entries() if role["code"] == "citizen")
    assert (citizen["permissions"], citizen["is_staff"]) == ([], False)


def test_no_role_both_gives_roles_and_sees_applications():
    for role in role_entries():
        names = set(role["permissions"])
        assert not ("access.grant" in names and any(name.startswith("cases.") for name in names)), role["code"]


def test_a_leader_sees_figures_but_opens_no_file_of_a_citizen():
    names = set(next(role for role in role_entries() if role["code"] == "executive")["permissions"])
    assert "indicators.view_executive" in names
    assert not names & {"cases.view_desk", "cases.act", "cases.claim", "documents.view_issued", "parties.find_person"}
