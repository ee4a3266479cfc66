"""Who reads the files of a case: the applicant what is theirs, staff of the case everything, nobody else anything."""

from types import SimpleNamespace

from django.urls import reverse

from dgs.core.access.api import Access
from dgs.core.audit.models import AuditRow
from dgs.core.cases.reading import may_read_case
from dgs.core.cases.tests.conftest import upload
from dgs.core.documents import api as documents


def reading(user, stored):
    return may_read_case(Access(user), stored)


def of(case, owner, now, name="foto.png"):
    return documents.keep_file(upload(name), owner=owner, about=f"cases.case:{case.pk}", now=now)


def test_the_applicant_reads_the_answers_files_and_not_what_officers_keep(player, sign_in):
    case = player.make("akta-kelahiran")
    officer = player.officer(case)
    photo = of(case, officer, player.now)
    sent = documents.StoredFile.objects.get(pk=case.data["birth_letter"][0]["id"])
    assert reading(player.siti, sent).allowed
    assert not reading(player.siti, photo).allowed
    for stored in (sent, photo):
        seen = reading(officer, stored)
        assert seen.allowed and seen.person == case.applicant_id
        assert not reading(player.budi, stored).allowed
    assert sign_in(player.siti).get(reverse("documents:file", args=[photo.pk])).status_code == 404


def test_an_officer_reading_a_file_is_written_down_for_the_applicant(player, sign_in):
    case = player.make("akta-kelahiran")
    photo = of(case, player.officer(case), player.now)
    answer = sign_in(player.officer(case)).get(reverse("documents:file", args=[photo.pk]))
    assert answer.status_code == 200 and answer.getvalue()
    assert AuditRow.objects.get(kind="read", subject=f"documents.file:{photo.pk}").person == case.applicant_id


def test_the_applicant_reads_the_issued_document(player, monkeypatch):
    case = player.make("akta-kelahiran")
    letter = of(case, player.officer(case), player.now, "akta.pdf")
    assert not reading(player.siti, letter).allowed
    monkeypatch.setattr(documents, "document_for", lambda about: SimpleNamespace(file_id=letter.pk))
    assert reading(player.siti, letter).allowed
