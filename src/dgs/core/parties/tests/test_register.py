"""The register: persons once, sealed identifiers, households, businesses, and what forms take from it."""

import threading
from datetime import UTC, date, datetime

import pytest
from django.core.exceptions import ObjectDoesNotExist
from django.db import connection

from dgs.core.audit.models import AuditRow
from dgs.core.parties import api
from dgs.core.parties.models import Business, Household, HouseholdMember, Party, Person, Representation
from dgs.core.regions import api as regions_api
from dgs.core.regions.models import Region
from dgs.kernel.errors import InvalidInput, NotAllowed

NOW = datetime(2026, 11, 23, 2, 30, tzinfo=UTC)
TODAY = date(2026, 11, 23)
SITI, BUDI, ANI = "1607115208909001", "1607111708859002", "1607116101959003"
KK = "1607110101209001"


class Clerk:
    """Stands in for an account, which is a room above this one."""

    pk, name = 7, "Petugas Percobaan"


CLERK = Clerk()


class Access:
    """Stands in for core/access."""

    user = CLERK

    def __init__(self, *permissions):
        self.permissions = permissions

    def allows(self, permission, office_id=None):
        return permission in self.permissions


@pytest.fixture
def siti(db):
    return api.register_person(
        nik=SITI, name="Siti Contohwati", now=NOW, by=CLERK, birth_place="Pangkalan Balai", address="Jl. Contoh 1",
        phone="0812-3456-7890", email="Siti@Contoh.ID", occupation="Petani", religion="Islam",
    )


@pytest.fixture
def budi(db):
    return api.register_person(nik=BUDI, name="Budi Percobaan", now=NOW)


@pytest.fixture
def family(siti, budi):
    household = api.register_household(kk=KK, address="Jl. Contoh 1", now=NOW, by=CLERK)
    api.add_household_member(household=household, person=budi, relation="head", valid_from=date(2020, 1, 1), by=CLERK,
                             now=NOW)
    api.add_household_member(household=household, person=siti, relation="wife", valid_from=date(2020, 1, 1), by=CLERK,
                             now=NOW)
    return household


def test_a_person_is_entered_with_what_the_nik_says(siti):
    kept = Person.objects.select_related("party").get()
    assert (kept.party.name, kept.birth_on, kept.sex, kept.citizenship) == (
        "Siti Contohwati", date(1990, 8, 12), "P", "WNI")
    assert (kept.party.phone, kept.party.email) == ("6281234567890", "siti@contoh.id")


def test_the_nik_is_nowhere_in_the_database_in_the_clear(siti):
    with connection.cursor() as cursor:
        cursor.execute("SELECT p::text, q::text FROM parties_person p JOIN parties_party q ON q.id = p.party_id")
        rows = cursor.fetchall()
        cursor.execute("SELECT a::text FROM audit_auditrow a")
        rows += cursor.fetchall()
    assert SITI not in str(rows) and SITI[6:] not in str(rows)


def test_entering_a_person_is_on_the_audit_record_without_personal_data(siti):
    row = AuditRow.objects.get(action="parties.person_registered")
    assert row.person == siti.pk and row.actor == 7
    assert "Siti" not in str(row.facts) and "phone" in row.facts["fields"]


def test_a_nik_is_entered_once_and_the_second_changes_nothing(siti):
    with pytest.raises(api.NikTaken):
        api.register_person(nik=SITI[:8] + " " + SITI[8:], name="Orang Lain", now=NOW)
    assert Party.objects.count() == 1 and AuditRow.objects.count() == 1


@pytest.mark.parametrize("fields, errors", [
    ({"name": "🦜"}, {"name"}), ({"name": ""}, {"name"}), ({"name": "Siti\u202eitaW"}, {"name"}),
    ({"phone": "12345"}, {"phone"}), ({"email": "not an address"}, {"email"}), ({"sex": "X"}, {"sex"}),
    ({"religion": "Jedi"}, {"religion"}), ({"birth_on": date(2030, 1, 1)}, {"birth_on"}),
    ({"region": "99.99"}, {"region"}), ({"address": "x" * 301}, {"address"}), ({"occupation": "a\x00b"}, {"occupation"}),
    ({"name": "123", "phone": "x", "email": "y"}, {"name", "phone", "email"}),
])
def test_every_wrong_field_is_refused_at_once_and_nothing_is_entered(db, fields, errors):
    with pytest.raises(InvalidInput) as refusal:
        api.register_person(**{"nik": SITI, "name": "Siti Contohwati", "now": NOW, **fields})
    assert set(refusal.value.errors) == errors
    assert not Party.objects.exists() and not AuditRow.objects.exists()


def test_an_unknown_field_is_a_mistake_of_the_programmer(db):
    with pytest.raises(TypeError, match="shoe_size"):
        api.register_person(nik=SITI, name="Siti Contohwati", now=NOW, shoe_size=39)
    assert not Party.objects.exists()


