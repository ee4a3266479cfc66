"""Tests of the pages: who is given a file, with which headers, and what strangers read about a document."""

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from dgs.core.audit.models import AuditRow
from dgs.core.documents import api, files
from dgs.core.documents.actions import AlreadyWithdrawn, ReasonMissing
from dgs.core.documents.tests import samples
from dgs.core.documents.verification import mask_name
from dgs.kernel.errors import NotAllowed

pytestmark = pytest.mark.django_db


@pytest.fixture
def readers(monkeypatch, settings):
    settings.LOGIN_URL = "/akun/masuk"
    monkeypatch.setattr(files, "_readers", {})


@pytest.fixture
def stored(citizen):
    upload = SimpleUploadedFile("akta lahir.pdf", samples.pdf())
    return api.keep_file(upload, owner=citizen, about="cases.case:77", now=timezone.now())


def fetch(client, url):
    """The answer, its body read to the end, as a browser does."""
    response = client.get(url)
    response.body = b"".join(response.streaming_content) if response.streaming else response.content
    return response


def open_file(client, stored, query=""):
    return fetch(client, reverse("documents:file", args=[stored.pk]) + query)


def test_the_owner_sees_the_file_with_every_safety_header(client, citizen, stored, readers):
    client.force_login(citizen)
    response = open_file(client, stored)
    assert response.status_code == 200
    assert response.body == samples.pdf()
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"] == 'inline; filename="akta lahir.pdf"'
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in response["Content-Security-Policy"]
    assert "no-store" in response["Cache-Control"]
    assert open_file(client, stored, "?unduh")["Content-Disposition"].startswith("attachment")


def test_pictures_are_shown_in_a_sandbox(client, citizen, readers):
    upload = SimpleUploadedFile("foto.png", samples.image())
    stored = api.keep_file(upload, owner=citizen, about="", now=timezone.now())
    client.force_login(citizen)
    assert "sandbox" in open_file(client, stored)["Content-Security-Policy"]


def test_a_name_cannot_break_out_of_the_header(client, citizen, stored, readers):
    stored.original_name = 'a"; filename=evil.html\r\nX: y é.pdf'
    stored.save()
    client.force_login(citizen)
    header = open_file(client, stored)["Content-Disposition"]
    assert "\n" not in header
    assert header.startswith("inline; filename*=utf-8''")


def test_a_stranger_is_told_that_there_is_no_such_file(client, head, stored, readers):
    client.force_login(head)
    assert open_file(client, stored).status_code == 404


def test_who_is_not_signed_in_is_sent_to_sign_in(client, stored, readers):
    response = open_file(client, stored)
    assert response.status_code == 302
    assert "berkas" in response["Location"]


@pytest.fixture
def party(db):
    return apps.get_model("parties", "Party").objects.create(kind="person", name="Siti Contohwati")


def test_a_room_says_who_reads_its_files_and_that_reading_is_audited(client, head, stored, readers, party):
    def ask(access, stored):
        return api.Reading(access.user == head and stored.about == "cases.case:77", party.pk)

    api.register_reader("cases.case:", ask)
    client.force_login(head)
    assert open_file(client, stored).status_code == 200
    assert AuditRow.objects.get(kind="read", subject=f"documents.file:{stored.pk}").person == party.pk
    api.attach([stored.pk], "cases.case:78")
    assert open_file(client, stored).status_code == 404


def test_an_inactive_account_reads_nothing(client, citizen, stored, readers):
    client.force_login(citizen)
    citizen.is_active = False
    citizen.save()
    assert open_file(client, stored).status_code == 302


def test_a_lost_file_is_said_to_be_lost(client, citizen, stored, readers, archive):
    archive.delete(stored.key)
    client.force_login(citizen)
    assert open_file(client, stored).status_code == 503


def test_an_issued_document_is_for_its_holder_and_for_staff(client, issued, citizen, head, grant_all, readers, party):
    url = reverse("documents:issued", args=[issued.pk])
    client.force_login(citizen)
    assert fetch(client, url).status_code == 404
    api.register_reader("cases.case:", lambda access, stored: api.Reading(access.user == citizen, party.pk))
    citizen.party = party
    citizen.save()
    assert fetch(client, url).status_code == 200
    assert not AuditRow.objects.filter(kind="read").exists()
    client.force_login(head)
    assert fetch(client, url).status_code == 200
    assert AuditRow.objects.get(kind="read", subject=f"documents.document:{issued.pk}").person == party.pk


def test_who_brought_a_file_to_somebody_elses_case_reads_that_persons_data(client, citizen, stored, readers, party):
    api.register_reader("cases.case:", lambda access, stored: api.Reading(True, party.pk))
    client.force_login(citizen)
    assert open_file(client, stored).status_code == 200
    assert AuditRow.objects.get(kind="read", subject=f"documents.file:{stored.pk}").person == party.pk


def check(client, code):
    return client.get(reverse("documents:verify", args=[code]))


