"""Tests of corrections: asked of the owner, decided by it within three days, nothing for oneself, nothing half done."""

import threading
import time
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.utils import timezone

from dgs.core.access import api as access
from dgs.core.audit.models import AuditRow
from dgs.core.cases.tests.conftest import Player, pdf_bytes
from dgs.core.documents.models import StoredFile
from dgs.core.messaging.models import Message
from dgs.core.parties import api as parties
from dgs.core.parties.models import Fact, Party
from dgs.core.stewardship import actions
from dgs.core.stewardship.models import Correction
from dgs.kernel.errors import InvalidInput, NotAllowed, NotFound, RuleBroken

pytestmark = pytest.mark.django_db
NOW = timezone.now()


@pytest.fixture
def siti(users):
    from dgs.core.accounts.api import user_by_login

    return user_by_login("siti@dgs.example")


@pytest.fixture
def officer(users):
    return users("verifier", kind="civil-registration")[0]


def ask(siti, attribute="address", wanted="Jl. Benar 7", **more):
    values = {"party": siti.party, "reason": "Pindah rumah", "by": siti, "now": NOW} | more
    return actions.ask_correction(attribute=attribute, wanted=wanted, **values)


def decide(made, by, *, is_accepted=True, answer="", now=NOW):
    return actions.decide_correction(correction_id=made.pk, is_accepted=is_accepted, answer=answer, by=by, now=now)


def test_the_owner_decides_and_the_register_says_who_and_why(siti, officer):
    made = ask(siti)
    assert made.office.kind == "civil-registration" and made.due_at == NOW + timedelta(hours=72)
    assert "Benar" not in made.wanted, "what is wanted is sealed"
    decide(made, officer)
    party = Party.objects.get(pk=siti.party_id)
    assert party.address == "Jl. Benar 7"
    fact = Fact.objects.filter(party=party, attribute="address").latest("pk")
    assert (fact.source, fact.reference, fact.office, fact.by) == (
        "owner", f"stewardship.correction:{made.pk}", made.office.slug, officer.pk
    )
    told = Message.objects.filter(about=f"stewardship.correction:{made.pk}")
    assert {one.channel for one in told} == {"sms", "email"} and not any("Benar" in one.body for one in told)
    assert AuditRow.objects.filter(action="stewardship.correction_accepted", person=siti.party_id).count() == 1


def test_a_refusal_needs_its_reason_and_changes_nothing(siti, officer):
    made = ask(siti)
    with pytest.raises(InvalidInput):
        decide(made, officer, is_accepted=False)
    decide(made, officer, is_accepted=False, answer="Surat pindah belum ada.")
    assert Party.objects.get(pk=siti.party_id).address != "Jl. Benar 7"
    assert "Surat pindah belum ada" in Message.objects.filter(channel="email", about__endswith=f":{made.pk}").get().body
    with pytest.raises(actions.CorrectionDecided):
        decide(made, officer)
    ask(siti)


@pytest.mark.parametrize(("attribute", "wanted"), [
    ("nik", "1607015503909002"), ("phone", "6281290000009"), ("died_on", "2020-01-01"), ("id", "1"), ("person", "1"),
])  # fmt: skip
def test_what_nobody_corrects_this_way_is_not_found(siti, attribute, wanted):
    with pytest.raises(NotFound):
        ask(siti, attribute, wanted)
    assert not Correction.objects.exists()


@pytest.mark.parametrize(("attribute", "wanted"), [
    ("birth_on", "31-02-1990"), ("birth_on", "2990-01-01"), ("sex", "X"), ("religion", "Lain"), ("region", "99.99"),
    ("name", "<b>"), ("name", "x" * 500),
])  # fmt: skip
def test_what_the_register_could_not_hold_is_refused_in_words(siti, attribute, wanted):
    with pytest.raises(InvalidInput) as refusal:
        ask(siti, attribute, wanted)
    assert refusal.value.errors["wanted"][0] and not Correction.objects.exists()


def test_what_is_so_already_or_waits_already_is_refused(siti):
    with pytest.raises(InvalidInput):
        ask(siti, wanted=siti.party.address)
    with pytest.raises(InvalidInput):
        ask(siti, reason="  ")
    ask(siti)
    with pytest.raises(actions.CorrectionWaits):
        ask(siti, wanted="Jl. Lain 8")
    ask(siti, "religion", "Hindu")