def test_the_region_may_be_given_by_its_code(db):
    region = Region.objects.create(code="16.07", level=2, name="Kabupaten Banyuasin", path_label="x", sort_name="x")
    person = api.register_person(nik=SITI, name="Siti Contohwati", now=NOW, region="16.07")
    assert person.party.region == region


def test_of_two_who_enter_the_same_nik_at_once_one_is_refused(transactional_db):
    outcomes, barrier = [], threading.Barrier(4)

    def enter():
        try:
            barrier.wait(60)
            api.register_person(nik=SITI, name="Siti Contohwati", now=NOW)
            outcomes.append("entered")
        except api.NikTaken:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=enter) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["entered", "refused", "refused", "refused"]
    assert Person.objects.count() == 1 and Party.objects.count() == 1 and AuditRow.objects.count() == 1


def test_a_person_is_found_by_nik_in_any_spelling(siti):
    assert api.person_by_nik("1607.1152.0890.9001") == siti
    assert api.person_by_nik(BUDI) is None
    with pytest.raises(api.NikInvalid):
        api.person_by_nik("123")


def test_opening_a_nik_is_a_reading_on_the_record(siti):
    assert api.nik_of(siti, by=CLERK, purpose="birth certificate", now=NOW) == SITI
    row = AuditRow.objects.get(kind="read")
    assert (row.person, row.actor, row.purpose) == (siti.pk, 7, "birth certificate")


def test_the_last_four_digits_are_compared_without_opening(siti):
    assert api.nik_ends_with(siti.pk, "9001") and not api.nik_ends_with(siti.pk, "9002")
    assert not api.nik_ends_with(siti.pk, "") and not api.nik_ends_with(siti.pk, "٩٠٠١")
    assert not api.nik_ends_with(10**9, "9001") and not api.nik_ends_with(10**9, "none1")


def test_a_correction_is_kept_and_recorded_by_field_names_only(siti):
    api.change_person(person=siti, by=CLERK, now=NOW, address="Jl. Baru 2", occupation="Petani")
    siti.refresh_from_db()
    assert siti.party.address == "Jl. Baru 2"
    assert AuditRow.objects.get(action="parties.person_changed").facts == {"fields": ["address"]}


def test_a_correction_that_changes_nothing_leaves_no_row(siti):
    api.change_person(person=siti, by=CLERK, now=NOW, address="Jl. Contoh 1")
    assert not AuditRow.objects.filter(action="parties.person_changed").exists()


def test_of_two_who_correct_one_record_neither_takes_back_what_the_other_wrote(siti):
    first, second = Person.objects.get(pk=siti.pk), Person.objects.get(pk=siti.pk)
    api.change_person(person=first, by=CLERK, now=NOW, birth_place="Betung", address="Jl. Satu 1")
    api.record_end(person=siti, by=CLERK, now=NOW, origin=api.Origin(source="owner"), died_on=TODAY)
    api.change_person(person=second, by=CLERK, now=NOW, occupation="Petani")
    found = Person.objects.select_related("party").get(pk=siti.pk)
    assert (found.birth_place, found.occupation, found.party.address, found.died_on) == ("Betung", "Petani", "Jl. Satu 1", TODAY)
    business = api.register_business(name="CV Contoh", nib="9120000000911", now=NOW)
    stale = Business.objects.get(pk=business.pk)
    api.change_business(business=business, by=CLERK, now=NOW, legal_form="CV")
    api.change_business(business=stale, by=CLERK, now=NOW, npwp="091111111111000")
    assert Business.objects.get(pk=business.pk).legal_form == "CV"


def test_a_refused_correction_changes_nothing(siti):
    with pytest.raises(InvalidInput):
        api.change_person(person=siti, by=CLERK, now=NOW, address="Jl. Baru", phone="nope")
    siti.party.refresh_from_db()
    assert siti.party.address == "Jl. Contoh 1"


# Businesses


def test_a_business_is_entered_with_the_person_who_acts_for_it(siti):
    business = api.register_business(name="CV Angkutan Contoh", nib="9120 0000 00001", now=NOW, by=CLERK,
                                     npwp="01.234.567.8-999.000", legal_form="CV", representative=siti,
                                     capacity="Direktur")
    assert business.nib == "9120000000001" and business.npwp == "012345678999000"
    assert api.businesses_of(siti, TODAY) == [business]
    assert api.businesses_of(siti, date(2026, 11, 22)) == []


def test_a_nib_is_entered_once(siti):
    api.register_business(name="CV Contoh", nib="9120000000001", now=NOW)
    with pytest.raises(api.NibTaken):
        api.register_business(name="CV Lain", nib="9120000000001", now=NOW, representative=siti, capacity="Direktur")
    assert Business.objects.count() == 1 and not Representation.objects.exists()