def test_strangers_read_a_verdict_without_the_holders_name(client, issued):
    page = check(client, issued.code)
    text = page.content.decode()
    assert page.status_code == 200
    assert "verdict--genuine" in text
    assert issued.number in text
    assert "Contohwati" not in text
    assert "Si** Co********" in text
    assert "no-store" in page["Cache-Control"]


def test_an_unknown_code_is_an_answer_and_not_an_error(client, db):
    page = check(client, "ABCDEFGHJKLMNPQR")
    assert page.status_code == 404
    assert "verdict--unknown" in page.content.decode()


def test_a_code_typed_into_the_form_leads_to_its_page(client, issued):
    page = client.post(reverse("documents:verify_start"), {"code": f" {issued.code.lower()} "})
    assert page.status_code == 302
    assert page["Location"] == reverse("documents:verify", args=[issued.code])


def test_a_mistyped_code_is_said_beside_the_field(client, db):
    page = client.post(reverse("documents:verify_start"), {"code": "salah"})
    assert page.status_code == 200
    assert "16" in page.content.decode()


@pytest.mark.parametrize(("change", "kind"), [(b"", "genuine"), (b"x", "altered")])
def test_an_uploaded_file_is_judged(client, issued, change, kind):
    data = api.read_file(issued.file) + change
    page = client.post(reverse("documents:verify_start"), {"file": SimpleUploadedFile("a.pdf", data)})
    assert f"verdict--{kind}" in page.content.decode()


def test_an_empty_upload_and_none_are_answered_in_words(client, db):
    page = client.post(reverse("documents:verify_start"), {"file": SimpleUploadedFile("a.pdf", b"")})
    assert "verdict--unknown" in page.content.decode()
    assert client.post(reverse("documents:verify_start"), {}).status_code == 200


def test_checking_again_and_again_is_slowed_down(client, db):
    answers = [check(client, "ABCDEFGHJKLMNPQR").status_code for _n in range(62)]
    assert answers[:60] == [404] * 60
    assert answers[-1] == 429


def test_a_document_past_its_date_is_genuine_but_not_valid(client, issued):
    issued.valid_until = timezone.localdate().replace(year=2020)
    issued.save()
    assert "verdict--lapsed" in check(client, issued.code).content.decode()


def test_the_root_certificate_is_given_out(client, db):
    page = client.get("/verifikasi/akar.crt")
    assert page.content.startswith(b"-----BEGIN CERTIFICATE-----")
    assert b"PRIVATE" not in page.content


def test_withdrawing_needs_the_right_and_a_reason_and_happens_once(issued, citizen, head, grant_all):
    from dgs.core.access.api import Access
    reason, now = "Data kendaraan ternyata keliru", timezone.now()
    with pytest.raises(NotAllowed):
        api.revoke(document_id=issued.pk, reason=reason, by=citizen, access=Access(citizen), now=now)
    with pytest.raises(ReasonMissing):
        api.revoke(document_id=issued.pk, reason="  salah ", by=head, access=grant_all, now=now)
    issued.refresh_from_db()
    assert issued.revoked_at is None
    assert not AuditRow.objects.filter(action="documents.revoke").exists()
    api.revoke(document_id=issued.pk, reason=reason, by=head, access=grant_all, now=now)
    with pytest.raises(AlreadyWithdrawn):
        api.revoke(document_id=issued.pk, reason="Alasan lain yang baru", by=head, access=grant_all, now=now)
    issued.refresh_from_db()
    assert issued.revoked_reason == reason
    assert AuditRow.objects.filter(action="documents.revoke").count() == 1


def test_a_document_is_withdrawn_on_its_page_with_a_reason(client, issued, head, grant_all):
    client.force_login(head)
    url = reverse("documents:withdraw", args=[issued.pk])
    assert url in check(client, issued.code).content.decode()
    assert client.post(url, {"reason": "salah"}).status_code == 200
    issued.refresh_from_db()
    assert issued.revoked_at is None
    assert client.post(url, {"reason": "Data kendaraan ternyata keliru"}).status_code == 302
    assert "Data kendaraan ternyata keliru" in check(client, issued.code).content.decode()
    assert client.post(url, {"reason": "Data kendaraan ternyata keliru"}).status_code == 409


def test_who_lacks_the_right_finds_no_way_to_withdraw(client, issued, citizen, settings):
    settings.LOGIN_URL = "/akun/masuk"
    url = reverse("documents:withdraw", args=[issued.pk])
    assert url not in check(client, issued.code).content.decode()
    client.force_login(citizen)
    assert client.post(url, {"reason": "Data kendaraan ternyata keliru"}).status_code == 403
    issued.refresh_from_db()
    assert issued.revoked_at is None


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("Siti Contohwati", "Si** Co********"), ("Budi", "Bu**"), ("Al", "A*"), ("", ""),
        ("PT Maju Jaya", "P* Ma** Ja**"),
    ],
)
def test_names_are_masked(name, masked):
    assert mask_name(name) == masked