def test_the_record_of_somebody_else_is_not_found(siti, users):
    budi = Player(users, NOW).budi
    with pytest.raises(NotFound):
        ask(siti, by=budi)
    made = ask(siti)
    with pytest.raises(NotFound):
        actions.withdraw_correction(correction_id=made.pk, by=budi, now=NOW)
    actions.withdraw_correction(correction_id=made.pk, by=siti, now=NOW)
    assert Correction.objects.get().outcome == "withdrawn"


def test_who_acts_for_a_business_asks_for_it_and_its_own_owner_decides(users):
    player = Player(users, NOW)
    business = player.business(player.budi).party
    made = actions.ask_correction(
        party=business, attribute="legal_form", wanted="PT", reason="Akta baru", by=player.budi, now=NOW
    )
    assert made.office.kind == "one-stop"
    with pytest.raises(NotFound):
        decide(made, users("verifier", kind="civil-registration")[0])
    decide(made, users("verifier", kind="one-stop")[0])
    business.business.refresh_from_db()
    assert business.business.legal_form == "PT"


def test_nobody_decides_about_their_own_record(siti, office):
    access.grant(user=siti, role="verifier", office=office("civil-registration"), by=None, now=NOW)
    made = ask(siti)
    with pytest.raises(actions.OwnCorrection):
        decide(made, siti)
    assert Correction.objects.get().outcome == ""


def test_who_asked_for_a_business_does_not_decide_it_once_they_act_for_it_no_more(users, office):
    player = Player(users, NOW)
    business = player.business(player.budi).party
    made = actions.ask_correction(party=business, attribute="legal_form", wanted="PT", reason="x", by=player.budi, now=NOW)
    access.grant(user=player.budi, role="verifier", office=office("one-stop"), by=None, now=NOW)
    business.business.representations.update(valid_from="2020-01-01", valid_to="2020-12-31")
    with pytest.raises(actions.OwnCorrection):
        decide(made, player.budi)
    assert Correction.objects.get().outcome == ""


def test_all_that_an_officer_was_shown_is_written_down_and_no_more_is_shown_once_it_is_decided(siti, officer, client):
    parties.change_person(person=siti.party.person, by=None, now=NOW, religion="Hindu", occupation="Nelayan")
    made = ask(siti)
    client.force_login(officer)
    page = f"/data/perbaikan/{made.pk}"
    assert "Hindu" in client.get(page).content.decode()
    read = AuditRow.objects.filter(kind="read", purpose="decide a correction").latest("pk").facts["attributes"]
    assert {"address", "religion", "occupation", "name"} <= set(read) and "nik" not in read
    decide(made, officer)
    assert "Hindu" not in client.get(page).content.decode()
    assert AuditRow.objects.filter(kind="read", purpose="decide a correction").latest("pk").facts["attributes"] == ["address"]


def test_nobody_brings_files_without_end(siti, client, monkeypatch):
    monkeypatch.setattr("dgs.core.stewardship.views.own.CORRECTIONS_A_DAY", 2)
    client.force_login(siti)
    address = f"/akun/data/{siti.party_id}/address"
    for n in range(3):
        paper = SimpleUploadedFile("kk.pdf", pdf_bytes(), content_type="application/pdf")
        answer = client.post(address, {"wanted": f"Jl. Benar {n}", "reason": "Pindah", "evidence": [paper]})
        if n < 2:
            client.post(f"/akun/data/perbaikan/{Correction.objects.latest('pk').pk}/tarik")
    assert answer.status_code == 422 and Correction.objects.count() == 2 == StoredFile.objects.filter(owner=siti).count()


def test_a_record_that_changed_meanwhile_is_looked_at_again(siti, officer):
    made = ask(siti)
    parties.change_person(person=siti.party.person, by=None, now=NOW, address="Jl. Ketiga 3")
    with pytest.raises(actions.RegisterMovedOn):
        decide(made, officer)
    assert Party.objects.get(pk=siti.party_id).address == "Jl. Ketiga 3"