def test_somebody_who_acted_in_the_past_does_not_act_now(siti):
    business = api.register_business(name="CV Contoh", nib="9120000000001", now=NOW)
    api.represent(business=business, person=siti, capacity="Direktur", valid_from=date(2020, 1, 1),
                  valid_to=date(2026, 11, 22), by=CLERK, now=NOW)
    assert api.businesses_of(siti, TODAY) == [] and api.businesses_of(siti, date(2026, 11, 22)) == [business]


def test_nobody_acts_twice_for_one_business(siti):
    business = api.register_business(name="CV Contoh", nib="9120000000001", now=NOW, representative=siti,
                                     capacity="Direktur")
    with pytest.raises(api.RepresentsAlready):
        api.represent(business=business, person=siti, capacity="Komisaris", valid_from=TODAY, by=CLERK, now=NOW)
    assert Representation.objects.get().capacity == "Direktur"


@pytest.mark.parametrize("nib", ["", "123", "91200000000012", "912000000000A"])
def test_a_wrong_nib_is_refused(db, nib):
    with pytest.raises(api.NibInvalid):
        api.register_business(name="CV Contoh", nib=nib, now=NOW)
    assert not Party.objects.exists()


# Households


def test_a_person_belongs_to_one_household_and_a_household_has_one_head(family, siti):
    ani = api.register_person(nik=ANI, name="Ani Contohwati", now=NOW)
    other = api.register_household(kk="1607110101209002", address="Jl. Contoh 2", now=NOW)
    for household, person, relation in ((other, siti, "child"), (family, ani, "head")):
        with pytest.raises(api.MemberElsewhere):
            api.add_household_member(household=household, person=person, relation=relation, valid_from=TODAY, by=CLERK,
                                     now=NOW)
    assert HouseholdMember.objects.count() == 2


def test_somebody_who_left_may_enter_another_household(family, siti):
    member = HouseholdMember.objects.get(person=siti)
    api.end_household_membership(member=member, valid_to=date(2026, 11, 22), by=CLERK, now=NOW)
    other = api.register_household(kk="1607110101209002", address="Jl. Contoh 2", now=NOW)
    api.add_household_member(household=other, person=siti, relation="head", valid_from=TODAY, by=CLERK, now=NOW)
    assert HouseholdMember.objects.get(person=siti, valid_to=None).household == other


def test_a_family_card_is_entered_once(family):
    with pytest.raises(api.KkTaken):
        api.register_household(kk=KK, address="Jl. Lain", now=NOW)
    assert Household.objects.count() == 1


# What forms take from the register


def values(person, business=None, **more):
    return api.attribute_values(applicant=person.party, business=business and business.party, by=CLERK,
                                purpose="birth certificate", now=NOW, **more)


def test_only_what_is_known_is_given(budi):
    assert values(budi) == {
        "applicant.name": "Budi Percobaan", "applicant.nik": BUDI, "applicant.birth_on": "1985-08-17",
        "applicant.sex": "L", "applicant.citizenship": "WNI",
    }


def test_the_spouse_and_the_household_follow_from_the_family_card(family, siti, budi):
    of_siti, of_budi = values(siti), values(budi)
    assert of_siti["spouse.name"] == "Budi Percobaan" and of_siti["spouse.nik"] == BUDI
    assert of_budi["spouse.name"] == "Siti Contohwati" and of_budi["spouse.birth_place"] == "Pangkalan Balai"
    assert of_siti["household.kk"] == KK and of_siti["household.address"] == "Jl. Contoh 1"


def test_a_child_has_no_spouse_in_its_household(family):
    ani = api.register_person(nik=ANI, name="Ani Contohwati", now=NOW)
    api.add_household_member(household=family, person=ani, relation="child", valid_from=TODAY, by=CLERK, now=NOW)
    found = values(ani)
    assert found["household.kk"] == KK and not any(path.startswith("spouse.") for path in found)


def test_of_two_wives_none_is_guessed_for_the_head_but_each_has_her_husband(family, budi):
    ani = api.register_person(nik=ANI, name="Ani Contohwati", now=NOW)
    api.add_household_member(household=family, person=ani, relation="wife", valid_from=TODAY, by=CLERK, now=NOW)
    assert "spouse.name" not in values(budi)
    assert values(ani)["spouse.name"] == "Budi Percobaan"


def test_who_left_the_household_is_no_spouse(family, siti, budi):
    member = HouseholdMember.objects.get(person=siti)
    api.end_household_membership(member=member, valid_to=date(2026, 11, 22), by=CLERK, now=NOW)
    assert "spouse.name" not in values(budi) and "household.kk" not in values(siti)


