"""A grant for a region opens only the cases of that region and below, on lists, counts and single cases alike."""

import pytest
from django.urls import reverse
from django.utils import timezone

from dgs.core.access.api import Access
from dgs.core.access.models import Grant, Role
from dgs.core.accounts import api as accounts
from dgs.core.audit.models import AuditRow
from dgs.core.cases import queries
from dgs.core.cases.actions import transitions
from dgs.core.cases.models import Case
from dgs.core.documents import api as documents
from dgs.core.regions.models import Region
from dgs.kernel.errors import NotAllowed
from dgs.kernel.protection import decrypt

pytestmark = pytest.mark.django_db
HERE, INSIDE, BESIDE = "16.07", "16.07.97", "16.07.9"


@pytest.fixture
def officer():
    return accounts.create_user(name="Wilayah Contohwati", email="wilayah@dgs.example", now=timezone.now())


@pytest.fixture
def case(live):
    """An overdue case in the district 16.07.97, held by a verifier of the office that owns it."""
    made = live.make()
    Region.objects.get_or_create(code=BESIDE, defaults={"level": 3, "name": "Lain", "path_label": "Lain"})
    region, _new = Region.objects.get_or_create(
        code=INSIDE, defaults={"level": 3, "name": "Contoh", "path_label": "Contoh"}
    )
    Case.objects.filter(pk=made.pk).update(
        region=region, holder_role="verifier", holder_office=made.office_id, step_due_on="2020-01-01", paused_since=None
    )
    made.refresh_from_db()
    return made


def give(user, office, region, role="verifier"):
    Grant.objects.create(
        user=user, role_id=role, office=office, valid_from="2020-01-01",
        region=Region.objects.get(code=region) if region else None,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("grants", "opens"),
    [
        ([], False),
        ([("own", None)], True),
        ([("own", HERE)], True),
        ([("own", INSIDE)], True),
        ([("own", BESIDE)], False),
        ([(None, INSIDE)], True),
        ([(None, BESIDE)], False),
        ([("other", None)], False),
        ([("own", BESIDE), ("other", None)], False),
        ([("own", BESIDE), ("other", INSIDE)], False),
        ([("own", BESIDE), (None, INSIDE)], True),
        ([("own", BESIDE), ("own", None)], True),
        ([("own", BESIDE), (None, None)], True),
    ],
)
def test_office_and_region_of_each_grant_count_together(grants, opens, case, officer):
    other = type(case.office).objects.filter(parent__isnull=False).exclude(pk=case.office_id).first()
    for office, region in grants:
        give(officer, {"own": case.office, "other": other, None: None}[office], region)
    access = Access(officer)
    counts = queries.box_counts(access, officer, now=timezone.now())
    assert Case.objects.filter(queries.held_by(access), pk=case.pk).exists() is opens
    assert Case.objects.filter(queries.seen_by(access), pk=case.pk).exists() is opens
    assert transitions.may_see(case, access) is opens
    assert transitions.may_hold(case, access) is opens
    assert (counts["office"], counts["overdue"]) == (int(opens), int(opens))


def test_a_case_without_a_region_is_reached_only_by_a_grant_without_one(case, officer):
    Case.objects.filter(pk=case.pk).update(region=None)
    case.refresh_from_db()
    give(officer, case.office, HERE)
    assert not transitions.may_see(case, Access(officer))
    assert not Case.objects.filter(queries.seen_by(Access(officer))).exists()
    give(officer, case.office, None)
    assert transitions.may_see(case, Access(officer))


def test_a_case_that_was_handled_opens_only_within_the_region(case, officer):
    other = type(case.office).objects.filter(parent__isnull=False).exclude(pk=case.office_id).first()
    case.events.update(office=other)
    give(officer, other, BESIDE)
    assert not transitions.may_see(case, Access(officer))
    give(officer, other, INSIDE)
    assert transitions.may_see(case, Access(officer))


