"""Tests that the register knows where each of its values is from, and what it said before."""

import pytest
from django.utils import timezone

from dgs.core.organisations import api as organisations
from dgs.core.parties import api as parties
from dgs.core.parties.models import Fact
from dgs.core.stewardship import queries

pytestmark = pytest.mark.django_db
NOW = timezone.now()
COUNTER = parties.Origin(source=parties.Source.COUNTER, reference="cases.case:1")


@pytest.fixture
def person(db):
    return parties.register_person(
        nik="1607015503909002", name="Rina Contohwati", now=NOW, address="Jl. Lama 1", phone="6281290000777", origin=COUNTER
    )


def facts(person, name):
    return list(Fact.objects.filter(party=person.party, attribute=name).order_by("pk").values_list("value", "source"))


def test_each_value_has_its_source_and_no_identity_number_is_a_fact(person):
    assert facts(person, "address") == [("Jl. Lama 1", "counter")]
    assert facts(person, "birth_on") == [("1990-03-15", "counter")]
    assert not Fact.objects.filter(value__contains="1607015503909002").exists()
    assert not Fact.objects.filter(attribute="religion").exists(), "what nobody said is no fact"


def test_what_it_said_before_stays(person):
    parties.change_person(person=person, by=None, now=NOW, address="Jl. Baru 2")
    assert facts(person, "address") == [("Jl. Lama 1", "counter"), ("Jl. Baru 2", "self")]
    known = {one.name: one for one in queries.known_of(person.party)}
    assert known["address"].shown == "Jl. Baru 2" and [words for _fact, words in known["address"].past] == ["Jl. Lama 1"]


def test_the_same_again_is_no_new_fact_but_another_source_is(person):
    parties.change_person(person=person, by=None, now=NOW, origin=COUNTER, address="Jl. Lama 1")
    assert len(facts(person, "address")) == 1
    looked_up = parties.Origin(source=parties.Source.LOOKUP)
    parties.change_person(person=person, by=None, now=NOW, origin=looked_up, address="Jl. Lama 1")
    assert facts(person, "address")[-1] == ("Jl. Lama 1", "lookup")


def test_what_is_emptied_is_remembered_as_empty(person):
    parties.change_person(person=person, by=None, now=NOW, phone="")
    assert facts(person, "phone")[-1] == ("", "self")


def test_a_business_has_facts_and_can_be_corrected(db):
    business = parties.register_business(name="CV Contoh", nib="9120000000911", now=NOW, address="Jl. Usaha 1")
    parties.change_business(business=business, by=None, now=NOW, name="PT Contoh Maju", legal_form="PT")
    assert business.party.name == "PT Contoh Maju" and facts(business, "name")[-1] == ("PT Contoh Maju", "self")


def test_every_attribute_of_the_register_has_an_owner_and_every_owner_an_office(loaded_region):
    for kind in ("person", "business"):
        owned = parties.ownership(kind)
        assert set(owned) == set(queries.attributes_of(kind))
        for one in owned.values():
            assert str(one.basis) and one.data_class in ("public", "limited", "secret")
            assert one.is_own or organisations.office_of_kind(one.office)