def test_the_pages_ask_with_evidence_and_the_office_reads_it(siti, officer, client, users):
    client.force_login(siti)
    assert "Dinas Kependudukan" in client.get("/akun/data").content.decode()
    address = f"/akun/data/{siti.party_id}/address"
    answer = client.post(address, {"wanted": "Jl. Benar 7", "reason": ""})
    assert answer.status_code == 422 and not StoredFile.objects.filter(about__startswith="stewardship").exists()
    evil = SimpleUploadedFile("kk.pdf", b"<script>", content_type="application/pdf")
    answer = client.post(address, {"wanted": "Jl. Benar 7", "reason": "Pindah", "evidence": [evil]})
    assert answer.status_code == 422 and not Correction.objects.exists()
    paper = SimpleUploadedFile("kk.pdf", pdf_bytes(), content_type="application/pdf")
    assert client.post(address, {"wanted": "Jl. Benar 7", "reason": "Pindah", "evidence": [paper]}).status_code == 302
    made = Correction.objects.get()
    assert "menunggu" in client.get("/akun/data").content.decode()
    client.force_login(officer)
    assert "Siti" in client.get("/data/perbaikan").content.decode()
    page = client.get(f"/data/perbaikan/{made.pk}").content.decode()
    assert "Jl. Benar 7" in page and "kk.pdf" in page
    assert b"".join(client.get(f"/berkas/{made.file_ids[0]}").streaming_content) == pdf_bytes()
    assert AuditRow.objects.filter(kind="read", purpose="decide a correction", person=siti.party_id).exists()
    client.post(f"/data/perbaikan/{made.pk}", {"act": "accept"})
    assert Party.objects.get(pk=siti.party_id).address == "Jl. Benar 7"
    client.force_login(users("verifier", kind="one-stop")[0])
    assert client.get(f"/data/perbaikan/{made.pk}").status_code == 404
    assert client.get(f"/berkas/{made.file_ids[0]}").status_code == 404


def test_the_deceased_apply_for_nothing_and_sign_in_no_more(siti, users):
    head = users("head", kind="civil-registration")[0]
    with pytest.raises(InvalidInput):
        actions.record_end(party=siti.party, died_on=NOW.date(), left_on=None, reference=" ", by=head, now=NOW)
    with pytest.raises(InvalidInput):
        actions.record_end(
            party=siti.party, died_on=NOW.date() + timedelta(days=9), left_on=None, reference="x", by=head, now=NOW
        )
    with pytest.raises(NotAllowed):
        actions.record_end(
            party=siti.party, died_on=NOW.date(), left_on=None, reference="x", by=users("verifier")[0], now=NOW
        )
    actions.record_end(
        party=siti.party, died_on=NOW.date(), left_on=None, reference="AKTA-KEMATIAN-1", by=head, now=NOW
    )
    siti.refresh_from_db()
    assert not siti.is_active
    with pytest.raises(RuleBroken, match="meninggal"):
        Player(users, NOW).make("akta-kelahiran", by=siti)


def test_the_list_costs_the_same_however_many_wait(siti, officer, client, assert_queries):
    client.force_login(officer)
    changes = (("address", "Jl. A 1"), ("religion", "Hindu"), ("occupation", "Nelayan"), ("name", "Siti B"))
    for n, (attribute, wanted) in enumerate(changes):
        ask(siti, attribute, wanted)
        if n in (0, 3):
            client.get("/data/perbaikan")
            with assert_queries("stewardship:corrections", n + 1):
                client.get("/data/perbaikan")


def test_a_business_changes_its_own_telephone_and_nothing_else_that_way(users, client):
    player = Player(users, NOW)
    business = player.business(player.budi).party
    client.force_login(player.budi)
    assert client.post(f"/akun/data/{business.pk}/phone", {"wanted": "0812 9000 0123"}).status_code == 302
    business.refresh_from_db()
    assert business.phone == "6281290000123" and not Correction.objects.exists()
    assert client.post(f"/akun/data/{business.pk}/phone", {"wanted": "abc"}).status_code == 422
    with pytest.raises(NotFound):
        actions.change_own(party=business, attribute="legal_form", wanted="PT", by=player.budi, now=NOW)
    with pytest.raises(NotFound):
        actions.change_own(party=player.siti.party, attribute="phone", wanted="081290000124", by=player.siti, now=NOW)


@pytest.mark.django_db(transaction=True)
def test_a_decision_waits_for_who_is_changing_the_record_and_then_does_not_overwrite_it(loaded_region, siti, officer):
    made, said = ask(siti), []

    def accept():
        try:
            decide(made, officer)
            said.append("accepted")
        except RuleBroken as refusal:
            said.append(refusal.code)
        finally:
            connection.close()

    thread = threading.Thread(target=accept)
    with transaction.atomic():
        parties.change_person(person=siti.party.person, by=None, now=NOW, address="Jl. Lain 9")
        thread.start()
        time.sleep(0.4)
    thread.join(10)
    assert said == ["register-moved-on"]
    assert Party.objects.get(pk=siti.party_id).address == "Jl. Lain 9" and Correction.objects.get(pk=made.pk).outcome == ""