def test_the_list_of_an_officer_without_a_region_joins_no_regions(case, officer):
    give(officer, case.office, None)
    assert "regions_region" not in str(Case.objects.filter(queries.held_by(Access(officer))).query)
    assert "regions_region" not in str(Case.objects.filter(queries.seen_by(Access(officer))).query)


@pytest.mark.parametrize(("region", "opens"), [(HERE, True), (INSIDE, True), (BESIDE, False), (None, True)])
def test_an_issued_document_obeys_the_region_of_the_right(live, officer, client, region, opens):
    made = live.finish("akta-kelahiran")
    Region.objects.get_or_create(code=BESIDE, defaults={"level": 3, "name": "Lain", "path_label": "Lain"})
    place, _new = Region.objects.get_or_create(code=INSIDE, defaults={"level": 3, "name": "Contoh", "path_label": "Contoh"})
    Case.objects.filter(pk=made.pk).update(region=place)
    document = documents.document_for(transitions.about(made))
    right = Role.objects.create(
        code="archivist", title="x", title_en="x", is_staff=True, permissions=["documents.view_issued", "documents.revoke"]
    )
    give(officer, document.office, region, role=right.code)
    client.force_login(officer)
    opened = client.get(reverse("documents:issued", args=[document.pk]))
    b"".join(opened)  # read to its end, a file is closed without closing the connection of the test
    assert opened.status_code == (200 if opens else 404)
    page = reverse("documents:withdraw", args=[document.pk])
    assert client.get(page).status_code == (200 if opens else 404)
    assert (page in client.get(reverse("documents:verify", args=[document.code])).content.decode()) is opens
    if not opens:
        with pytest.raises(NotAllowed):
            documents.revoke(
                document_id=document.pk, reason="Alasan yang cukup panjang", by=officer, access=Access(officer), now=live.now
            )
        document.refresh_from_db()
        assert document.revoked_at is None
    Case.objects.filter(pk=made.pk).update(region=None)
    assert client.get(page).status_code == (200 if region is None else 404)


@pytest.mark.parametrize(("region", "opens"), [(HERE, True), (BESIDE, False), (None, True)])
def test_the_counter_serves_people_of_its_region_only(live, officer, client, rows, region, opens):
    Region.objects.get_or_create(code=BESIDE, defaults={"level": 3, "name": "Lain", "path_label": "Lain"})
    place, _new = Region.objects.get_or_create(code=INSIDE, defaults={"level": 3, "name": "Contoh", "path_label": "Contoh"})
    party = live.siti.party
    type(party).objects.filter(pk=party.pk).update(region=place)
    nik = decrypt(party.person.nik_sealed)
    give(officer, None, region, role="clerk")
    client.force_login(officer)
    before = rows()
    found = client.post(reverse("cases:counter"), {"_find": "1", "nik": nik})
    begun = client.post(reverse("cases:counter"), {"nik": nik, "service": "akta-kelahiran"})
    if opens:
        assert party.name in found.content.decode() and begun.status_code == 302
        return
    for answer in (found, begun):
        assert answer.status_code == 403 and party.name not in answer.content.decode()
        assert "di luar wilayah yang Anda layani" in answer.content.decode()
    assert rows() == before
    # The refusal itself tells that the NIK is known: both looks at the register are recorded.
    looks = AuditRow.objects.filter(actor=officer.pk, subject="cases.counter", person=party.pk, purpose="counter")
    assert looks.count() == 2
    new = client.post(reverse("cases:counter"), {
        "nik": "1607015503909002", "name": "Orang Baru", "address": "Jalan Misal 1", "service": "akta-kelahiran",
    })  # fmt: skip
    assert new.status_code == 403 and rows() == before


def test_the_queue_opens_for_a_grant_of_a_region_and_offers_its_acts(case, officer, client):
    """The lines of a queue are no models: what an act needs of a case must be among what a line knows."""
    give(officer, case.office, INSIDE)
    client.force_login(officer)
    page = client.get(reverse("cases:desk"))
    assert page.status_code == 200 and case.reference in page.content.decode()
