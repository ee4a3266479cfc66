"""Tests of a person's own data: who read them, a copy as a file, and nobody else's."""

import json

import pytest
from django.utils import timezone

from dgs.core.accounts.api import user_by_login
from dgs.core.audit import api as audit
from dgs.core.parties import api as parties

pytestmark = pytest.mark.django_db
NOW = timezone.now()


@pytest.fixture
def siti(loaded_region):
    return user_by_login("siti@dgs.example")


def test_each_reading_is_shown_with_who_when_what_and_why(siti, users, client):
    officer = users("verifier")[0]
    parties.attribute_values(
        applicant=siti.party, by=officer, purpose="services.service:akta-kelahiran", now=NOW,
        paths=["applicant.name", "applicant.religion"],
    )
    audit.record_reading(by=officer, subject="x", person=user_by_login("budi@dgs.example").party_id, purpose="RAHASIA", now=NOW)
    client.force_login(siti)
    text = client.get("/akun/data/dibaca").content.decode()
    assert officer.name in text and "Agama" in text and "kelahiran" in text.lower() and "RAHASIA" not in text


def test_ones_own_looking_is_left_out_until_it_is_asked_for(siti, client):
    parties.nik_of(siti.party.person, by=siti, purpose="own copy", now=NOW)
    client.force_login(siti)
    assert "Belum ada" in client.get("/akun/data/dibaca").content.decode()
    assert "Anda sendiri" in client.get("/akun/data/dibaca?sendiri=1").content.decode()
    for typed in ("x", "²", "9" * 30, "-1"):
        assert client.get("/akun/data/dibaca", {"sebelum": typed}).status_code == 200


def test_the_copy_is_whole_machine_readable_and_written_down(siti, client):
    client.force_login(siti)
    answer = client.get("/akun/data/salinan.json")
    told = json.loads(answer.content)
    record = told["records"][0]["attributes"]
    assert record["name"]["value"] == siti.party.name and len(record["nik"]["value"]) == 16
    assert record["address"]["legal_basis"] and record["address"]["class"] == "limited"
    assert "attachment" in answer["Content-Disposition"]
    assert audit.readings_of(siti.party_id).filter(purpose="own copy").exists()


def test_staff_without_a_record_have_no_data_here(users, client):
    client.force_login(users("auditor")[0])
    assert "Tidak ada catatan" in client.get("/akun/data").content.decode()
    assert client.get("/akun/data/dibaca").status_code == 404
    assert client.get("/akun/data/salinan.json").status_code == 404


def test_the_record_of_another_is_not_asked_about(siti, client):
    client.force_login(siti)
    other = user_by_login("budi@dgs.example").party_id
    assert client.get(f"/akun/data/{other}/address").status_code == 404
    assert client.post(f"/akun/data/{other}/address", {"wanted": "x", "reason": "y"}).status_code == 404


def test_the_readings_cost_the_same_however_many(siti, users, client, assert_queries):
    client.force_login(siti)
    for n in range(60):
        audit.record_reading(by=users("verifier")[0], subject="parties.search", person=siti.party_id, purpose="desk", now=NOW)
        if n == 5:
            client.get("/akun/data/dibaca")
            with assert_queries("stewardship:readings", 6):
                client.get("/akun/data/dibaca")
    with assert_queries("stewardship:readings", 60):
        client.get("/akun/data/dibaca")