def test_a_business_gives_its_own_values(siti):
    business = api.register_business(name="CV Angkutan Contoh", nib="9120000000001", now=NOW, address="Jl. Usaha 9")
    found = values(siti, business)
    assert (found["business.name"], found["business.nib"], found["business.address"]) == (
        "CV Angkutan Contoh", "9120000000001", "Jl. Usaha 9")


def test_taking_values_is_a_reading_of_each_person_with_the_names_of_what_was_read(family, siti, budi):
    before = AuditRow.objects.count()
    values(siti, paths=("applicant.name", "spouse.name", "household.kk", "unknown.path"))
    rows = list(AuditRow.objects.order_by("id")[before:])
    assert [(row.kind, row.person, row.facts) for row in rows] == [
        ("read", siti.pk, {"attributes": ["applicant.name", "household.kk"]}),
        ("read", budi.pk, {"attributes": ["spouse.name"]}),
    ]


def test_what_is_not_asked_for_is_not_read(family, siti):
    assert values(siti, paths=("applicant.name",)) == {"applicant.name": "Siti Contohwati"}


def test_taking_values_costs_a_fixed_number_of_queries(family, siti, django_assert_num_queries):
    with django_assert_num_queries(5):
        values(siti)


def test_every_attribute_has_a_label_and_an_owner():
    for path, attribute in api.ATTRIBUTES.items():
        assert attribute.path == path and str(attribute.label) and path.startswith(f"{attribute.owner}.")


# Search at the counter


FIND = Access(api.Permission.FIND_PERSON)


@pytest.mark.parametrize("text", ["siti", "Siti Con", "contoh", "CONTOHWATI siti", "sit. cont"])
def test_a_person_is_found_by_the_beginnings_of_the_words_of_a_name(siti, budi, text):
    found, = api.find_persons(text=text, access=FIND, now=NOW)
    assert (found.id, found.name, found.nik_masked) == (siti.pk, "Siti Contohwati", "1607********9001")


def test_a_name_with_dots_and_apostrophes_is_found(db):
    api.register_person(nik=BUDI, name="H.Muhammad Ma'ruf Contoh, S.T.", now=NOW)
    for text in ("muhammad", "ma'ruf", "maruf", "ruf", "conto muh"):
        assert len(api.find_persons(text=text, access=FIND, now=NOW)) == (0 if text == "maruf" else 1), text


def test_a_person_is_found_by_nik(siti, budi):
    assert [found.id for found in api.find_persons(nik=BUDI, access=FIND, now=NOW)] == [budi.pk]


def test_a_search_is_on_the_record_with_who_was_shown(siti):
    api.find_persons(text="siti", access=FIND, now=NOW)
    row = AuditRow.objects.get(kind="read")
    assert row.facts == {"by": "name", "found": [siti.pk]} and row.person == siti.pk


@pytest.mark.parametrize("text", ["", "a", "ab", "' : * & |", "<->"])
def test_too_few_letters_are_refused(siti, text):
    with pytest.raises(InvalidInput):
        api.find_persons(text=text, access=FIND, now=NOW)
    assert not AuditRow.objects.filter(kind="read").exists()


@pytest.mark.parametrize("text", ["siti' | 'budi", "siti:*&!x\\", "''' siti", "si\x00ti"])
def test_signs_of_the_query_language_are_only_text(siti, text):
    api.find_persons(text=text, access=FIND, now=NOW)


def test_who_may_not_search_is_refused(siti):
    with pytest.raises(NotAllowed):
        api.find_persons(text="siti", access=Access(), now=NOW)
    assert not AuditRow.objects.filter(kind="read").exists()


def test_the_search_uses_the_index(db):
    from django.contrib.postgres.search import SearchQuery

    from dgs.core.parties.models import NAME_WORDS

    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    rows = Party.objects.annotate(words=NAME_WORDS).filter(
        words=SearchQuery("'siti':*", search_type="raw", config="simple")
    )
    assert "party_name_words" in rows.explain()


def test_a_business_is_not_found_among_persons(siti):
    api.register_business(name="Siti Contohwati Jaya", nib="9120000000001", now=NOW)
    assert len(api.find_persons(text="siti", access=FIND, now=NOW)) == 1


def test_warnings_name_the_part_of_the_code_that_is_unknown(db):
    regions_api.load_regions(only=("16.07.01",))
    for nik, word in ((SITI, "16.07.11"), ("1699115208909001", "16.99"), ("9907115208909001", "99")):
        warning, = api.nik_warnings(api.check_nik(nik))
        assert word in warning
    assert api.nik_warnings(api.check_nik("1607015208909001")) == []


def test_a_person_cannot_be_deleted_from_under_the_record(siti):
    from django.db.models import ProtectedError

    with pytest.raises((ProtectedError, ObjectDoesNotExist)):
        siti.party.delete()
    assert Person.objects.exists()
